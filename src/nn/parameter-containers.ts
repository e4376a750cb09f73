/** Lists and dictionaries of parameters. */
import type { DType } from '../core/dtype.ts';
import { describe, OptionError } from '../core/errors.ts';
import { Tensor } from '../tensor/tensor.ts';
import { position } from './containers.ts';
import { entriesOf, Keyed, type NamedEntries } from './keyed.ts';
import { Module } from './module.ts';
import { Parameter } from './parameter.ts';

const asParameter = (value: unknown): unknown =>
  value instanceof Tensor && !(value instanceof Parameter) ? new Parameter(value) : value;

const pythonTypes: Readonly<Record<string, string>> = { number: 'int', string: 'str', boolean: 'bool' };
/** How an entry is shown. */
function described(name: string | number, value: unknown, typeName: (dtype: DType) => string): string {
  if (!(value instanceof Tensor)) return `  (${name}): Object of type: ${pythonTypes[typeof value] ?? describe(value)}`;
  const kind = value instanceof Parameter ? 'Parameter' : 'Tensor';
  return `  (${name}): ${kind} containing: [torch.${typeName(value.dtype)} of size ${value.shape.join('x')}]`;
}
/** PyTorch's older names of dtypes. */
const tensorTypes: Readonly<Record<DType, string>> = {
  float16: 'HalfTensor',
  float32: 'FloatTensor',
  float64: 'DoubleTensor',
  int32: 'IntTensor',
  uint32: 'UInt32Tensor',
  bool: 'BoolTensor',
};

const uncallable = (container: Module): never => {
  throw new OptionError(`${container.constructor.name} should not be called.`);
};

/**
 * A list of parameters that your own forward() uses as it likes; tensors become parameters. Source: torch.nn.ParameterList.
 *
 * @throws OptionError for what is no list, and for positions outside of it.
 * @example
 * const list = new nn.ParameterList([randn([2, 3]), randn([3])]);
 * list.append(ones([1]));
 * [list.length, list.at(-1)!.shape]; // [3, [1]]
 */
export class ParameterList<T = Parameter> extends Module implements Iterable<T> {
  private values: T[] = [];

  constructor(values: Iterable<T | Tensor> = []) {
    super();
    this.extend(values);
  }
  /** Number of entries. */
  get length(): number {
    return this.values.length;
  }
  /** The entry at a position; negative ones count from the end. */
  at(index: number): T {
    return this.values[position(this, index, this.length)]!;
  }
  /** Puts an entry in the place of another. */
  set(index: number, value: T | Tensor): this {
    this.values[position(this, index, this.length)] = asParameter(value) as T;
    return this;
  }
  /** Adds an entry at the end. */
  append(value: T | Tensor): this {
    this.values.push(asParameter(value) as T);
    return this;
  }
  /** Adds entries at the end. */
  extend(values: Iterable<T | Tensor>): this {
    if (values instanceof Tensor || typeof (values as Partial<Iterable<T>> | null)?.[Symbol.iterator] !== 'function')
      throw new OptionError(
        `ParameterList.extend should be called with an iterable, but got ${describe(values)}\n  give a list of tensors`,
      );
    for (const value of values) this.append(value);
    return this;
  }
  /** A new list of the entries from `start` up to `stop`, as Array.prototype.slice. */
  slice(start?: number, stop?: number): ParameterList<T> {
    return new ParameterList<T>(this.values.slice(start, stop));
  }
  /** Takes the entry at a position out, and returns it. */
  pop(index = -1): T {
    return this.values.splice(position(this, index, this.length), 1)[0]!;
  }
  [Symbol.iterator](): Iterator<T> {
    return this.values[Symbol.iterator]();
  }
  override *members(): Generator<[string, unknown]> {
    for (const [i, value] of this.values.entries()) yield [String(i), value];
  }
  /** Puts a value, as it is, in the place that the state calls `name`. @internal */
  putMember(name: string, value: unknown): void {
    this.values[Number(name)] = value as T;
  }
  /** Puts a tensor in the place that the state calls `name`. @internal */
  setMember(name: string, value: unknown): void {
    this.set(Number(name), value as Tensor);
  }
  override forward(): never {
    return uncallable(this);
  }
  override extraRepr(): string {
    return this.values.map((value, i) => described(i, value, (dtype) => dtype)).join('\n');
  }
}

/**
 * Parameters by name, in order; tensors become parameters. A plain object's keys are sorted, as PyTorch sorts those of a dict; a
 * Map's keep their order. Source: torch.nn.ParameterDict.
 *
 * @throws OptionError for keys that are no strings.
 * @example
 * const dict = new nn.ParameterDict({ left: randn([5, 10]), right: randn([5, 10]) });
 * [...dict.keys(), dict.get('left')!.shape]; // ['left', 'right', [5, 10]]
 */
export class ParameterDict<T = Parameter> extends Keyed<T> {
  constructor(values: NamedEntries<T | Tensor> = []) {
    super();
    this.update(values);
  }
  /** Sets several entries. */
  update(values: NamedEntries<T | Tensor>): this {
    const list = entriesOf(this, 'update', values);
    const isPlain = Object.getPrototypeOf(values) === Object.prototype;
    for (const [key, value] of isPlain ? list.sort(([a], [b]) => (a < b ? -1 : 1)) : list) this.set(key, value as T);
    return this;
  }
  protected override entry(_key: string, value: unknown): T {
    return asParameter(value) as T;
  }
  /** The entry of a key, which is set to `value` first where there is none. */
  setdefault(key: string, value: T | Tensor | null = null): T {
    if (!this.has(key)) this.set(key, value as T);
    return this.get(key)!;
  }
  /** Takes the last entry out, and returns it. */
  popitem(): [string, T] {
    const last = [...this.items()].at(-1);
    if (!last) throw new OptionError('popitem(): dictionary is empty');
    this.delete(last[0]);
    return last;
  }
  /** A dictionary of the same parameters. */
  copy(): ParameterDict<T> {
    return new ParameterDict<T>(new Map(this.items()));
  }
  /** A dictionary with one value for all keys. */
  fromkeys(keys: Iterable<string>, value: T | null = null): ParameterDict<T> {
    return new ParameterDict<T>(new Map([...keys].map((key) => [key, value as T])));
  }
  override forward(): never {
    return uncallable(this);
  }
  override extraRepr(): string {
    return [...this.items()].map(([key, value]) => described(key, value, (dtype) => tensorTypes[dtype])).join('\n');
  }
}
