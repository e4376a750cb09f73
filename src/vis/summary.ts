/** A model as a table of its layers. */
import { bytesOf, type DType } from '../core/dtype.ts';
import { checkOptions, DTypeError, describe, OptionError, wrongType } from '../core/errors.ts';
import type { Shape } from '../core/shape.ts';
import { GroupNorm, RMSNorm } from '../nn/group-norm.ts';
import { Module } from '../nn/module.ts';
import { FeatureNorm, LayerNorm } from '../nn/norm.ts';
import { zeros } from '../tensor/create.ts';
import { engineFor } from '../tensor/device.ts';
import { scope } from '../tensor/scope.ts';
import { noGrad, Tensor } from '../tensor/tensor.ts';
import { macsOf } from './macs.ts';
import { watchModules, watchRecording } from './observe.ts';
import { ModelSummary, type SummaryRow } from './summary-table.ts';

/** Settings of {@link summary}. */
export interface SummaryOptions {
  /**
   * dtypes of the inputs that are given by shape, one for each or one for all. Default: float32, or int32 where the model takes
   * no floats.
   */
  readonly dtypes?: DType | readonly DType[];
  /** How many levels of modules to show; what is below counts for the one above. Default: all. */
  readonly depth?: number;
}

type Input = Shape | Tensor | readonly (Shape | Tensor)[];

/**
 * The layers of a model with their output shapes, parameters and multiply-accumulates, and what a forward pass needs in
 * memory. Runs `forward` once, in evaluation mode and without a tape, on zeros of the given shape (or shapes, one for each
 * argument; or tensors). Nothing is computed: shapes follow from recording. Modes and running statistics stay as they are;
 * lazy layers get their parameters. Source of the layout: github.com/TylerYep/torchinfo.
 *
 * Multiply-accumulates are those of matrix products, convolutions and recurrences, wherever they happen, plus one per element
 * of what a normalization with a weight returns. Bias and activations are not counted, and a look-up in an embedding is none.
 *
 * @throws OptionError when `model` is no module, or the input no shape; what forward throws when the input does not fit.
 * @example
 * const net = new nn.Sequential(new nn.Linear(3, 4), new nn.ReLU(), new nn.Linear(4, 2));
 * const table = summary(net, [1, 3]);
 * table.totalParams; // 26
 * table.totalMacs; // 20
 * console.log(String(table));
 */
export function summary(model: Module, input: Input, options: SummaryOptions = {}): ModelSummary {
  if (!(model instanceof Module)) wrongType('summary', 'model', 'a Module', model);
  checkOptions('summary', options, ['dtypes', 'depth']);
  const { depth = Number.POSITIVE_INFINITY, dtypes } = options;
  if (!(depth >= 0)) throw new OptionError(`summary: depth must be at least 0, got ${describe(depth)}`);
  const inputs = inputsOf(input);
  const pass = (all: readonly DType[]): Pass => onePass(model, inputs, all);
  if (dtypes !== undefined) return tabulate(model, pass(typeof dtypes === 'string' ? [dtypes] : dtypes), depth);
  let found: Pass;
  try {
    found = pass(['float32']);
  } catch (error) {
    if (!(error instanceof DTypeError) || inputs.every((i) => i instanceof Tensor)) throw error;
    found = pass(['int32']);
  }
  return tabulate(model, found, depth);
}

function inputsOf(input: Input): (Shape | Tensor)[] {
  const isShape = (v: unknown): v is Shape => Array.isArray(v) && v.every((d) => Number.isInteger(d) && d >= 0);
  const list: readonly unknown[] =
    input instanceof Tensor || isShape(input) ? [input] : Array.isArray(input) ? input : [null];
  for (const item of list) {
    if (!(item instanceof Tensor) && !isShape(item))
      wrongType('summary', 'input', 'a shape, a tensor, or a list of these', input, 'summary(model, [1, 3, 32, 32])');
  }
  return list as (Shape | Tensor)[];
}

/** What one forward pass showed. */
interface Pass {
  readonly inputBytes: number;
  readonly seen: ReadonlyMap<Module, Seen>;
}
interface Seen {
  calls: number;
  macs: number;
  outputs: readonly Tensor[];
}

function onePass(model: Module, inputs: readonly (Shape | Tensor)[], dtypes: readonly DType[]): Pass {
  const device = (model.parameters()[0] ?? inputs.find((i) => i instanceof Tensor) ?? model.buffers()[0])?.device;
  const seen = new Map<Module, Seen>();
  const running: Module[] = [];
  const of = (module: Module): Seen => {
    const entry = seen.get(module) ?? { calls: 0, macs: 0, outputs: [] };
    seen.set(module, entry);
    return entry;
  };
  const modes = [...model.modules()].map((m) => [m, m.training] as const);
  const stops = [
    watchModules(
      model,
      ({ module }) => running.push(module),
      ({ module }, output) => {
        running.splice(running.lastIndexOf(module));
        const entry = of(module);
        const tensors = tensorsIn(output);
        if (entry.calls++ === 0) entry.outputs = tensors;
        if (normalizes(module)) entry.macs += tensors.reduce((sum, t) => sum + t.numel(), 0);
      },
    ),
    watchRecording(engineFor(device), (op, operands, _attrs, outputs) => {
      const module = running.at(-1);
      if (module) of(module).macs += macsOf(op, operands, outputs);
    }),
  ];
  let inputBytes = 0;
  try {
    model.eval();
    noGrad(() =>
      // Nothing leaves this scope, so nothing of it is ever computed.
      scope(() => {
        const given = inputs.map((input, i) => {
          if (input instanceof Tensor) return input;
          return zeros(input, { dtype: dtypes[i] ?? dtypes.at(-1) ?? 'float32', ...(device && { device }) });
        });
        inputBytes = given.reduce((sum, t) => sum + tensorBytes(t), 0);
        (model.forward as (...args: Tensor[]) => unknown)(...given);
      }),
    );
  } finally {
    for (const stop of stops) stop();
    for (const [m, training] of modes) m.training = training;
  }
  return { inputBytes, seen };
}

const tensorBytes = (t: Tensor): number => t.numel() * bytesOf(t.dtype);

/** Those that scale and shift each element. */
function normalizes(module: Module): boolean {
  const isNorm = [FeatureNorm, LayerNorm, GroupNorm, RMSNorm].some((kind) => module instanceof kind);
  return isNorm && !module.ownParameters().next().done;
}

/** Tensors in what forward returned, also within lists and plain objects. */
function tensorsIn(value: unknown, depth = 0): Tensor[] {
  if (value instanceof Tensor) return [value];
  if (typeof value !== 'object' || value === null || depth > 8) return [];
  return Object.values(value).flatMap((item) => tensorsIn(item, depth + 1));
}

function tabulate(model: Module, { inputBytes, seen }: Pass, deepest: number): ModelSummary {
  const rows: (Omit<SummaryRow, 'params' | 'trainableParams' | 'macs'> & {
    params: number;
    trainableParams: number;
    macs: number;
  })[] = [];
  const counts = new Map<number, number>();
  const counted = new Set<Tensor>();
  let passBytes = 0;
  let paramBytes = 0;
  for (const [path, module] of model.namedModules()) {
    const { calls = 0, macs = 0, outputs = [] } = seen.get(module) ?? {};
    const depth = path === '' ? 0 : path.split('.').length;
    const hasChildren = !module.children().next().done;
    if (!hasChildren) passBytes += 2 * outputs.reduce((sum, t) => sum + tensorBytes(t), 0) * calls;
    if (depth <= deepest) {
      const index = (counts.get(depth) ?? 0) + 1;
      counts.set(depth, index);
      rows.push({
        path,
        name: path.slice(path.lastIndexOf('.') + 1),
        type: module.constructor.name,
        depth,
        index,
        outputShapes: outputs.map(({ shape }) => shape),
        calls,
        params: 0,
        trainableParams: 0,
        macs: 0,
        hasChildren: hasChildren && depth < deepest,
      });
    }
    // What is too deep to be shown is part of the last one that was.
    const row = rows.at(-1)!;
    row.macs += macs;
    for (const [, p] of module.ownParameters()) {
      if (counted.has(p)) continue;
      counted.add(p);
      row.params += p.numel();
      if (p.requiresGrad) row.trainableParams += p.numel();
      paramBytes += tensorBytes(p);
    }
  }
  const sum = (key: 'params' | 'trainableParams' | 'macs'): number => rows.reduce((total, row) => total + row[key], 0);
  return new ModelSummary(rows, {
    totalParams: sum('params'),
    trainableParams: sum('trainableParams'),
    totalMacs: sum('macs'),
    inputBytes,
    passBytes,
    paramBytes,
  });
}
