/** Rows of random sampling beside the sources of uniform and normal numbers (pointwise.ts). */
import { floatOnly } from '../pointwise-kit.ts';
import { type CompositeRow, isScalar, type PointwiseRow } from '../types.ts';

export const samplingPointwise = {
  /** (key0, key1, stream, element, rate) -> a number of events; an element's number says which random numbers it draws. */
  poisson: {
    kind: 'pointwise',
    arity: 5,
    dtype: (d) => floatOnly('poisson')(d.slice(4)),
    vjp: ({ k, inputs }) => inputs.map((x, i) => (i === 4 && !isScalar(x) ? k.zerosLike(x) : null)),
  },
} satisfies Record<string, PointwiseRow>;

export const samplingComposites = {
  /** (sample, parameters …) -> the sample. It does not follow its parameters: as in PyTorch, their gradient is zero. */
  drawn: {
    kind: 'composite',
    forward: (k, [sample]) => [k.op('copy', [sample!])],
    vjp: ({ k, inputs, needs }) => inputs.map((x, i) => (needs[i] && i > 0 && !isScalar(x) ? k.zerosLike(x) : null)),
  },
} satisfies Record<string, CompositeRow>;
