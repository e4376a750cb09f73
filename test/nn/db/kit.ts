/** The layers database: what tools/golden/modules.py writes, and the inputs that it describes. */
import { type Tensor, tensor } from '../../../src/index.ts';
import type * as nn from '../../../src/nn/index.ts';
import { mulberry32, uniform } from '../../ops/db/kit.ts';

/** Layers by the names of their goldens. */
export type LayerTable = Readonly<Record<string, () => nn.Module>>;

type Numbers = readonly (number | 'nan' | 'inf' | '-inf')[];
interface Result {
  readonly shape: readonly number[];
  readonly values: Numbers;
}
type TensorSpec =
  | readonly number[]
  | {
      readonly shape?: readonly number[];
      readonly low?: number;
      readonly high?: number;
      readonly classes?: number;
      readonly bool?: true;
      readonly sign?: true;
      readonly values?: unknown;
      readonly dtype?: 'float32' | 'int32' | 'bool';
      readonly grad?: boolean;
    };
export type InputSpec =
  | TensorSpec
  | number
  | string
  | boolean
  | null
  | { readonly tuple: readonly InputSpec[] }
  | { readonly options: Readonly<Record<string, InputSpec>> };

/** One golden. */
export interface Layer {
  readonly name: string;
  readonly inputs: readonly InputSpec[];
  readonly settings: {
    readonly training?: false;
    readonly passes?: number;
    readonly scale?: number;
    readonly shift?: number;
    readonly buffers?: true;
    readonly outputs?: number;
    readonly grad?: false;
    readonly twice?: true;
  };
  readonly text: string;
  readonly keys: readonly string[];
  readonly outputs: readonly Result[];
  readonly inputGrads?: readonly (Numbers | null)[];
  readonly grads?: Readonly<Record<string, Numbers | null>>;
  readonly buffers?: Readonly<Record<string, Numbers>>;
  readonly evaluated?: readonly Result[];
}

/** Element i is uniform(seed, i) in [low, high). */
export function floats(seed: number, shape: readonly number[], low = -1, high = 1): Tensor {
  const n = shape.reduce((a, b) => a * b, 1);
  return tensor(Float32Array.from({ length: n }, (_, i) => uniform(seed, i) * (high - low) + low)).reshape(shape);
}

function describedTensor(spec: TensorSpec, seed: number): Tensor {
  const s = 'length' in spec ? { shape: spec } : spec;
  const wanted = s.grad ?? true;
  if (s.values !== undefined) {
    const dtype = s.dtype ?? 'float32';
    const t = tensor(s.values as number[], { dtype });
    return dtype === 'float32' && wanted ? t.requiresGrad_() : t;
  }
  const shape = s.shape!;
  const length = shape.reduce((a, b) => a * b, 1);
  const bits = Array.from({ length }, (_, i) => mulberry32(seed, i));
  if (s.classes !== undefined) {
    const classes = s.classes;
    return tensor(Int32Array.from(bits, (b) => b % classes)).reshape(shape);
  }
  if (s.bool)
    return tensor(
      bits.map((b) => b % 2 === 1),
      { dtype: 'bool' },
    ).reshape(shape);
  const t = s.sign
    ? tensor(Float32Array.from(bits, (b) => (b % 2) * 2 - 1)).reshape(shape)
    : floats(seed, shape, s.low ?? -2, s.high ?? 2);
  return wanted && !s.sign ? t.requiresGrad_() : t;
}

const isTensorSpec = (spec: InputSpec): spec is TensorSpec =>
  typeof spec === 'object' && spec !== null && !('tuple' in spec) && !('options' in spec);

/** The arguments of forward, and the tensors among them that require grad, in order. */
export function described(inputs: readonly InputSpec[], firstSeed: number): { args: unknown[]; leaves: Tensor[] } {
  let seed = firstSeed;
  const leaves: Tensor[] = [];
  const make = (spec: InputSpec): unknown => {
    if (isTensorSpec(spec)) {
      const t = describedTensor(spec, seed++);
      if (t.requiresGrad) leaves.push(t);
      return t;
    }
    if (typeof spec !== 'object' || spec === null) return spec;
    if ('tuple' in spec) return spec.tuple.map(make);
    return Object.fromEntries(Object.entries(spec.options).map(([name, value]) => [name, make(value)]));
  };
  return { args: inputs.map(make), leaves };
}
