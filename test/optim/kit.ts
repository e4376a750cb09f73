/** The network and the data of tools/golden/optimizers.py. */
import { fromArray, type Tensor } from '../../src/index.ts';
import { uniform } from '../ops/db/kit.ts';

const shapes = [[4, 3], [4], [2, 4], [2]];
export const batch = 8;

const filled = (shape: readonly number[], value: (i: number) => number): Tensor =>
  fromArray(
    Float32Array.from({ length: shape.reduce((a, b) => a * b, 1) }, (_, i) => value(i)),
    shape,
  );

/** The network's parameters; `matrices`: without its biases. */
export function parameters(matrices = false): Tensor[] {
  return shapes.flatMap((shape, k) =>
    matrices && shape.length === 1 ? [] : [filled(shape, (i) => uniform(100 + k, i) - 0.5).requiresGrad_()],
  );
}

/** The data of a step. */
export function dataOf(step: number): [x: Tensor, y: Tensor] {
  const x = filled([batch, 3], (i) => 2 * uniform(200 + step, i) - 1);
  const at = (i: number, j: number) => Math.fround(2 * uniform(200 + step, 3 * i + j) - 1);
  const y = filled([batch, 2], (e) => {
    const i = Math.floor(e / 2);
    return e % 2 === 0 ? Math.sin(3 * at(i, 0)) : at(i, 1) * at(i, 2);
  });
  return [x, y];
}

/** The network's mean squared error on the data of a step. */
export function lossOf(params: readonly Tensor[], step: number): Tensor {
  const [x, y] = dataOf(step);
  const [w1, b1, w2, b2] = params.length === 4 ? params : [params[0], null, params[1], null];
  const layer = (input: Tensor, w: Tensor, b: Tensor | null) => {
    const product = input.matmul(w.t());
    return b ? product.add(b) : product;
  };
  return layer(layer(x, w1!, b1!).tanh(), w2!, b2!)
    .sub(y)
    .square()
    .mean();
}

/** All elements of some tensors, one after the other. */
export async function flat(tensors: readonly Tensor[]): Promise<number[]> {
  return (await Promise.all(tensors.map((t) => t.data()))).flatMap((values) => [...values]);
}

/** Largest distance, relative to the expected values (those below `floor` count as `floor`). */
export function drift(actual: readonly number[], expected: readonly number[], floor = 0.1): number {
  if (actual.length !== expected.length) return Number.POSITIVE_INFINITY;
  return Math.max(...expected.map((want, i) => Math.abs(actual[i]! - want) / Math.max(Math.abs(want), floor)));
}

const files = import.meta.glob<Golden>('../golden/optimizers.json', { eager: true, import: 'default' });
interface Golden {
  readonly lrAt: number;
  readonly cases: readonly Case[];
  readonly lbfgs: readonly Search[];
  readonly metrics: readonly number[];
  readonly schedules: readonly Schedule[];
}
export interface Case {
  readonly kind: string;
  readonly options: { readonly lr: number };
  readonly losses: readonly number[];
  readonly final: readonly number[];
  readonly state: Readonly<Record<string, number | readonly number[]>>;
}
export interface Search {
  readonly options: object;
  readonly losses: readonly number[];
  readonly final: readonly number[];
  readonly evaluations: number;
  readonly iterations: number;
}
export interface Schedule {
  readonly kind: string;
  readonly arguments: readonly unknown[];
  readonly options: object;
  readonly rates: readonly (readonly number[])[];
  readonly momenta: readonly (readonly number[])[];
  readonly state: Readonly<Record<string, unknown>>;
}
export const golden = Object.values(files)[0]!;
