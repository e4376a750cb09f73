/** Attention without dropout; with it, see test/tensor/dropout.device.test.ts. */
import { functional, type Tensor } from '../../../src/index.ts';
import { tolerances } from '../tolerances.ts';
import { bool, f, int, type OpCase, type Operand, type Options, op } from './kit.ts';

const no = Number.NEGATIVE_INFINITY;
const mask = (shape: readonly number[], values: readonly number[]): Operand => ({ shape, dtype: 'bool', values });
const qkv = (q: readonly number[], k: readonly number[], v: readonly number[] = k): Operand[] => [f(q), f(k), f(v)];
const some = [1, 0, 1, 1, 0, 0, 0, 0, 1, 1, 1, 0];

const heads = 2;
/** Weights of two heads of two dims each: those of the projections, and of the output. */
const projections = (): Operand[] => [f([12, 4]), f([12]), f([4, 4]), f([4])];
interface MultiHead extends Options {
  /** What the operands after the weights are. */
  readonly more?: readonly string[];
  readonly separate?: boolean;
  readonly addZeroAttn?: boolean;
}

export const attentionOps: readonly OpCase[] = [
  op<{ isCausal?: boolean; scale?: number; enableGqa?: boolean }>({
    name: 'scaledDotProductAttention',
    call: (o, q, k, v, attnMask) =>
      functional.scaledDotProductAttention(q, k!, v!, { ...(attnMask && { attnMask }), ...o }),
    samples: [
      { inputs: qkv([2, 3, 4], [2, 5, 4], [2, 5, 3]) },
      { inputs: qkv([3, 4], [4, 4]), options: { isCausal: true } },
      { inputs: [...qkv([2, 3, 2], [2, 4, 2]), f([3, 4])], options: { scale: 0.3 } },
      { inputs: qkv([4, 2, 3], [2, 3, 3]), options: { enableGqa: true, isCausal: true } },
      { inputs: [...qkv([2, 2, 3, 2], [2, 1, 4, 2]), bool([2, 1, 3, 4])] },
      // A query that may look nowhere gets 0.
      { inputs: [...qkv([1, 3, 2], [1, 4, 2]), mask([3, 4], some)] },
      {
        inputs: [...qkv([1, 3, 2], [1, 4, 2]), f([3, 4], { values: some.map((v) => (v === 1 ? 0.5 : no)) })],
        extreme: true,
      },
      { inputs: qkv([2, 3, 2], [2, 0, 2]) },
      { inputs: [...qkv([1, 4, 2, 2], [1, 2, 3, 2]), f([1, 4, 2, 3])], options: { enableGqa: true } },
    ],
    parity: [{ inputs: qkv([2, 3, 33, 16], [2, 3, 70, 16]), options: { isCausal: true } }],
    errors: [
      {
        inputs: [...qkv([3, 4], [4, 4]), bool([3, 4])],
        options: { isCausal: true },
        error: 'OptionError',
        message: /Explicit attn_mask should not be set when is_causal=True/,
      },
      {
        inputs: [...qkv([3, 4], [4, 4]), int([3, 4])],
        error: 'DTypeError',
        message: /^Expected attn_mask dtype to be bool or float or to match query dtype, but got attn_mask.dtype: /,
      },
      {
        inputs: qkv([4], [4, 4]),
        error: 'ShapeError',
        message: /^Expected query, key, and value to all be {2}at least 2 dimensional, but got query.dim: 1 key.dim: 2/,
      },
      {
        inputs: qkv([3, 2, 2], [2, 2, 2]),
        options: { enableGqa: true },
        error: 'ShapeError',
        message: /^Number of heads in key and value must divide the number of heads in/,
      },
    ],
  }),
  op<MultiHead>({
    name: 'multiHeadAttentionForward',
    call: ({ more = [], separate, addZeroAttn = false, ...o }, query, ...rest) => {
      const [weight, bias, out, outBias] = rest.splice(separate ? 2 : 0, 4) as [Tensor, Tensor, Tensor, Tensor];
      const [key, value] = separate ? (rest.splice(0, 2) as [Tensor, Tensor]) : [query, query];
      const named: Record<string, Tensor> = Object.fromEntries(more.map((name, i) => [name, rest[i]!]));
      const { biasK = null, biasV = null, ...options } = named;
      const [y, weights] = functional.multiHeadAttentionForward(
        query,
        key,
        value,
        4,
        heads,
        weight,
        bias,
        biasK,
        biasV,
        addZeroAttn,
        0,
        out,
        outBias,
        { ...options, ...o },
      );
      return weights ? [y, weights] : y;
    },
    samples: [
      { inputs: [f([3, 2, 4]), ...projections()] },
      { inputs: [f([3, 4]), ...projections()], options: { needWeights: false } },
      {
        inputs: [
          f([3, 2, 4]),
          f([5, 2, 4]),
          f([5, 2, 4]),
          ...projections(),
          mask([2, 5], [0, 0, 1, 0, 1, 0, 0, 0, 0, 1]),
        ],
        options: { separate: true, more: ['keyPaddingMask'], averageAttnWeights: false },
      },
      {
        inputs: [f([3, 1, 4]), ...projections(), f([3, 3]), mask([1, 3], [0, 0, 1])],
        options: { more: ['attnMask', 'keyPaddingMask'], needWeights: false },
      },
      {
        inputs: [f([2, 1, 4]), ...projections(), f([1, 1, 4]), f([1, 1, 4]), f([2, 2, 2])],
        options: { more: ['biasK', 'biasV', 'attnMask'], addZeroAttn: true },
      },
      {
        inputs: [f([2, 1, 4]), ...projections(), f([4, 4]), f([4, 4]), f([4, 4])],
        options: { more: ['qProjWeight', 'kProjWeight', 'vProjWeight'], useSeparateProjWeight: true },
      },
    ],
    tolerance: tolerances.chainedProducts,
    errors: [
      {
        inputs: [f([3, 4]), ...projections()],
        options: { isCausal: true },
        error: 'OptionError',
        message: /^Need attn_mask if specifying the is_causal hint/,
      },
      {
        inputs: [f([3, 2, 4]), ...projections(), f([2, 3])],
        options: { more: ['attnMask'] },
        error: 'ShapeError',
        message: /^The shape of the 2D attn_mask is (torch\.Size\()?\[2, 3\]\)?, but should be [[(]3, 3[\])]/,
      },
      {
        inputs: [f([3]), ...projections()],
        error: 'ShapeError',
        message: /^query should be unbatched 2D or batched 3D tensor but received 1-D query tensor/,
      },
    ],
  }),
];
