/**
 * Writing by index tensors (int32) otherwise than by adding: `scatter` and `indexCopy` overwrite, the last in the order of src
 * wins; `scatterReduce` and `indexReduce` combine by attrs.reduce ('prod', 'amax', 'amin'). See index-ops.ts.
 */
import { numel } from '../../core/shape.ts';
import { indexRows } from '../index-ops.ts';
import type { Kit } from '../kit.ts';
import type { GradContext, KernelRow, Ref } from '../types.ts';

/** The ops at the same places: along attrs.dim by an index of src's shape, or whole slices by a vector. */
interface Family {
  readonly write: 'scatter' | 'indexCopy';
  readonly read: 'gather' | 'indexSelect';
  readonly add: 'scatterAdd' | 'indexAdd';
  readonly combine: 'scatterReduce' | 'indexReduce';
  /** True for the entries that were the last to be written at their place. */
  readonly last: (k: Kit, base: Ref, index: Ref, src: Ref, dim: number) => Ref;
}
const elements: Family = {
  write: 'scatter',
  read: 'gather',
  add: 'scatterAdd',
  combine: 'scatterReduce',
  last: (k, base, index, _, dim) => {
    const order = k.reshape(k.arange(numel(index.shape), 'int32'), index.shape);
    const newest = k.op('scatter', [k.full(base.shape, 0, 'int32'), index, order], { dim });
    return k.compare('eq', k.op('gather', [newest, index], { dim }), order);
  },
};
const slices: Family = {
  write: 'indexCopy',
  read: 'indexSelect',
  add: 'indexAdd',
  combine: 'indexReduce',
  last: (k, base, index, src, dim) => {
    const order = k.arange(index.shape[0]!, 'int32');
    const newest = k.op('indexCopy', [k.full([base.shape[dim]!], 0, 'int32'), index, order], { dim: 0 });
    const won = k.compare('eq', k.op('indexSelect', [newest, index], { dim: 0 }), order);
    return k.reshape(
      won,
      src.shape.map((d, i) => (i === dim ? d : 1)),
    );
  },
};

type Rule = (ctx: GradContext) => readonly [base: () => Ref, src: () => Ref];
const gradient =
  (rule: Rule): KernelRow['vjp'] =>
  (ctx) => {
    const [base, src] = rule(ctx);
    return [ctx.needs[0] ? base() : null, null, ctx.needs[2] ? src() : null];
  };

/** What was overwritten gets no gradient: neither what was there, nor what arrived before the last. */
const overwriting = ({ write, read, last }: Family): KernelRow => ({
  ...indexRows[write === 'scatter' ? 'scatterAdd' : 'indexAdd'],
  saves: { inputs: [1] },
  vjp: gradient(({ k, inputs, grads: [g], attrs }) => {
    const [base, index, src] = inputs as [Ref, Ref, Ref];
    const won = (): Ref => last(k, base, index, src, attrs.dim as number);
    return [
      () => k.op(write, [g!, index, k.full(src.shape, 0, src.dtype)], attrs),
      () => k.where(won(), k.op(read, [g!, index], attrs), 0),
    ];
  }),
});

const combining = ({ read, add, combine }: Family): KernelRow => ({
  ...indexRows[add],
  saves: { inputs: [0, 1, 2], outputs: [0] },
  vjp: gradient((ctx) => {
    const { k, attrs } = ctx;
    const [base, index, src] = ctx.inputs as [Ref, Ref, Ref];
    const [y, g] = [ctx.outputs[0]!, ctx.grads[0]!];
    const at = { dim: attrs.dim! };
    const here = (a: Ref): Ref => k.op(read, [a, index], at);
    const total = (own: Ref, theirs: Ref): Ref => k.op(add, [own, index, theirs], at);
    if (attrs.reduce !== 'prod') {
      // Equal ones share the gradient, whether they were there or arrived.
      const own = k.cast(k.compare('eq', base, y), base.dtype);
      const theirs = k.cast(k.compare('eq', src, here(y)), base.dtype);
      const each = k.div(g, total(own, theirs));
      return [() => k.mul(own, each), () => k.mul(theirs, here(each))];
    }
    // The product of the others: exact where one or several factors are zero.
    const product = (a: Ref, b: Ref): Ref => k.op(combine, [a, index, b], attrs);
    const zero = k.compare('eq', src, 0);
    const only = (): Ref => {
      const zeros = here(total(k.zerosLike(base), k.cast(zero, src.dtype)));
      return k.op('logicalAnd', [zero, k.compare('eq', zeros, 1)]);
    };
    return [
      () => {
        const factor = k.where(k.compare('eq', base, 0), 1, base);
        return k.div(k.mul(g, product(factor, src)), factor);
      },
      () => {
        const single = only();
        const others = here(k.mul(g, product(base, k.where(single, 1, src))));
        return k.where(single, others, k.div(here(k.mul(g, y)), k.where(zero, 1, src)));
      },
    ];
  }),
});

export const scatterRows = {
  /** (base, index, src) -> base with src[i,j,k] at index[i,j,k] along attrs.dim; index has src's shape. */
  scatter: overwriting(elements),
  /** (base, index 1-d, src) -> base with slices of src along attrs.dim */
  indexCopy: overwriting(slices),
  /** (base, index, src) -> base with each element combined with all that arrive there */
  scatterReduce: combining(elements),
  /** (base, index 1-d, src) -> base with slices combined */
  indexReduce: combining(slices),
} satisfies Record<string, KernelRow>;
