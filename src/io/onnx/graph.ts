/** The ONNX graph of a computation that runs: every op is seen as it is recorded. */
import { apply, commonDevice, kitFor, type VarInput, withInterceptor } from '../../autograd/apply.ts';
import type { Var } from '../../autograd/var.ts';
import type { DType } from '../../core/dtype.ts';
import { OptionError } from '../../core/errors.ts';
import { contiguousLayout, type Layout, sameShape } from '../../core/shape.ts';
import type { Recorder, Value } from '../../graph/node.ts';
import { row } from '../../ops/index.ts';
import { type Attrs, isScalar, type Scalar } from '../../ops/types.ts';
import { Tensor } from '../../tensor/tensor.ts';
import { bytesInFile, type RawTensor } from '../elements.ts';
import type { NodeBuilder } from './applied.ts';
import { placesOf } from './places.ts';
import type { OnnxAttribute, OnnxNode, OnnxTensor } from './proto.ts';
import { translations } from './translations.ts';

/** What a name in the graph stands for: some elements of a value of this library. */
interface Known {
  readonly name: string;
  readonly layout: Layout;
}
/** A node as it is built; `missing` says that there is none in ONNX. */
interface Building extends OnnxNode {
  readonly missing?: string;
}

/** Ops whose results differ from run to run. */
const random = /^(uniform|normal|randomInt|poisson|multinomial|dropout|randperm)$/;

/** Collects nodes and constants while a computation runs under {@link trace}. */
export class GraphBuilder implements NodeBuilder {
  private readonly nodes: Building[] = [];
  private readonly constants = new Map<string, OnnxTensor | Promise<OnnxTensor>>();
  private readonly known = new Map<Value, Known[]>();
  /** Names whose values follow from the inputs. */
  private readonly following = new Set<string>();
  /** Parameters and buffers by their memory. */
  private readonly named: ReadonlyMap<Value, readonly [name: string, tensor: Tensor]>;
  private count = 0;

  /** Parameters and buffers that were read; other graphs of the same module may know of them. */
  private readonly read: Map<string, Promise<OnnxTensor>>;

  constructor(
    state: ReadonlyMap<string, Tensor>,
    inputs: readonly (readonly [name: string, tensor: Tensor])[],
    read: Map<string, Promise<OnnxTensor>>,
  ) {
    this.read = read;
    this.named = new Map([...state].map(([name, t]) => [t.impl.storage.value, [name, t] as const]));
    for (const [name, t] of inputs) {
      this.know(t.impl, name);
      this.following.add(name);
    }
  }

  /** Runs `fn`, and collects what it does. */
  trace<T>(fn: () => T): T {
    return withInterceptor((op, inputs, attrs, engine) => this.see(op, inputs, attrs, engine), fn);
  }

  private see(op: string, inputs: readonly VarInput[], attrs: Attrs, engine: Recorder | undefined): Var[] | null {
    const r = row(op);
    const vars = inputs.filter((i): i is Var => !isScalar(i));
    const follows = vars.some((v) => this.follows(v));
    if (random.test(op))
      throw new OptionError(
        `exportOnnx: ${op} draws random numbers, which a file cannot\n  call model.eval() where it matters`,
      );
    // What does not follow from the inputs is a constant; views of parameters alone keep the parameters' names.
    if (!follows && !(r.kind === 'view' && this.isNamed(vars[0]!))) return null;
    const translate = Object.hasOwn(translations, op) ? translations[op] : undefined;
    if (!translate && r.kind === 'composite') return null;
    if (!translate && r.reference) {
      const on = commonDevice(op, inputs) ?? engine!;
      return this.trace(() => r.reference!(kitFor(on, false), inputs, attrs) as Var[]);
    }
    const operands = inputs.map((i) => (isScalar(i) ? null : this.nameOf(i)));
    const results = apply(op, inputs, attrs, engine);
    const names = translate?.({ graph: this, inputs, operands, attrs, results }) ?? [];
    for (const [i, result] of results.entries()) {
      const name = names[i] ?? this.missing(results.length > 1 ? `result ${i} of ${op}` : op, operands);
      if (follows) this.following.add(name);
      this.know(result, name);
    }
    return results;
  }

  // ---- what translations use ----------------------------------------------------------------------------------------

  node(op: string, inputs: readonly string[], attributes: Readonly<Record<string, OnnxAttribute>> = {}): string {
    const name = `/${op}_${this.count++}`;
    this.nodes.push({ op, inputs, outputs: [name], attributes });
    return name;
  }
  integers(values: readonly number[], shape: readonly number[] = [values.length]): string {
    const name = `/int64[${shape.join('x')}](${values.join(',')})`;
    const bytes = () => new Uint8Array(BigInt64Array.from(values, BigInt).buffer);
    if (values.length > 64)
      return this.constant({ name: `/constant_${this.count++}`, type: 'int64', shape, bytes: bytes() });
    if (!this.constants.has(name)) this.constant({ name, type: 'int64', shape, bytes: bytes() });
    return name;
  }
  number(value: number, type: DType, length?: number): string {
    const shape = length === undefined ? [] : [length];
    const name = `/${type}${shape.length > 0 ? `[${shape}]` : ''}(${Object.is(value, -0) ? '-0' : value})`;
    if (!this.constants.has(name)) {
      const raw = { dtype: type, shape, data: arrayOf(type, new Array<number>(length ?? 1).fill(value)) } as RawTensor;
      this.constant({ name, type, shape, bytes: bytesInFile(raw, type) });
    }
    return name;
  }
  private constant(tensor: OnnxTensor): string {
    this.constants.set(tensor.name, tensor);
    return tensor.name;
  }
  pick(from: string, { shape, strides, offset }: Layout): string {
    const places = placesOf({ shape, strides, offset });
    return this.node('Gather', [this.node('Reshape', [from, this.integers([-1])]), this.integers(places, shape)], {
      axis: 0,
    });
  }
  operand(input: VarInput): string {
    return isScalar(input) ? this.number((input as Scalar).scalar, (input as Scalar).dtype) : this.nameOf(input);
  }

  // ---- names --------------------------------------------------------------------------------------------------------

  private know(v: Var, name: string): void {
    const { value } = v.storage;
    this.known.set(value, [...(this.known.get(value) ?? []), { name, layout: v.layout }]);
  }
  private find(v: Var): string | undefined {
    return this.known.get(v.storage.value)?.find(({ layout }) => sameLayout(layout, v.layout))?.name;
  }
  private follows(v: Var): boolean {
    return this.known.get(v.storage.value)?.some(({ name }) => this.following.has(name)) ?? false;
  }
  private isNamed(v: Var): boolean {
    return this.find(v) !== undefined || this.named.has(v.storage.value);
  }

  /** The name of a tensor's elements, which become a constant where no node makes them. */
  nameOf(v: Var): string {
    const found = this.find(v);
    if (found) return found;
    const whole = this.known
      .get(v.storage.value)
      ?.find(({ name, layout }) => this.following.has(name) && sameLayout(layout, contiguousLayout(layout.shape)));
    // A view that was made before its memory was written through another one.
    const name = whole ? this.pick(whole.name, v.layout) : this.store(v);
    if (whole) this.following.add(name);
    this.know(v, name);
    return name;
  }

  private store(v: Var): string {
    const [own, tensor] = this.named.get(v.storage.value) ?? [];
    const isOwn = own !== undefined && sameLayout(tensor!.impl.layout, v.layout);
    const name = isOwn ? own : `/constant_${this.count++}`;
    const before = isOwn ? this.read.get(own) : undefined;
    if (before) {
      this.constants.set(name, before);
      return name;
    }
    const t = new Tensor(v);
    const { dtype, shape } = t;
    // Read now: it may be written later.
    const read = t.data().then((data): OnnxTensor => {
      return { name, type: dtype, shape, bytes: bytesInFile({ dtype, shape, data } as RawTensor, dtype) };
    });
    read.catch(() => {});
    if (isOwn) this.read.set(own, read);
    this.constants.set(name, read);
    return name;
  }

  private missing(what: string, operands: readonly (string | null)[]): string {
    const name = `/missing_${this.count++}`;
    const inputs = operands.filter((operand): operand is string => operand !== null);
    this.nodes.push({ op: '', inputs, outputs: [name], attributes: {}, missing: what });
    return name;
  }

  // ---- the graph ----------------------------------------------------------------------------------------------------

  /** A node whose result has this name and the elements of `v`. */
  output(v: Var, name: string): void {
    this.nodes.push({ op: 'Identity', inputs: [this.nameOf(v)], outputs: [name], attributes: {} });
  }

  /** The nodes that `outputs` need, and the constants that those need. */
  async finish(outputs: readonly string[]): Promise<{ nodes: OnnxNode[]; initializers: OnnxTensor[] }> {
    const needed = new Set(outputs);
    const nodes: OnnxNode[] = [];
    for (const node of this.nodes.toReversed()) {
      if (!node.outputs.some((name) => needed.has(name))) continue;
      if (node.missing)
        throw new OptionError(
          `exportOnnx: ${node.missing} has no counterpart among the operators of ONNX that are written`,
        );
      for (const input of node.inputs) needed.add(input);
      nodes.unshift(node);
    }
    const used = [...this.constants].filter(([name]) => needed.has(name)).map(([, tensor]) => tensor);
    return { nodes, initializers: await Promise.all(used) };
  }
}

const sameLayout = (a: Layout, b: Layout): boolean =>
  a.offset === b.offset &&
  sameShape(a.shape, b.shape) &&
  // Along a dim of one element there are no steps.
  a.strides.every((stride, d) => stride === b.strides[d] || a.shape[d] === 1);

function arrayOf(type: DType, values: readonly number[]): RawTensor['data'] {
  if (type === 'bool') return Uint8Array.from(values);
  if (type === 'int32') return Int32Array.from(values);
  if (type === 'uint32') return Uint32Array.from(values);
  return type === 'float64' ? Float64Array.from(values) : Float32Array.from(values);
}
