/** Discrete Fourier transforms. Complex numbers are pairs (real, imaginary) in a last dim of size 2. */
import { DTypeError } from '../../core/errors.ts';
import type { KernelRow, Meta } from '../types.ts';

export const fftRows = {
  /**
   * (x) -> y_k = attrs.scale · Σ_j x_j e^(∓2πi·jk/n) along attrs.dim, for k < attrs.size; + with attrs.inverse. x has at most
   * n elements there, the others are zeros. attrs.realIn: x is real, without the last dim; attrs.realOut: so is y, the real
   * part. Reading y_k as x_j, this is its own adjoint in the other direction.
   */
  fft1d: {
    kind: 'opaque',
    infer: ([x], attrs) => {
      const { shape, dtype } = x as Meta;
      if (dtype !== 'float32' && dtype !== 'float64') throw new DTypeError(`Unsupported dtype ${dtype}\n  in fft`);
      const sizes = shape.slice(0, attrs.realIn ? shape.length : -1).map((d, i) => (i === attrs.dim ? attrs.size : d));
      return [{ shape: (attrs.realOut ? sizes : [...sizes, 2]) as number[], dtype }];
    },
    vjp: ({ k, inputs, grads, attrs }) => [
      k.op('fft1d', [grads[0]!], {
        ...attrs,
        size: (inputs[0] as Meta).shape[attrs.dim as number]!,
        inverse: !attrs.inverse,
        realIn: attrs.realOut!,
        realOut: attrs.realIn!,
      }),
    ],
  },
} satisfies Record<string, KernelRow>;
