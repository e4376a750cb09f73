import { isFloat, type TypedArray } from '../core/dtype.ts';
import { checkFunction, checkOptions, GradError, wrongType } from '../core/errors.ts';
import { fromArray, zerosLike } from '../tensor/create.ts';
import { grad } from '../tensor/functions/core.ts';
import { checkTensor, Tensor } from '../tensor/tensor.ts';

/** Settings of {@link gradcheck}. */
export interface GradcheckOptions {
  /** Step of the central difference. Default 1e-6. */
  readonly eps?: number;
  /** Default 1e-5. */
  readonly atol?: number;
  /** Default 1e-3. */
  readonly rtol?: number;
}

type Fn = (...inputs: Tensor[]) => Tensor | readonly Tensor[];

/**
 * Compares the gradients of `fn` with central differences, element by element of the full Jacobian (torch.autograd.gradcheck).
 * The inputs that require grad must be float64, which lives on the CPU.
 *
 * @throws GradError naming input, output and the first element that differs.
 * @example
 * const x = randn([3], { dtype: 'float64', device: 'cpu', requiresGrad: true });
 * await gradcheck((x) => x.tanh(), [x]); // true
 */
export async function gradcheck(fn: Fn, inputs: readonly Tensor[], options: GradcheckOptions = {}): Promise<true> {
  checkFunction('gradcheck', fn);
  checkOptions('gradcheck', options, ['eps', 'atol', 'rtol']);
  if (!Array.isArray(inputs)) wrongType('gradcheck', 'inputs', 'a list of Tensors', inputs);
  for (const t of inputs) checkTensor('gradcheck', t, 'inputs');
  const { eps = 1e-6, atol = 1e-5, rtol = 1e-3 } = options;
  const checked = inputs.map((t, i) => ({ t, i })).filter(({ t }) => t.requiresGrad);
  if (checked.length === 0)
    throw new GradError(
      'gradcheck expects at least one input tensor to require gradient, but none of the them have requires_grad=True.',
    );
  for (const { t, i } of checked) {
    if (t.dtype !== 'float64')
      throw new GradError(`gradcheck: input ${i} is ${t.dtype}; finite differences need float64 (on the CPU)`);
  }
  const outputs = listOf(fn(...inputs)).filter((o) => isFloat(o.dtype) && o.requiresGrad);
  if (outputs.length === 0) throw new GradError('gradcheck: no output requires grad');
  const analytical = await jacobians(
    outputs,
    checked.map(({ t }) => t),
  );
  for (const [n, { t, i }] of checked.entries()) {
    const numerical = await differences(fn, inputs, i, t, eps, outputs.length);
    for (const [o, columns] of numerical.entries()) {
      for (const [element, column] of columns.entries()) {
        for (let row = 0; row < column.length; row++) {
          const a = analytical[o]![n]![row]![element]!;
          const b = column[row]!;
          if (Math.abs(a - b) <= atol + rtol * Math.abs(b) || (Number.isNaN(a) && Number.isNaN(b))) continue;
          throw new GradError(
            `Jacobian mismatch for output ${o} with respect to input ${i},\nnumerical: ${b}\nanalytical: ${a}\n  at output element ${row}, input element ${element} of shape [${t.shape.join(', ')}]`,
          );
        }
      }
    }
  }
  return true;
}

/** The same for gradients of gradients: checks the backward pass of `fn` under createGraph. */
export async function gradgradcheck(fn: Fn, inputs: readonly Tensor[], options: GradcheckOptions = {}): Promise<true> {
  const first = (...args: Tensor[]): Tensor[] => {
    const outputs = listOf(fn(...args)).filter((o) => o.requiresGrad);
    const wanted = args.filter((t) => t.requiresGrad);
    // A gradient with varied entries, so that no cancellation hides a mistake.
    const weights = outputs.map((o) =>
      fromArray(
        Float64Array.from({ length: o.numel() }, (_, i) => 0.5 + ((i * 7) % 5) / 3),
        o.shape,
        { dtype: 'float64', device: 'cpu' },
      ),
    );
    const grads = grad(outputs, wanted, { createGraph: true, gradOutputs: weights, allowUnused: true });
    return grads.filter((g): g is Tensor => g?.requiresGrad === true);
  };
  // Linear functions have constant gradients: nothing to differentiate.
  return first(...inputs).length === 0 ? true : gradcheck(first, inputs, options);
}

function listOf(out: Tensor | readonly Tensor[]): readonly Tensor[] {
  const list = out instanceof Tensor ? [out] : out;
  if (!Array.isArray(list)) wrongType('gradcheck', 'fn', 'a function that returns Tensors', list);
  return list;
}

/** [output][input][output element][input element] */
async function jacobians(outputs: readonly Tensor[], inputs: readonly Tensor[]): Promise<number[][][][]> {
  const all: number[][][][] = [];
  for (const out of outputs) {
    const rows = Array.from({ length: out.numel() }, (_, row) => {
      const seed = new Float64Array(out.numel());
      seed[row] = 1;
      const gradOutputs = [fromArray(seed, out.shape, { dtype: 'float64', device: 'cpu' })];
      return grad(out, inputs, { retainGraph: true, allowUnused: true, gradOutputs }).map(
        (g, i) => g ?? zerosLike(inputs[i]!),
      );
    });
    const read = await Promise.all(rows.map((r) => Promise.all(r.map((g) => g.data()))));
    all.push(inputs.map((_, i) => read.map((r) => Array.from(r[i] as Float64Array))));
  }
  return all;
}

/** [output][input element][output element] by central differences in input `index`. */
async function differences(
  fn: Fn,
  inputs: readonly Tensor[],
  index: number,
  input: Tensor,
  eps: number,
  outputs: number,
): Promise<number[][][]> {
  const base = (await input.data()) as Float64Array;
  const at = (element: number, delta: number): readonly Tensor[] => {
    const moved = base.slice();
    moved[element]! += delta;
    // It requires grad like the original: fn may itself compute gradients.
    const replaced = fromArray(moved, input.shape, { dtype: 'float64', device: 'cpu', requiresGrad: true });
    return listOf(fn(...inputs.map((t, i) => (i === index ? replaced : t))));
  };
  const differentiable = async (fnOut: readonly Tensor[]): Promise<TypedArray[]> => {
    const floats = fnOut.filter((o) => isFloat(o.dtype) && o.requiresGrad);
    return Promise.all(floats.slice(0, outputs).map((o) => o.data()));
  };
  const columns: number[][][] = Array.from({ length: outputs }, () => []);
  for (let e = 0; e < base.length; e++) {
    const [plus, minus] = await Promise.all([differentiable(at(e, eps)), differentiable(at(e, -eps))]);
    for (let o = 0; o < outputs; o++)
      columns[o]!.push(Array.from(plus[o] as Float64Array, (v, i) => (v - minus[o]![i]!) / (2 * eps)));
  }
  return columns;
}
