import type { Digits } from './digits.ts';
import type { DeviceChoice, Settings } from './settings.ts';

/** What the page asks of the worker that trains. */
export type Request =
  /** Throw away what was learned and begin anew. `run` numbers it, so that late news of an older run is told apart. */
  | { type: 'reset'; run: number; settings: Settings }
  | { type: 'start' }
  | { type: 'pause' }
  | { type: 'step' }
  /** Both act in the middle of a run. */
  | { type: 'rate'; lr: number }
  | { type: 'device'; device: DeviceChoice }
  /** One 28 × 28 picture; 255 is ink. */
  | { type: 'classify'; id: number; image: Uint8Array }
  | { type: 'save' }
  | { type: 'load'; bytes: Uint8Array };

/** What the worker tells. */
export type News =
  | { type: 'data'; trainCount: number; test: Digits }
  | { type: 'device'; device: DeviceReport }
  /** A run is ready at step 0, or weights were loaded into it. */
  | { type: 'ready'; run: number; stepsPerEpoch: number }
  | { type: 'running'; running: boolean }
  | ({ type: 'progress'; run: number } & Progress)
  | ({ type: 'evaluation'; run: number } & Evaluation)
  | { type: 'probabilities'; id: number; values: Float32Array }
  | { type: 'weights'; bytes: Uint8Array<ArrayBuffer> }
  | { type: 'notice'; text: string }
  | { type: 'problem'; text: string };

export interface DeviceReport {
  kind: 'webgpu' | 'cpu';
  /** The adapter's name as far as the browser tells it. */
  name: string;
  /** Why it is not what was asked for. */
  reason?: string;
}

/** One training step, on its batch. */
export interface Progress {
  /** Steps done in this run. */
  step: number;
  loss: number;
  accuracy: number;
  imagesPerSecond: number;
}

/** All test images, read by the network as it is. */
export interface Evaluation {
  step: number;
  loss: number;
  accuracy: number;
  /** A digit per test image. */
  guesses: Uint8Array;
  /** The weights of the first layer and their shape. */
  filters: Float32Array;
  filterShape: readonly number[];
}
