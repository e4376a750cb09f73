/** Calling a module with other tensors in the places of its parameters and buffers. */
import { checkOptions, describe, OptionError } from '../core/errors.ts';
import { snakeCase } from '../core/names.ts';
import type { FunctionalCallOptions, TensorsByName } from '../func/functional-call.ts';
import { checkTensor, type Tensor } from '../tensor/tensor.ts';
import type { Module } from './module.ts';

interface Place {
  readonly owner: Module;
  readonly member: string;
  readonly tensor: Tensor;
}
/** A container that has its members elsewhere than in properties. */
interface Container {
  putMember?(name: string, value: unknown): void;
}

/** Every place of a parameter or buffer, by all its names. */
function placesOf(module: Module): Map<string, Place> {
  const places = new Map<string, Place>();
  for (const [path, owner] of module.namedModules({ removeDuplicate: false })) {
    for (const [member, tensor] of [...owner.ownParameters(), ...owner.ownBuffers()])
      places.set(path ? `${path}.${member}` : member, { owner, member, tensor });
  }
  return places;
}

function put({ owner, member }: Place, tensor: Tensor): void {
  const container = owner as Container;
  if (container.putMember) {
    container.putMember(member, tensor);
    return;
  }
  const key = [...Object.keys(owner), ...owner.carried.buffers.keys()].find((k) => snakeCase(k) === member)!;
  Reflect.set(owner, key, tensor);
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
  const all = new Map<string, Tensor>(entries as [string, Tensor][]);
  const twice = [...all.keys()].filter((name) => entries.filter(([key]) => key === name).length > 1);
  if (twice.length > 0)
    throw new OptionError(
      `[${quoted(twice)}] appeared in multiple dictionaries; behavior of functional call is ambiguous`,
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
  const tied = (tensor: Tensor): string[] => [...places].filter(([, p]) => p.tensor === tensor).map(([name]) => name);
  const replacements = new Map<string, Tensor>();
  for (const [name, tensor] of given) {
    const place = places.get(name);
    if (!place) continue;
    const names = tieWeights ? tied(place.tensor) : [name];
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
    for (const [name, tensor] of replacements) put(places.get(name)!, tensor);
    return (module.forward as (...inputs: readonly unknown[]) => unknown)(...args);
  } finally {
    for (const name of replacements.keys()) put(places.get(name)!, places.get(name)!.tensor);
  }
}
export type { FunctionalCallOptions };
