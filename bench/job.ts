/** What the benchmark measures, and what a library must offer to take part. */

export type JobName = 'mlp' | 'cnn' | 'lstm' | 'lstmcells' | 'matmul256' | 'matmul512' | 'matmul1024';

/** A piece of work that is done again and again. */
export interface Job {
  /** Once, as a user would write it: returns when the work is recorded or submitted. */
  step(): void;
  /** Resolves when all steps so far are computed. */
  finish(): Promise<void>;
  /** A number that tells whether the latest step was right: the loss before its update, or a sum over the product. */
  value(): Promise<number>;
}

export type Device = 'cpu' | 'wasm' | 'webgpu';

export interface Library {
  /** Makes the device ready and tells what it is. */
  start(device: Device): Promise<string>;
  mlp(): Promise<Job>;
  cnn(): Promise<Job>;
  /** Two layers of an LSTM, by its own kernels or composed of ordinary ops, step by step. Not every library takes part. */
  lstm?(composed: boolean): Promise<Job>;
  /** The product of two n×n matrices. */
  matmul(n: number): Promise<Job>;
}

interface JobInfo {
  readonly title: string;
  /** Steps between two waits for the device, as in a loop that lets the device run a little behind. */
  readonly burst: number;
  /** Steps whose values are compared across libraries: the loss before the first update, after one, …, after five. */
  readonly checked: number;
  /** Multiply-adds count as two. */
  readonly flop?: number;
  start(library: Library): Promise<Job>;
}

const lstm = (composed: boolean): JobInfo => ({
  title: `LSTM 64-128-128, 64 steps, batch 32, ${composed ? 'composed of ordinary ops, ' : ''}Adam: one training step`,
  burst: 1,
  checked: 3,
  start: (library) => library.lstm?.(composed) ?? Promise.reject(new Error('has no such job here')),
});

const matmul = (n: number, burst: number): JobInfo => ({
  title: `Matrix product ${n}×${n}×${n}`,
  burst,
  checked: 1,
  flop: 2 * n ** 3,
  start: (library) => library.matmul(n),
});

export const jobs: Readonly<Record<JobName, JobInfo>> = {
  mlp: {
    title: 'MLP 784-256-128-10, batch 128, Adam: one training step',
    burst: 4,
    checked: 6,
    start: (library) => library.mlp(),
  },
  cnn: {
    title:
      'CNN 1-16-32 (3×3, pad 1, relu, 2×2 max pool), linear 1568-10, batch 64, SGD with momentum: one training step',
    burst: 2,
    checked: 6,
    start: (library) => library.cnn(),
  },
  lstm: lstm(false),
  lstmcells: lstm(true),
  matmul256: matmul(256, 8),
  matmul512: matmul(512, 4),
  matmul1024: matmul(1024, 1),
};
