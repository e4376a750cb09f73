/** What the functions of linear algebra share: checks in PyTorch's words, and matrices of zeros and ones. */
import { apply, type VarInput } from '../../autograd/apply.ts';
import type { DType } from '../../core/dtype.ts';
import { isFloat } from '../../core/dtype.ts';
import { DTypeError, LumigradError, OptionError, ShapeError } from '../../core/errors.ts';
import { broadcastShapes, formatShape } from '../../core/shape.ts';
import type { OpName } from '../../ops/index.ts';
import type { Attrs } from '../../ops/types.ts';
import { arange, eye } from '../create.ts';
import { scope } from '../scope.ts';
import { checkTensor, Tensor } from '../tensor.ts';

/** A matrix that has no inverse, or no such factorisation. Thrown by the next read. PyTorch's torch.linalg.LinAlgError. */
export class LinAlgError extends LumigradError {
  override name = 'LinAlgError';
}

const typeNames: Record<DType, string> = {
  float16: 'Half',
  float32: 'Float',
  float64: 'Double',
  int32: 'Int',
  uint32: 'UInt32',
  bool: 'Bool',
};

/** Throws unless `x` is a tensor of floating-point numbers. */
export function checkFloat(name: string, x: Tensor, argument = 'input'): void {
  checkTensor(name, x, argument);
  if (!isFloat(x.dtype)) {
    throw new DTypeError(
      `${name}: Expected a floating point or complex tensor as input. Got ${typeNames[x.dtype]}\n  cast it with .to('float32')`,
    );
  }
}
/** Throws unless `x` holds matrices of floating-point numbers; returns their sizes. */
export function checkMatrices(name: string, x: Tensor, argument = 'A'): [rows: number, columns: number] {
  checkTensor(name, x, argument);
  if (x.ndim < 2)
    throw new ShapeError(
      `${name}: The input tensor ${argument} must have at least 2 dimensions.\n  got shape ${formatShape(x.shape)}`,
    );
  checkFloat(name, x, argument);
  return [x.shape.at(-2)!, x.shape.at(-1)!];
}
/** Throws unless `x` holds square matrices of floating-point numbers; returns their size. */
export function checkSquare(name: string, x: Tensor, argument = 'A'): number {
  const [m, n] = checkMatrices(name, x, argument);
  if (m !== n)
    throw new ShapeError(
      `${name}: ${argument} must be batches of square matrices, but they are ${m} by ${n} matrices\n  got shape ${formatShape(x.shape)}`,
    );
  return n;
}
/** Throws unless both have one dtype. */
export function checkSameType(name: string, a: Tensor, b: Tensor): void {
  if (a.dtype !== b.dtype)
    throw new DTypeError(
      `${name}: Expected A and B to have the same dtype, but found A of type ${typeNames[a.dtype]} and B of type ${typeNames[b.dtype]} instead\n  cast one with .to('${a.dtype}')`,
    );
}
/** Throws for a whole number out of place. */
export function checkWhole(name: string, argument: string, value: unknown): asserts value is number {
  if (!Number.isInteger(value))
    throw new OptionError(`${name}(): argument '${argument}' must be int, not ${String(value)}`);
}

/** All results of an op. */
export function applied(op: OpName, inputs: readonly (Tensor | VarInput)[], attrs: Attrs = {}): Tensor[] {
  return apply(
    op,
    inputs.map((i) => (i instanceof Tensor ? i.impl : i)),
    attrs,
  ).map((v) => new Tensor(v));
}

/** Identity matrices like those of x. */
export const identityLike = (x: Tensor, n: number): Tensor =>
  eye(n, n, { dtype: x.dtype, device: x.device }).expand([...x.shape.slice(0, -2), n, n]);

/** 0, 1, … on x's device. */
export const countingLike = (x: Tensor, n: number): Tensor => arange(n, { device: x.device });

/** Both with the same leading dims. */
export function broadcastBatches(name: string, a: Tensor, b: Tensor): [a: Tensor, b: Tensor] {
  const batch = broadcastShapes(name, a.shape.slice(0, -2), b.shape.slice(0, -2));
  return [a.expand([...batch, ...a.shape.slice(-2)]), b.expand([...batch, ...b.shape.slice(-2)])];
}

/** Where in a batch a check failed: PyTorch's words before what is wrong. */
type Complaint = (element: string, position: number) => Error;

/**
 * Lets the next read throw if `bad` (…, n) is true anywhere: `complain` gets the first batch element that it is in, as words,
 * and the position there, from 1.
 */
export function reportFirst(bad: Tensor, complain: Complaint): void {
  if (bad.numel() === 0) return;
  const n = bad.shape.at(-1)!;
  const isBatch = bad.ndim > 1;
  const flag = scope(() => {
    const flat = bad.detach().reshape(-1);
    const position = countingLike(flat, flat.numel()).add(1);
    const first = position.where(flat, noPosition).amin();
    return first.where(first.lt(noPosition), 0);
  });
  flag.impl.engine.assertFalse(flag.impl.storage.value, (found) => {
    const at = found - 1;
    return complain(isBatch ? `(Batch element ${Math.floor(at / n)}): ` : '', (at % n) + 1);
  });
}
const noPosition = 2 ** 30;

/** The position, from 1, of the first true element of each row of (…, n); 0 where there is none. int32, as LAPACK's info. */
export function firstTrue(bad: Tensor): Tensor<'int32'> {
  const { shape } = bad;
  const n = shape.at(-1)!;
  return scope(() => {
    if (n === 0) return bad.to('int32').sum(-1) as Tensor<'int32'>;
    const first = countingLike(bad, n).add(1).expand(shape).where(bad, noPosition).amin(-1);
    return first.where(first.lt(noPosition), 0) as Tensor<'int32'>;
  });
}
