import { checkOptions, describe, OptionError } from '../../core/errors.ts';
import { Module } from '../../nn/module.ts';
import { noGrad, Tensor } from '../../tensor/tensor.ts';
import { GraphBuilder } from './graph.ts';
import { encodeModel } from './proto.ts';

/** Settings of {@link exportOnnx}. */
export interface ExportOnnxOptions {
  /** Names of the inputs, in the order of forward's arguments. Default 'input', 'input_1' … */
  readonly inputNames?: readonly string[];
  /** Names of the outputs. Default 'output', 'output_1' … */
  readonly outputNames?: readonly string[];
}

/**
 * A module as the bytes of an ONNX file (opset 17), to run in other programs. The module runs once, in evaluation mode, on
 * `inputs`, and what it does is written down: sizes are those of these inputs, and of a branch only the side that was taken. Ops that
 * ONNX has no operator for are written as what they are composed of. Parameters and buffers keep their names. Source: torch.onnx.export.
 *
 * @param inputs what forward takes: a tensor, or a list of tensors.
 * @throws OptionError when an op has no counterpart, or forward draws random numbers in evaluation mode too.
 * @example
 * const file = await exportOnnx(model, x, { inputNames: ['features'], outputNames: ['scores'] });
 */
export async function exportOnnx(
  model: Module,
  inputs: Tensor | readonly Tensor[],
  options: ExportOnnxOptions = {},
): Promise<Uint8Array<ArrayBuffer>> {
  checkOptions('exportOnnx', options, ['inputNames', 'outputNames']);
  if (!(model instanceof Module))
    throw new OptionError(`exportOnnx(): argument 'model' must be a Module, not ${describe(model)}`);
  const args = inputs instanceof Tensor ? [inputs] : [...inputs];
  const wrong = args.find((t) => !(t instanceof Tensor));
  if (wrong !== undefined)
    throw new OptionError(`exportOnnx(): argument 'inputs' must be Tensors, not ${describe(wrong)}`);
  const inputNames = namesFor('input', args.length, options.inputNames);
  const state = new Map([...model.namedBuffers(), ...model.namedParameters()]);
  // Copies, so that an input that is a view or a parameter is an input and nothing else.
  const fresh = noGrad(() => args.map((t) => t.clone()));
  const graph = new GraphBuilder(
    state,
    fresh.map((t, i) => [inputNames[i]!, t]),
  );
  const result = inEvaluation(model, () => noGrad(() => graph.trace(() => model.forward(...(fresh as never[])))));
  const results = tensorsIn(result);
  if (results.length === 0) throw new OptionError(`exportOnnx: forward gave ${describe(result)}, and no Tensor`);
  const outputNames = namesFor('output', results.length, options.outputNames);
  const all = [...inputNames, ...outputNames, ...state.keys()];
  const twice = all.find((name, i) => all.indexOf(name) !== i);
  if (twice !== undefined)
    throw new OptionError(`exportOnnx: two values are named '${twice}'\n  choose other inputNames or outputNames`);
  for (const [i, t] of results.entries()) graph.output(t.impl, outputNames[i]!);
  const described = (t: Tensor, name: string) => ({ name, type: t.dtype, shape: t.shape });
  return encodeModel({
    name: model.constructor.name,
    ...(await graph.finish(outputNames)),
    inputs: fresh.map((t, i) => described(t, inputNames[i]!)),
    outputs: results.map((t, i) => described(t, outputNames[i]!)),
  });
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
