import { noGrad, Tensor } from '../tensor/tensor.ts';
import { Module } from './module.ts';
import { Parameter } from './parameter.ts';

/**
 * A module of the same class with values of its own, as Python's copy.deepcopy: parameters, buffers and child modules are
 * copied, and what stands in two places stands in two places of the copy. A class with private `#fields` cannot be copied so,
 * because its constructor does not run.
 *
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
  // Only the base's constructor runs, so that forward is wrapped; the rest is copied field by field.
  const copy = Reflect.construct(Module, [], module.constructor) as Module;
  done.set(module, copy);
  for (const [key, value] of Object.entries(module)) Reflect.set(copy, key, copyValue(value, done));
  for (const [key, entry] of module.carried.buffers) copy.carried.buffers.set(key, entry);
  copy.carried.before.push(...module.carried.before);
  copy.carried.after.push(...module.carried.after);
  return copy;
}

function copyValue(value: unknown, done: Map<unknown, unknown>): unknown {
  if (typeof value !== 'object' || value === null) return value;
  const known = done.get(value);
  if (known !== undefined) return known;
  if (value instanceof Module) return copyModule(value, done);
  const made = copyPlain(value, done);
  done.set(value, made);
  return made;
}

function copyPlain(value: object, done: Map<unknown, unknown>): unknown {
  if (value instanceof Parameter) return new Parameter(value.clone(), { requiresGrad: value.requiresGrad });
  if (value instanceof Tensor) return value.detach().clone().keep();
  if (Array.isArray(value)) return value.map((item) => copyValue(item, done));
  if (value instanceof Map) return new Map([...value].map(([key, item]) => [key, copyValue(item, done)]));
  if (value instanceof Set) return new Set([...value].map((item) => copyValue(item, done)));
  if (Object.getPrototypeOf(value) !== Object.prototype) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, copyValue(item, done)]));
}
