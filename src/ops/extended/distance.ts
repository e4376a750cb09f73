/** Distances between rows. */
import type { Kit } from '../kit.ts';
import type { Attrs, CompositeRow, Input, Ref } from '../types.ts';

/** x1 - x2 for all pairs of rows: [..B, P, R, M]. */
function differences(k: Kit, [a, b]: readonly Input[]): Ref {
  const [x1, x2] = [a as Ref, b as Ref];
  const [lead, size] = [x1.shape.slice(0, -2), x1.shape.at(-1)!];
  const rows1 = k.reshape(x1, [...lead, x1.shape.at(-2)!, 1, size]);
  return k.sub(rows1, k.reshape(x2, [...lead, 1, x2.shape.at(-2)!, size]));
}
/** Of [..B, P, R, M], without the dim that is reduced: 1 for M, 2 for R. */
function over(k: Kit, name: 'sum' | 'amax', x: Ref, fromLast: number): Ref {
  const dim = x.shape.length - fromLast;
  return k.reshape(
    k.reduce(name, x, [dim]),
    x.shape.filter((_, i) => i !== dim),
  );
}
/** |x1|² + |x2|² - 2 x1·x2. */
function squaresByProduct(k: Kit, [a, b]: readonly Input[]): Ref {
  const [x1, x2] = [a as Ref, b as Ref];
  const norms = (x: Ref): Ref => k.sum(k.mul(x, x), [x.shape.length - 1]);
  const squares = k.sub(k.add(norms(x1), k.mT(norms(x2))), k.mul(k.matmul(x1, k.mT(x2)), 2));
  return k.op('maximum', [squares, { scalar: 0, dtype: x1.dtype }]);
}

function distances(k: Kit, inputs: readonly Input[], { p, product }: Attrs): Ref {
  if (product) return k.unary('sqrt', squaresByProduct(k, inputs));
  const x = differences(k, inputs);
  const { dtype } = x;
  if (p === 0) return over(k, 'sum', k.cast(k.compare('ne', x, 0), dtype), 1);
  if (p === 2) return k.unary('sqrt', over(k, 'sum', k.mul(x, x), 1));
  const size = k.unary('abs', x);
  if (p === 1) return over(k, 'sum', size, 1);
  if (p === Infinity) return over(k, 'amax', size, 1);
  const power = (y: Ref, exponent: number): Ref => k.op('pow', [y, { scalar: exponent, dtype }]);
  return power(over(k, 'sum', power(size, p as number), 1), 1 / (p as number));
}

/** What each difference adds to the gradient of its first row: 0 where the distance is, as in PyTorch. */
function pulls(k: Kit, inputs: readonly Input[], distance: Ref, g: Ref, p: number): Ref {
  const x = differences(k, inputs);
  const { dtype } = x;
  const wide = (y: Ref): Ref => k.reshape(y, [...y.shape, 1]);
  const power = (y: Ref, exponent: number): Ref => k.op('pow', [y, { scalar: exponent, dtype }]);
  if (p === 1) return k.mul(k.unary('sign', x), wide(g));
  const size = k.unary('abs', x);
  if (p === Infinity) return k.where(k.compare('eq', size, wide(distance)), k.mul(k.unary('sign', x), wide(g)), 0);
  // All that depends on the pair alone is computed once for each.
  const none = k.compare('eq', distance, 0);
  const d = k.where(none, 1, distance);
  const weight = wide(k.where(none, 0, k.div(g, p === 2 ? d : power(d, p - 1))));
  if (p === 2) return k.mul(x, weight);
  // The power of 0 has no derivative everywhere, and for p below 1 no value.
  const isZero = p < 1 || k.differentiable ? k.compare('eq', x, 0) : null;
  const powers = power(isZero ? k.where(isZero, 1, size) : size, p - 1);
  const pull = k.mul(k.mul(k.unary('sign', x), powers), weight);
  return isZero ? k.where(isZero, 0, pull) : pull;
}

/** The gradient of distances that came from a product comes from one, too. */
function throughProduct(k: Kit, x: Ref, others: Ref, d: Ref, g: Ref): Ref {
  const none = k.compare('eq', d, 0);
  const w = k.where(none, 0, k.div(g, k.where(none, 1, d)));
  return k.sub(k.mul(x, k.sum(w, [w.shape.length - 1])), k.matmul(w, others));
}

export const distanceComposites = {
  /** [..B, P, M], [..B, R, M] -> [..B, P, R]: the p-norms of differences. attrs: p; product, where p is 2: by a matrix product. */
  cdist: {
    kind: 'composite',
    forward: (k, inputs, attrs) => [distances(k, inputs, attrs)],
    saves: { inputs: [0, 1], outputs: [0] },
    vjp: ({ k, inputs, outputs, grads, attrs, needs }) => {
      const p = attrs.p as number;
      if (p === 0) return inputs.map((x, i) => (needs[i] ? k.zerosLike(x as Ref) : null));
      const of = (x: Input, others: Input, d: Ref, g: Ref): Ref =>
        attrs.product
          ? throughProduct(k, x as Ref, others as Ref, d, g)
          : over(k, 'sum', pulls(k, [x, others], d, g, p), 2);
      // Each from differences of its own, which a sum computes as it reads them: shared ones would be stored.
      const [[x1, x2], [d, g]] = [inputs as [Input, Input], [outputs[0]!, grads[0]!]];
      return [needs[0] ? of(x1, x2, d, g) : null, needs[1] ? of(x2, x1, k.mT(d), k.mT(g)) : null];
    },
  },
} satisfies Record<string, CompositeRow>;
