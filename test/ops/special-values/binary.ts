/** Functions of two tensors that see every pair of special values; PyTorch's side is BINARY in tools/golden/special_values.py. */
import { special, type Tensor } from '../../../src/index.ts';
import type { Bound, Instead } from './judge.ts';

export interface BinaryCase {
  readonly call: (a: Tensor, b: Tensor) => Tensor;
  readonly bound?: Bound;
  readonly instead?: Instead;
  /** On the GPU, nothing is promised at subnormal arguments. */
  readonly loose?: true;
}

/** Tensor methods of one other tensor, by name. */
const methods = [
  'add sub mul div pow maximum minimum eq ne lt le gt ge',
  'fmod remainder atan2 hypot copysign fmax fmin logaddexp logaddexp2',
].join(' ');

const method = (name: string): BinaryCase => ({
  call: (a, b) => (a as unknown as Record<string, (other: Tensor) => Tensor>)[name]!(b),
});

export const binaryCases: Readonly<Record<string, BinaryCase>> = {
  ...Object.fromEntries(methods.split(' ').map((name) => [name, method(name)])),
  // A subnormal intermediate value is 0 on the GPU.
  pow: { ...method('pow'), bound: { atol: 1e-35 } },
  // Where the result is 0, rounding leaves something.
  logaddexp2: { ...method('logaddexp2'), bound: { atol: 1e-7 } },
  // Its gradient divides by a result that is flushed to 0.
  hypot: { ...method('hypot'), loose: true },
  'div(trunc)': { call: (a, b) => a.div(b, { roundingMode: 'trunc' }) },
  'div(floor)': { call: (a, b) => a.div(b, { roundingMode: 'floor' }) },
  ldexp: { ...method('ldexp'), bound: { atol: 1e-35 } },
  isclose: { call: (a, b) => a.isclose(b, { equalNan: true }) },
  heaviside: { call: (a, b) => a.detach().heaviside(b.detach()) },
  nextafter: method('nextafter'),
  'special.xlogy': { call: (a, b) => special.xlogy(a, b) },
  'special.xlog1py': { call: (a, b) => special.xlog1py(a, b) },
};
