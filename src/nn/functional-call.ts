/** Calling a module with other tensors in the places of its parameters and buffers. */
import { checkOptions, describe, OptionError } from '../core/errors.ts';
import { snakeCase } from '../core/names.ts';
import type { FunctionalCallOptions, TensorsByName } from '../func/functional-call.ts';
import { checkTensor, type Tensor } from '../tensor/tensor.ts';
import type { Module } from './module.ts';

interface Place {
  readonly tensor: Tensor;
  put(tensor: Tensor): void;
}
/** A container that has its members elsewhere than in properties. */
interface Container {
  putMember?(name: string, value: unknown): void;
}

/** Every place of a parameter or buffer, by all its names. */
function placesOf(module: Module): Map<string, Place> {
  const places = new Map<string, Place>();
  for (const [path, owner] of module.namedModules({ removeDuplicate: false })) {
    const put = putInto(owner);
    for (const [member, tensor] of [...owner.ownParameters(), ...owner.ownBuffers()])
      places.set(path ? `${path}.${member}` : member, { tensor, put: (t) => put(member, t) });
  }
  return places;
}

function putInto(owner: Module): (member: string, tensor: Tensor) => void {
  const container = owner as Container;
  if (container.putMember) return (member, tensor) => container.putMember!(member, tensor);
  const keys = [...Object.keys(owner), ...owner.carried.buffers.keys()];
  const keyOf = new Map(keys.map((key) => [snakeCase(key), key]));
  return (member, tensor) => void Reflect.set(owner, keyOf.get(member)!, tensor);
}

/** The given tensors by name: of one dictionary, or of several. */
function merged(given: unknown): Map<string, Tensor> {
  const isDict = (v: unknown): v is TensorsByName =>
    v instanceof Map || (typeof v === 'object' && v !== null && Object.getPrototypeOf(v) === Object.prototype);
  if (!isDict(given) && !Array.isArray(given))
    throw new OptionError(
      `Expected parameter_and_buffer_dicts to be a dict, or a list/tuple of dicts, but got ${describe(given)}\n  in functionalCall: give Object.fromEntries(model.namedParameters()), or model.stateDict()`,
    );
  const dicts: readonly unknown[] = isDict(given) ? [given] : given;
  if (!dicts.every(isDict))
    throw new OptionError('Expected all elements of parameter_and_buffer_dicts to be dictionaries');
  const entries = dicts.flatMap((dict) => (dict instanceof Map ? [...dict] : Object.entries(dict)));
  const all = new Map<string, Tensor>();
  const twice = new Set<string>();
  for (const [name, t] of entries as [string, Tensor][]) {
    if (all.has(name)) twice.add(name);
    all.set(name, t);
  }
  if (twice.size > 0)
    throw new OptionError(
      `[${quoted([...twice])}] appeared in multiple dictionaries; behavior of functional call is ambiguous`,
    );
  return all;
}
const quoted = (names: readonly string[]): string => names.map((name) => `'${name}'`).join(', ');

/** What `func.functionalCall` does; see there. */
export function callWith(
  module: Module,
  tensors: unknown,
  args: readonly unknown[],
  options: FunctionalCallOptions = {},
): unknown {
  checkOptions('functionalCall', options, ['tieWeights', 'strict']);
  const { tieWeights = true, strict = false } = options;
  const given = merged(tensors);
  for (const [name, t] of given) checkTensor('functionalCall', t, name);
  const places = placesOf(module);
  const tied = new Map<Tensor, string[]>();
  for (const [name, { tensor }] of places) tied.set(tensor, [...(tied.get(tensor) ?? []), name]);
  const replacements = new Map<string, Tensor>();
  for (const [name, tensor] of given) {
    const place = places.get(name);
    if (!place) continue;
    const names = tieWeights ? tied.get(place.tensor)! : [name];
    if (names.some((other) => (given.get(other) ?? tensor) !== tensor))
      throw new OptionError(
        `functional_call got multiple values for keys [${quoted(names)}], which are tied. Consider using tie_weights=False`,
      );
    for (const other of names) replacements.set(other, tensor);
  }
  const unexpected = [...given.keys()].filter((name) => !places.has(name));
  const missing = strict ? [...places.keys()].filter((name) => !replacements.has(name)) : [];
  if (unexpected.length + missing.length > 0)
    throw new OptionError(
      `Error(s) in reparametrizing for ${module.constructor.name}:` +
        (unexpected.length > 0 ? `\n\tUnexpected key(s): ${quoted(unexpected)}.` : '') +
        (missing.length > 0 ? `\n\tMissing key(s): ${quoted(missing)}.` : ''),
    );
  try {
    for (const [name, tensor] of replacements) places.get(name)!.put(tensor);
    return (module.forward as (...inputs: readonly unknown[]) => unknown)(...args);
  } finally {
    for (const name of replacements.keys()) {
      const { put, tensor } = places.get(name)!;
      put(tensor);
    }
  }
}
export type { FunctionalCallOptions };
