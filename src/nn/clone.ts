import { OptionError } from '../core/errors.ts';
import { noGrad, Tensor } from '../tensor/tensor.ts';
import { copyBackwardHooks } from './backward-hooks.ts';
import { Buffer } from './buffer.ts';
import { Module } from './module.ts';
import { Parameter } from './parameter.ts';
import { copyStateHooks } from './state-dict.ts';
import { isLazy, UninitializedBuffer, UninitializedParameter } from './uninitialized.ts';

/**
 * A module of the same class with values of its own, as Python's copy.deepcopy: parameters, buffers and child modules are
 * copied, and what stands in two places stands in two places of the copy; parameters have no gradients in it. Hooks are called for the copy, too; functions and
 * objects of other classes are shared. The constructor does not run.
 *
 * @throws OptionError for a class with private `#fields`, which only its constructor could make.
 * @example
 * const layer = new nn.Linear(2, 3);
 * const copy = nn.cloneModule(layer);
 * copy.weight === layer.weight; // false
 * await copy.weight.sub(layer.weight).abs().max().item(); // 0
 */
export function cloneModule<M extends Module>(module: M): M {
  return noGrad(() => copyModule(module, new Map())) as M;
}

function copyModule(module: Module, done: Map<unknown, unknown>): Module {
  refusePrivateFields(module);
  // Only the base's constructor runs, so that forward is wrapped; the rest is copied field by field.
  const copy = Reflect.construct(Module, [], module.constructor) as Module;
  done.set(module, copy);
  for (const key of Reflect.ownKeys(module)) {
    const property = Reflect.getOwnPropertyDescriptor(module, key)!;
    if (property.enumerable) Reflect.set(copy, key, copyValue(Reflect.get(module, key), done));
    // Hidden ones: `carried` and `forward` are there already.
    else if (!Object.hasOwn(copy, key)) {
      const hidden = 'value' in property ? { value: copyValue(property.value, done) } : {};
      Object.defineProperty(copy, key, { ...property, ...hidden });
    }
  }
  const { buffers, before, after, forward } = module.carried;
  for (const [key, entry] of buffers) copy.carried.buffers.set(key, entry);
  copy.carried.before.push(...before);
  copy.carried.after.push(...after);
  copy.carried.forward = forward;
  copyBackwardHooks(module, copy);
  copyStateHooks(module, copy);
  return copy;
}

function copyValue(value: unknown, done: Map<unknown, unknown>): unknown {
  if (typeof value !== 'object' || value === null) return value;
  const known = done.get(value);
  if (known !== undefined) return known;
  if (value instanceof Module) return copyModule(value, done);
  if (!(value instanceof Tensor)) return copyPlain(value, done);
  const made = copyTensor(value);
  done.set(value, made);
  return made;
}

function copyTensor(t: Tensor): Tensor {
  const { requiresGrad } = t;
  if (isLazy(t)) {
    const options = { requiresGrad, dtype: t.dtype, device: t.device as 'cpu' | 'webgpu' };
    return t instanceof Parameter ? new UninitializedParameter(options) : new UninitializedBuffer(options);
  }
  const data = t.detach().clone().keep();
  // Without the gradient, as in PyTorch, which copies those of other tensors.
  if (t instanceof Parameter) return new Parameter(data, { requiresGrad });
  const copy = t instanceof Buffer ? new Buffer(data, t.persistent) : data;
  if (requiresGrad && t.isLeaf) copy.requiresGrad_();
  if (t.grad) copy.grad = t.grad.detach().clone();
  return copy;
}

/** Known before it is filled: it may contain itself. */
function copyPlain(value: object, done: Map<unknown, unknown>): unknown {
  const begin = <C>(copy: C): C => {
    done.set(value, copy);
    return copy;
  };
  if (Array.isArray(value)) {
    const copy = begin<unknown[]>([]);
    for (const item of value) copy.push(copyValue(item, done));
    return copy;
  }
  if (value instanceof Map) {
    const copy = begin(new Map<unknown, unknown>());
    for (const [key, item] of value) copy.set(key, copyValue(item, done));
    return copy;
  }
  if (value instanceof Set) {
    const copy = begin(new Set<unknown>());
    for (const item of value) copy.add(copyValue(item, done));
    return copy;
  }
  if (Object.getPrototypeOf(value) !== Object.prototype) return value;
  const copy = begin<Record<string, unknown>>({});
  for (const [key, item] of Object.entries(value))
    Object.defineProperty(copy, key, {
      value: copyValue(item, done),
      writable: true,
      enumerable: true,
      configurable: true,
    });
  return copy;
}

// What may hold a # that names no field: comments and strings.
const noCode = /\/\*[\s\S]*?\*\/|\/\/.*|'(?:\\.|[^'\\\n])*'|"(?:\\.|[^"\\\n])*"|`(?:\\.|[^`\\])*`/g;
/** A private field or method where it is declared, and not a static one: those are the class's. */
const privateField = /(?<!\.|\bstatic\s+)#[\p{ID_Start}$_]/u;

/** Nothing but the text of a class tells of its private fields; without them methods would fail some time later. */
function refusePrivateFields(module: Module): void {
  for (let at = Object.getPrototypeOf(module); at !== Module.prototype; at = Object.getPrototypeOf(at)) {
    if (!privateField.test(String(at.constructor).replace(noCode, ''))) continue;
    throw new OptionError(
      `cloneModule: ${at.constructor.name} has private #fields, which only its constructor can make\n  make them ordinary properties (in TypeScript: private), or construct another one and load this one's stateDict()`,
    );
  }
}
