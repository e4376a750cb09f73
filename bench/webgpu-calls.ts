/**
 * Looks at a library's use of WebGPU from outside, the same way for all of them: by wrapping methods of the WebGPU
 * interfaces for the time of a few steps.
 */

const counted = {
  dispatches: ['GPUComputePassEncoder', ['dispatchWorkgroups', 'dispatchWorkgroupsIndirect']],
  submits: ['GPUQueue', ['submit']],
  buffers: ['GPUDevice', ['createBuffer']],
  bindGroups: ['GPUDevice', ['createBindGroup']],
  pipelines: ['GPUDevice', ['createComputePipeline', 'createComputePipelineAsync']],
} as const;

export type Counts = { readonly [K in keyof typeof counted]: number };

type Method = (this: object, ...args: never[]) => unknown;

/** Replaces a method of a WebGPU interface by what `wrap` makes of it; returns how to undo that. */
function patch(type: string, name: string, wrap: (original: Method) => Method): () => void {
  const { prototype } = Reflect.get(globalThis, type) as { prototype: object };
  const original = Reflect.get(prototype, name) as Method;
  Object.defineProperty(prototype, name, { value: wrap(original), configurable: true, writable: true });
  return () => Object.defineProperty(prototype, name, { value: original, configurable: true, writable: true });
}

/** Calls made while `work` runs, divided by `steps`. */
export async function countCalls(work: () => Promise<void>, steps: number): Promise<Counts> {
  const counts = { dispatches: 0, submits: 0, buffers: 0, bindGroups: 0, pipelines: 0 };
  const undo = Object.entries(counted).flatMap(([key, [type, names]]) =>
    names.map((name) =>
      patch(
        type,
        name,
        (original) =>
          function (...args) {
            counts[key as keyof Counts]++;
            return original.apply(this, args);
          },
      ),
    ),
  );
  try {
    await work();
  } finally {
    for (const restore of undo) restore();
  }
  for (const key of Object.keys(counts)) counts[key as keyof Counts] /= steps;
  return counts;
}

interface Recorded {
  readonly device: GPUDevice;
  readonly pipeline: GPUComputePipeline;
  readonly groups: ReadonlyMap<number, readonly [GPUBindGroup | null, ...unknown[]]>;
  readonly workgroups: readonly [number, number?, number?];
}

/** All dispatches made while `work` runs, with all that is needed to make them again. */
export async function recordDispatches(work: () => Promise<void>): Promise<Recorded[]> {
  const recorded: Recorded[] = [];
  const devices = new WeakMap<object, GPUDevice>();
  const pipelines = new WeakMap<object, GPUComputePipeline>();
  const groups = new WeakMap<object, Map<number, readonly [GPUBindGroup | null, ...unknown[]]>>();
  /** Lets `note` see each call. */
  const watch = (type: string, name: string, note: (self: object, args: unknown[], result: unknown) => void) =>
    patch(
      type,
      name,
      (original) =>
        function (...args) {
          const result = original.apply(this, args);
          note(this, args, result);
          return result;
        },
    );
  const undo = [
    watch('GPUDevice', 'createCommandEncoder', (device, _, encoder) => {
      devices.set(encoder as object, device as GPUDevice);
    }),
    watch('GPUCommandEncoder', 'beginComputePass', (encoder, _, pass) => {
      devices.set(pass as object, devices.get(encoder)!);
      groups.set(pass as object, new Map());
    }),
    watch('GPUComputePassEncoder', 'setPipeline', (pass, [pipeline]) => {
      pipelines.set(pass, pipeline as GPUComputePipeline);
    }),
    watch('GPUComputePassEncoder', 'setBindGroup', (pass, [index, group, ...offsets]) => {
      groups.get(pass)!.set(index as number, [group as GPUBindGroup | null, ...offsets]);
    }),
    watch('GPUComputePassEncoder', 'dispatchWorkgroups', (pass, workgroups) => {
      recorded.push({
        device: devices.get(pass)!,
        pipeline: pipelines.get(pass)!,
        groups: new Map(groups.get(pass)),
        workgroups: workgroups as [number, number?, number?],
      });
    }),
  ];
  try {
    await work();
  } finally {
    for (const restore of undo) restore();
  }
  return recorded;
}

export interface Dispatch {
  readonly label: string;
  readonly workgroups: readonly (number | undefined)[];
  readonly ms: number;
}

/** The least of several times for each dispatch, made alone: many in one pass, less what an empty submit takes. */
export async function timeDispatches(recorded: readonly Recorded[]): Promise<Dispatch[]> {
  const tries = 5;
  const time = async ({ device, pipeline, groups, workgroups }: Recorded, repeats: number): Promise<number> => {
    let least = Number.POSITIVE_INFINITY;
    for (let i = 0; i < tries; i++) {
      const start = performance.now();
      const encoder = device.createCommandEncoder();
      const pass = encoder.beginComputePass();
      pass.setPipeline(pipeline);
      for (const [index, [group, ...offsets]] of groups) {
        pass.setBindGroup(index, group, ...(offsets as [Iterable<number>?]));
      }
      for (let n = 0; n < repeats; n++) pass.dispatchWorkgroups(...workgroups);
      pass.end();
      device.queue.submit([encoder.finish()]);
      await device.queue.onSubmittedWorkDone();
      least = Math.min(least, performance.now() - start);
    }
    return least;
  };
  const result: Dispatch[] = [];
  for (const dispatch of recorded) {
    const empty = await time(dispatch, 0);
    // Browsers look at the queue every half millisecond or so: short dispatches are made often enough to stand out.
    const repeats = (await time(dispatch, 4)) - empty > 10 ? 4 : 64;
    const ms = Math.max(0, (await time(dispatch, repeats)) - empty) / repeats;
    result.push({ label: dispatch.pipeline.label, workgroups: dispatch.workgroups, ms });
  }
  return result;
}
