import { isFloat } from '../core/dtype.ts';
import { DTypeError, ShapeError } from '../core/errors.ts';
import { formatShape, sameShape } from '../core/shape.ts';
import { eachForTheOther, type KernelRow, type Meta, type Ref } from './types.ts';

/** Throws unless [.., M, K] @ [.., K, N] fits; PyTorch's words. */
export function checkMatmul(a: Meta, b: Meta): void {
  if (a.dtype !== b.dtype) {
    throw new DTypeError(
      `expected m1 and m2 to have the same dtype, but got: ${a.dtype} != ${b.dtype}\n  in matmul; cast one with .to('${isFloat(a.dtype) ? a.dtype : b.dtype}')`,
    );
  }
  const [m, k] = a.shape.slice(-2);
  const [k2, n] = b.shape.slice(-2);
  if (k !== k2) {
    throw new ShapeError(
      `mat1 and mat2 shapes cannot be multiplied (${m}x${k} and ${k2}x${n})\n  in matmul of ${formatShape(a.shape)} @ ${formatShape(b.shape)}`,
    );
  }
}

/** Columns are contiguous, rows are not. */
function isTransposed({ layout }: Ref): boolean {
  const strides = layout?.strides.slice(-2);
  return strides !== undefined && strides[0] === 1 && strides[1] !== 1;
}

export const matmulRows = {
  /** [..B, M, K] @ [..B, K, N] -> [..B, M, N], batch dims already equal (expand them first). Any strides. */
  matmul: {
    kind: 'contraction',
    infer: (inputs) => {
      const [a, b] = inputs as readonly [Meta, Meta];
      checkMatmul(a, b);
      if (!isFloat(a.dtype)) throw new DTypeError(`matmul: not implemented for ${a.dtype}; cast with .to('float32')`);
      if (!sameShape(a.shape.slice(0, -2), b.shape.slice(0, -2))) {
        throw new ShapeError(`matmul: batch dims differ: ${formatShape(a.shape)} @ ${formatShape(b.shape)}`);
      }
      return [{ shape: [...a.shape.slice(0, -1), b.shape[b.shape.length - 1]!], dtype: a.dtype }];
    },
    saves: { inputs: eachForTheOther },
    vjp: ({ k, inputs, grads, needs }) => {
      const [a, b] = inputs as [Ref, Ref];
      const g = grads[0]!;
      // A gradient is computed in the memory order of its operand, so that it needs no copy on its way to a parameter:
      // for y = x·Wᵀ, dW = gᵀ·x directly.
      const da = (): Ref => (isTransposed(a) ? k.mT(k.matmul(b, k.mT(g))) : k.matmul(g, k.mT(b)));
      const db = (): Ref => (isTransposed(b) ? k.mT(k.matmul(k.mT(g), a)) : k.matmul(k.mT(a), g));
      return [needs[0] ? da() : null, needs[1] ? db() : null];
    },
  },
} satisfies Record<string, KernelRow>;
