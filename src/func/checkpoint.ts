/** Trading time for memory: intermediates are computed again in backward instead of being kept. */
import { isGradEnabled, withGradMode } from '../autograd/grad-mode.ts';
import { type SavedFrame, type SavedLater, withSavedFrame } from '../autograd/saved.ts';
import { Var } from '../autograd/var.ts';
import { checkFunction, checkOptions, describe, GradError, OptionError, wrongType } from '../core/errors.ts';
import type { Storage } from '../graph/node.ts';
import { defaultGenerator } from '../tensor/impl/random.ts';
import { scope } from '../tensor/scope.ts';
import { Tensor } from '../tensor/tensor.ts';

/** Settings of {@link checkpoint}. */
export interface CheckpointOptions {
  /** Draw the same random numbers again from the default generator (dropout). Default true. */
  readonly preserveRngState?: boolean;
}

interface Remade {
  readonly v: Var;
  readonly version: number;
}

/** Makes all that a run of `fn` saves again, once, when the first of it is asked for. */
class Recomputation implements SavedFrame {
  private count = 0;
  private unreleased = 0;
  private remade: readonly Remade[] | null = null;
  private readonly again: () => void;
  private readonly inputs: ReadonlySet<Storage>;

  constructor(inputs: ReadonlySet<Storage>, again: () => void) {
    this.inputs = inputs;
    this.again = again;
  }

  pack(v: Var): SavedLater | null {
    const index = this.count++;
    // What lives on anyway costs nothing to keep.
    if (v.leaf || v.storage.value.kept || this.inputs.has(v.storage)) return null;
    this.unreleased++;
    const { edge, shape } = v;
    return {
      unpack: () => {
        const { v: made, version } = this.values()[index]!;
        if (made.shape.join() !== shape.join()) throw new GradError(changed);
        if (made.storage.version !== version)
          throw new GradError(
            'one of the variables needed for gradient computation has been modified by an inplace operation\n  inside of a checkpoint(): use the out-of-place form',
          );
        const copy = new Var(made.storage, made.layout);
        copy.edge = edge;
        return copy;
      },
      release: () => {
        this.unreleased--;
        if (this.unreleased === 0) this.remade = null;
      },
    };
  }

  private values(): readonly Remade[] {
    if (this.remade) return this.remade;
    const list: Remade[] = [];
    const collector: SavedFrame = {
      pack: (v) => {
        list.push({ v, version: v.storage.version });
        // The second run is only looked at: its own tape is dropped.
        return { unpack: () => v, release: () => {} };
      },
    };
    withSavedFrame(collector, this.again);
    if (list.length !== this.count)
      throw new GradError(`${changed}: ${this.count} values were saved, then ${list.length}`);
    this.remade = list;
    return list;
  }
}
const changed =
  'checkpoint(): the function did other things when it was computed again in backward than in forward\n' +
  '  it must depend on its arguments and on parameters alone';

/**
 * Computes `fn(...inputs)` without keeping its intermediates for backward: they are computed again there. `fn` must do the same
 * both times; random numbers of the default generator repeat. Gradients flow to the inputs and to parameters that `fn` uses.
 * Source: torch.utils.checkpoint (non-reentrant), after Chen et al., arXiv 1604.06174.
 *
 * @example
 * const w = randn([3, 3], { requiresGrad: true });
 * const y = checkpoint((x: Tensor) => x.matmul(w).tanh().matmul(w), [x]);
 * y.sum().backward();
 * w.grad!.shape; // [3, 3]
 */
export function checkpoint<R>(fn: (input: Tensor) => R, input: Tensor, options?: CheckpointOptions): R;
export function checkpoint<A extends readonly unknown[], R>(
  fn: (...inputs: A) => R,
  inputs: A,
  options?: CheckpointOptions,
): R;
export function checkpoint<R>(
  fn: (...inputs: never[]) => R,
  given: Tensor | readonly unknown[],
  options: CheckpointOptions = {},
): R {
  checkFunction('checkpoint', fn);
  checkOptions('checkpoint', options, ['preserveRngState']);
  const inputs = (given instanceof Tensor ? [given] : given) as never[];
  if (!Array.isArray(inputs)) wrongType('checkpoint', 'inputs', 'a Tensor or a list of inputs', given);
  if (!isGradEnabled()) return scope(() => fn(...inputs));
  const tensors = inputs.map((t: unknown) => (t instanceof Tensor ? t : null));
  const versions = tensors.map((t) => t?.impl.storage.version);
  const state = defaultGenerator.getState();
  const again = (): void => {
    if (tensors.some((t, n) => t && t.impl.storage.version !== versions[n]))
      throw new GradError(
        'checkpoint(): an input was modified in place before backward could compute the function again\n  clone() it first',
      );
    const now = defaultGenerator.getState();
    if (options.preserveRngState ?? true) defaultGenerator.setState(state);
    try {
      withGradMode(true, () => scope(() => fn(...inputs)), 'checkpoint');
    } finally {
      defaultGenerator.setState(now);
    }
  };
  const frame = new Recomputation(new Set(tensors.flatMap((t) => (t ? [t.impl.storage] : []))), again);
  return scope(() => withSavedFrame(frame, () => fn(...inputs)));
}

/**
 * Calls functions (or a Sequential's modules) one after the other, cut into `segments` of which each is a {@link checkpoint}, but
 * for the last. Source: torch.utils.checkpoint.checkpoint_sequential.
 *
 * @throws OptionError for a number of segments that there cannot be.
 * @example
 * const layers = new nn.Sequential(new nn.Linear(4, 8), new nn.Tanh(), new nn.Linear(8, 2));
 * checkpointSequential(layers, 2, randn([3, 4], { requiresGrad: true })).shape; // [3, 2]
 */
export function checkpointSequential(
  functions: Iterable<((x: Tensor) => Tensor) | { forward(x: Tensor): unknown }>,
  segments: number,
  input: Tensor,
  options: CheckpointOptions = {},
): Tensor {
  if (typeof functions?.[Symbol.iterator] !== 'function')
    wrongType('checkpointSequential', 'functions', 'a Sequential or a list of functions', functions);
  const steps = [...functions].map((f) => (typeof f === 'function' ? f : (x: Tensor) => f.forward(x) as Tensor));
  if (!(Number.isInteger(segments) && segments >= 1 && segments <= steps.length))
    throw new OptionError(
      `checkpointSequential: segments must be an integer from 1 to the ${steps.length} functions, got ${describe(segments)}`,
    );
  const size = Math.floor(steps.length / segments);
  const run = (from: number, to: number) => (x: Tensor) => steps.slice(from, to).reduce((y, step) => step(y), x);
  let x = input;
  for (let i = 0; i < segments - 1; i++) x = checkpoint(run(i * size, (i + 1) * size), x, options);
  return run((segments - 1) * size, steps.length)(x);
}
