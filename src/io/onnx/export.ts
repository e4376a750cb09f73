import type { DType } from '../../core/dtype.ts';
import { checkOptions, describe, LumigradError, OptionError } from '../../core/errors.ts';
import { Module } from '../../nn/module.ts';
import { fromArray } from '../../tensor/create.ts';
import { noGrad, Tensor } from '../../tensor/tensor.ts';
import { axesOf, type DynamicAxes, joinRuns, type Run, runsOf, type Size, sizesOf } from './dynamic.ts';
import { GraphBuilder } from './graph.ts';
import { encodeModel, type OnnxTensor } from './proto.ts';

/** Settings of {@link exportOnnx}. */
export interface ExportOnnxOptions {
  /** Names of the inputs, in the order of forward's arguments. Default 'input', 'input_1' … */
  readonly inputNames?: readonly string[];
  /** Names of the outputs. Default 'output', 'output_1' … */
  readonly outputNames?: readonly string[];
  /**
   * Axes of inputs whose size may differ from run to run, by the inputs' names: `{ input: { 0: 'batch' } }`, or `{ input: [0] }`. Axes
   * of one name are of one size. Those of outputs are found, and may be named in the same way. Default: none.
   */
  readonly dynamicAxes?: DynamicAxes;
}

/**
 * A module as the bytes of an ONNX file (opset 17), to run in other programs. The module runs once, in evaluation mode, on
 * `inputs`, and what it does is written down: sizes are those of these inputs, and of a branch only the side that was taken. Ops that
 * ONNX has no operator for are written as what they are composed of. Parameters and buffers keep their names. With `dynamicAxes` it
 * runs at several sizes, on repetitions of `inputs`, and shapes and bounds that follow the sizes are computed in the file. What changes
 * only beyond those sizes (`Math.min(size, 512)`) goes unnoticed.
 * Source: torch.onnx.export.
 *
 * @param inputs what forward takes: a tensor, or a list of tensors.
 * @throws OptionError when an op has no counterpart, forward draws random numbers in evaluation mode too, or numbers follow a dynamic
 * size in another way than shapes do: positions, masks, means over it.
 * @example
 * const dynamicAxes = { features: { 0: 'batch' } };
 * const file = await exportOnnx(model, x, { inputNames: ['features'], outputNames: ['scores'], dynamicAxes });
 */
export async function exportOnnx(
  model: Module,
  inputs: Tensor | readonly Tensor[],
  options: ExportOnnxOptions = {},
): Promise<Uint8Array<ArrayBuffer>> {
  checkOptions('exportOnnx', options, ['inputNames', 'outputNames', 'dynamicAxes']);
  if (!(model instanceof Module))
    throw new OptionError(`exportOnnx(): argument 'model' must be a Module, not ${describe(model)}`);
  const args = inputs instanceof Tensor ? [inputs] : [...inputs];
  const wrong = args.find((t) => !(t instanceof Tensor));
  if (wrong !== undefined)
    throw new OptionError(`exportOnnx(): argument 'inputs' must be Tensors, not ${describe(wrong)}`);
  const inputNames = namesFor('input', args.length, options.inputNames);
  const state = new Map([...model.namedBuffers(), ...model.namedParameters()]);
  const sizes = sizesOf(options.dynamicAxes, inputNames, args);
  const read = new Map<string, Promise<OnnxTensor>>();
  const runs: Traced[] = [];
  for (const samples of runsOf(sizes)) {
    const at = new Map(sizes.map((size, i) => [size, size.samples[samples[i]!]!]));
    // Copies, so that an input that is a view or a parameter is an input and nothing else.
    const fresh = noGrad(() => args.map((t, i) => sized(t, i, at)));
    const graph = new GraphBuilder(
      state,
      fresh.map((t, i) => [inputNames[i]!, t]),
      read,
    );
    const result = withSizes(at, () =>
      inEvaluation(model, () => noGrad(() => graph.trace(() => model.forward(...(fresh as never[]))))),
    );
    const results = tensorsIn(result);
    if (results.length === 0) throw new OptionError(`exportOnnx: forward gave ${describe(result)}, and no Tensor`);
    const outputNames = namesFor('output', results.length, options.outputNames);
    const all = [...inputNames, ...outputNames, ...state.keys()];
    const twice = all.find((name, i) => all.indexOf(name) !== i);
    if (twice !== undefined)
      throw new OptionError(`exportOnnx: two values are named '${twice}'\n  choose other inputNames or outputNames`);
    for (const [i, t] of results.entries()) graph.output(t.impl, outputNames[i]!);
    const outputs = results.map((t, i) => ({ name: outputNames[i]!, type: t.dtype, shape: t.shape }));
    runs.push({ ...(await graph.finish(outputNames)), outputs });
  }
  const [{ outputs }] = runs as [Traced];
  const known = new Set([...inputNames, ...outputs.map(({ name }) => name)]);
  for (const name of Object.keys(options.dynamicAxes ?? {})) {
    if (!known.has(name))
      throw new OptionError(
        `exportOnnx: dynamicAxes: '${name}' is no input and no output\n  they are ${[...known].join(', ')}`,
      );
  }
  return encodeModel({
    name: model.constructor.name,
    ...joinRuns(runs, sizes, inputNames),
    inputs: args.map((t, i) => {
      const axes = axesOf(options.dynamicAxes, inputNames[i]!, t.ndim);
      return { name: inputNames[i]!, type: t.dtype, shape: t.shape.map((size, d) => axes.get(d) ?? size) };
    }),
    outputs: outputs.map((output, i) => {
      const given = axesOf(options.dynamicAxes, output.name, output.shape.length);
      const shapes = runs.map((run) => run.outputs[i]!.shape);
      return { ...output, shape: output.shape.map((_, d) => outputSize(shapes, d, sizes, given.get(d), output.name)) };
    }),
  });
}

/** What a run gave, and its outputs. */
interface Traced extends Run {
  readonly outputs: readonly { readonly name: string; readonly type: DType; readonly shape: readonly number[] }[];
}

/** An input of other sizes: it is repeated, so that what stands in it stays what the module knows. */
function sized(t: Tensor, input: number, at: ReadonlyMap<Size, number>): Tensor {
  let out = t.clone();
  for (const [{ places }, size] of at) {
    for (const { axis } of places.filter((place) => place.input === input)) {
      const own = t.shape[axis]!;
      if (own === size) continue;
      const rows = Int32Array.from({ length: size }, (_, i) => i % own);
      out = out.indexSelect(axis, fromArray(rows, [size], { device: t.device }));
    }
  }
  return out;
}

/** Says at which sizes forward failed, where it is not those of the inputs. */
function withSizes<T>(at: ReadonlyMap<Size, number>, fn: () => T): T {
  try {
    return fn();
  } catch (cause) {
    const changed = [...at].filter(([{ samples }, size]) => size !== samples[0]);
    if (changed.length === 0 || !(cause instanceof LumigradError)) throw cause;
    const tried = changed.map(([{ name }, size]) => `'${name}' is ${size}`).join(' and ');
    throw new OptionError(`exportOnnx: forward failed where ${tried}: ${cause.message}`, { cause });
  }
}

/** The size of an output: a number, or the name of what it follows. */
function outputSize(
  shapes: readonly (readonly number[])[],
  dim: number,
  sizes: readonly Size[],
  given: string | undefined,
  output: string,
): number | string {
  const found = shapes.map((shape) => shape[dim]);
  if (found.every((size) => size === found[0])) return found[0]!;
  const runs = runsOf(sizes);
  const same = sizes.find((size, i) => runs.every((samples, r) => size.samples[samples[i]!] === found[r]));
  return given ?? same?.name ?? `${output}_dynamic_axes_${dim}`;
}

function namesFor(base: string, count: number, given: readonly string[] | undefined): readonly string[] {
  const names = given ?? Array.from({ length: count }, (_, i) => (i === 0 ? base : `${base}_${i}`));
  if (names.length !== count)
    throw new OptionError(`exportOnnx: ${names.length} names are given for ${count} ${base}s`);
  return names;
}

/** Runs `fn` with the module and all below it in evaluation mode; each is left as it was. */
function inEvaluation<T>(model: Module, fn: () => T): T {
  const training = [...model.modules()].filter((m) => m.training);
  model.eval();
  try {
    return fn();
  } finally {
    for (const m of training) m.training = true;
  }
}

/** The tensors of a result, in lists and plain objects too. */
function tensorsIn(value: unknown): Tensor[] {
  if (value instanceof Tensor) return [value];
  if (Array.isArray(value)) return value.flatMap(tensorsIn);
  if (typeof value === 'object' && value !== null && Object.getPrototypeOf(value) === Object.prototype)
    return Object.values(value).flatMap(tensorsIn);
  return [];
}
