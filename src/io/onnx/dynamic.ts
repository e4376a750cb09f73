/**
 * Sizes that may differ from run to run. A graph of one run has them written out; so the module runs at several sizes, and what
 * differs between the graphs shows what follows from the sizes, and how. That is computed in the file, from the inputs' own shapes.
 */
import { describe, OptionError } from '../../core/errors.ts';
import { contiguousLayout, numel, sameShape } from '../../core/shape.ts';
import type { Tensor } from '../../tensor/tensor.ts';
import { placesOf } from './places.ts';
import type { OnnxNode, OnnxTensor } from './proto.ts';

/** Names of axes, by input or output: `{ input: { 0: 'batch' } }`, or `{ input: [0] }` for names of their own. */
export type DynamicAxes = Readonly<Record<string, readonly number[] | Readonly<Record<number, string>>>>;

/** A size that may differ, and where it is found. */
export interface Size {
  readonly name: string;
  /** All inputs and axes that have it; the first tells it. */
  readonly places: readonly { readonly input: number; readonly axis: number }[];
  /** Two sizes to find what follows from it, and a third to see whether that holds. */
  readonly samples: readonly [number, number, number];
}
/** What a run at some sizes gave. */
export interface Run {
  readonly nodes: readonly OnnxNode[];
  readonly initializers: readonly OnnxTensor[];
}

/** Each doubles the runs. */
const mostSizes = 3;

/** Names of the axes of an input or output. */
export function axesOf(axes: DynamicAxes | undefined, name: string, rank: number): ReadonlyMap<number, string> {
  const given = axes !== undefined && Object.hasOwn(axes, name) ? axes[name]! : [];
  const named = Array.isArray(given)
    ? (given as readonly number[]).map((axis) => [axis, `${name}_dynamic_axes_${axis}`] as const)
    : Object.entries(given).map(([axis, text]) => [Number(axis), text as unknown] as const);
  const found = new Map<number, string>();
  for (const [axis, text] of named) {
    if (!Number.isInteger(axis) || axis < -rank || axis >= rank)
      throw new OptionError(
        `exportOnnx: dynamicAxes: '${name}' has ${rank} dims, and none with number ${describe(axis)}`,
      );
    if (typeof text !== 'string' || text === '')
      throw new OptionError(`exportOnnx: dynamicAxes: the name of an axis must be a text, not ${describe(text)}`);
    found.set(axis < 0 ? axis + rank : axis, text);
  }
  return found;
}

/** The sizes that `axes` name, of these inputs. */
export function sizesOf(axes: DynamicAxes | undefined, names: readonly string[], inputs: readonly Tensor[]): Size[] {
  const places = new Map<string, { input: number; axis: number }[]>();
  for (const [input, t] of inputs.entries()) {
    for (const [axis, text] of axesOf(axes, names[input]!, t.ndim))
      places.set(text, [...(places.get(text) ?? []), { input, axis }]);
  }
  if (places.size > mostSizes)
    throw new OptionError(`exportOnnx: dynamicAxes has ${places.size} names; at most ${mostSizes} can be followed`);
  return [...places].map(([name, list]) => {
    const sizes = new Set(list.map(({ input, axis }) => inputs[input]!.shape[axis]!));
    const [size = 0] = sizes;
    if (sizes.size > 1 || size === 0)
      throw new OptionError(`exportOnnx: '${name}' is of the sizes ${[...sizes].join(' and ')} in the inputs`);
    // Multiples, so that what must be divisible is. Of size 1 too much is special.
    return { name, places: list, samples: size === 1 ? [2, 3, 4] : [size, 2 * size, 3 * size] };
  });
}

/** At which of their samples the sizes are in each run: all combinations of the first two, then the third of all. */
export function runsOf(sizes: readonly Size[]): readonly (readonly number[])[] {
  if (sizes.length === 0) return [[]];
  const corners = Array.from({ length: 2 ** sizes.length }, (_, bits) => sizes.map((_, i) => (bits >> i) & 1));
  return [...corners, sizes.map(() => 2)];
}

/** One graph of those of {@link runsOf}: what differs is computed. */
export function joinRuns(runs: readonly Run[], sizes: readonly Size[], inputNames: readonly string[]): Run {
  const [first, ...others] = runs as [Run, ...Run[]];
  if (sizes.length === 0) return first;
  const known = runs.map((run) => describeNames(run, inputNames));
  const formulas = new Formulas(sizes, inputNames);
  const nodes = first.nodes.map((node, n) => {
    const same = others.map(({ nodes }) => nodes[n]);
    if (others.some((run) => run.nodes.length !== first.nodes.length) || same.some((other) => !isAlike(node, other)))
      refuse(`takes other ways`, node, sizes);
    const inputs = node.inputs.map((name, i) => {
      const all = [node, ...same].map((one, r) => known[r]!.get(one!.inputs[i]!));
      const [own] = all;
      if (typeof own !== 'object')
        return all.every((ref) => ref === own) ? name : refuse('takes other ways', node, sizes);
      const tensors = all.filter((ref): ref is OnnxTensor => typeof ref === 'object');
      if (tensors.length < all.length) return refuse('takes other ways', node, sizes);
      if (tensors.every((t) => isEqual(t, own))) return name;
      return formulas.constant(tensors) ?? refuse('has a constant that follows in no simple way', node, sizes);
    });
    return { ...node, inputs };
  });
  const used = new Set(nodes.flatMap(({ inputs }) => inputs));
  return {
    nodes: [...formulas.nodes, ...nodes],
    initializers: [...first.initializers.filter(({ name }) => used.has(name)), ...formulas.initializers],
  };
}

function refuse(problem: string, { op }: OnnxNode, sizes: readonly Size[]): never {
  throw new OptionError(
    `exportOnnx: where ${sizes.map(({ name }) => `'${name}'`).join(', ')} differs, ${op} ${problem}\n  leave it out of dynamicAxes, or write forward so that sizes are only used to reshape`,
  );
}

/** What each name stands for, whatever it is: an input or a node by its place, a constant by itself. */
function describeNames({ nodes, initializers }: Run, inputs: readonly string[]): Map<string, string | OnnxTensor> {
  const known = new Map<string, string | OnnxTensor>([['', '']]);
  for (const t of initializers) known.set(t.name, t);
  for (const [i, name] of inputs.entries()) known.set(name, `input ${i}`);
  for (const [n, { outputs }] of nodes.entries())
    for (const [i, name] of outputs.entries()) known.set(name, `${n} ${i}`);
  return known;
}

const isAlike = (a: OnnxNode, b: OnnxNode | undefined): boolean =>
  b !== undefined &&
  a.op === b.op &&
  a.inputs.length === b.inputs.length &&
  JSON.stringify(a.attributes) === JSON.stringify(b.attributes);
const isEqual = (a: OnnxTensor, b: OnnxTensor): boolean =>
  a === b ||
  (a.type === b.type &&
    sameShape(a.shape, b.shape) &&
    a.bytes.length === b.bytes.length &&
    a.bytes.every((byte, i) => byte === b.bytes[i]));

/** Nodes that compute from the sizes. */
class Formulas {
  readonly nodes: OnnxNode[] = [];
  readonly initializers: OnnxTensor[] = [];
  private readonly sizes: readonly Size[];
  private readonly inputNames: readonly string[];
  private readonly made = new Map<string, string>();

  constructor(sizes: readonly Size[], inputNames: readonly string[]) {
    this.sizes = sizes;
    this.inputNames = inputNames;
  }

  /** A constant that differs from run to run; undefined where no formula gives it. */
  constant(tensors: readonly OnnxTensor[]): string | undefined {
    const [own] = tensors as [OnnxTensor, ...OnnxTensor[]];
    if (own.type === 'int64' && own.shape.length === 1 && tensors.every(({ shape }) => sameShape(shape, own.shape)))
      return this.integers(tensors.map(integersIn));
    return this.repeated(tensors);
  }

  /** Lists of integers, each a sum of products of sizes. */
  private integers(values: readonly (readonly number[])[]): string | undefined {
    const terms = this.termsOf(values);
    if (!terms) return undefined;
    return this.once(`sum ${JSON.stringify(terms)}`, () => {
      let sum = this.list(terms[0]!);
      for (const [bits, factors] of terms.entries()) {
        if (bits === 0 || factors.every((factor) => factor === 0)) continue;
        sum = this.node('Add', [sum, this.node('Mul', [this.product(bits), this.list(factors)])]);
      }
      return sum;
    });
  }

  /** The same again and again along what differs: the state that a recurrent layer starts from. */
  private repeated(tensors: readonly OnnxTensor[]): string | undefined {
    const [own] = tensors as [OnnxTensor, ...OnnxTensor[]];
    const total = numel(own.shape);
    if (total === 0 || tensors.some((t) => t.type !== own.type || t.shape.length !== own.shape.length))
      return undefined;
    const differs = own.shape.map((size, d) => tensors.some((t) => t.shape[d] !== size));
    const once = own.shape.map((size, d) => (differs[d] ? 1 : size));
    const size = own.bytes.length / total;
    const places = placesOf({ shape: once, strides: contiguousLayout(own.shape).strides, offset: 0 });
    const bytes = new Uint8Array(size * places.length);
    for (const [n, place] of places.entries())
      bytes.set(own.bytes.subarray(place * size, (place + 1) * size), n * size);
    const strides = contiguousLayout(once).strides.map((stride, d) => (differs[d] ? 0 : stride));
    const isRepeated = (t: OnnxTensor): boolean =>
      placesOf({ shape: t.shape, strides, offset: 0 }).every((place, n) => {
        for (let i = 0; i < size; i++) if (t.bytes[n * size + i] !== bytes[place * size + i]) return false;
        return true;
      });
    const shape = tensors.every(isRepeated) ? this.integers(tensors.map((t) => t.shape)) : undefined;
    if (shape === undefined) return undefined;
    const name = this.nameOf('part');
    this.initializers.push({ name, type: own.type, shape: once, bytes });
    return this.node('Expand', [name, shape]);
  }

  /**
   * The factors of each product of sizes, the i-th size being in it where bit i is set, for each element: found from the runs at
   * all combinations of two samples, confirmed by the last. Undefined where they do not explain it.
   */
  private termsOf(values: readonly (readonly number[])[]): readonly (readonly number[])[] | undefined {
    const { sizes } = this;
    const terms = values.slice(0, -1).map((list) => [...list]);
    for (const [i, { samples }] of sizes.entries()) {
      const [low, high] = samples;
      for (let bits = 0; bits < terms.length; bits++) {
        if ((bits >> i) & 1) continue;
        const [constant, slope] = [terms[bits]!, terms[bits | (1 << i)]!];
        for (const [n, at] of constant.entries()) {
          slope[n] = (slope[n]! - at) / (high - low);
          constant[n] = at - slope[n]! * low;
        }
      }
    }
    const last = (n: number): number =>
      terms.reduce(
        (sum, factors, bits) =>
          sum + factors[n]! * sizes.reduce((all, { samples }, i) => all * ((bits >> i) & 1 ? samples[2] : 1), 1),
        0,
      );
    const holds = terms.flat().every(Number.isInteger) && values.at(-1)!.every((value, n) => value === last(n));
    return holds ? terms : undefined;
  }

  /** The product of the sizes whose bits are set, as a list of one. */
  private product(bits: number): string {
    const names = this.sizes.flatMap((size, i) => ((bits >> i) & 1 ? [this.size(size)] : []));
    return this.once(`product ${bits}`, () => names.reduce((a, b) => this.node('Mul', [a, b])));
  }
  private size({ name, places }: Size): string {
    const { input, axis } = places[0]!;
    return this.once(`size ${name}`, () =>
      this.node('Shape', [this.inputNames[input]!], { start: axis, end: axis + 1 }),
    );
  }
  private list(values: readonly number[]): string {
    return this.once(`list ${values}`, () => {
      const name = this.nameOf('list');
      const bytes = new Uint8Array(BigInt64Array.from(values, BigInt).buffer);
      this.initializers.push({ name, type: 'int64', shape: [values.length], bytes });
      return name;
    });
  }
  private node(op: string, inputs: readonly string[], attributes: Readonly<Record<string, number>> = {}): string {
    const name = this.nameOf(op);
    this.nodes.push({ op, inputs, outputs: [name], attributes });
    return name;
  }
  private nameOf(what: string): string {
    return `/dynamic/${what}_${this.nodes.length + this.initializers.length}`;
  }
  private once(key: string, make: () => string): string {
    const name = this.made.get(key) ?? make();
    this.made.set(key, name);
    return name;
  }
}

const integersIn = ({ bytes }: OnnxTensor): number[] => Array.from(new BigInt64Array(bytes.slice().buffer), Number);
