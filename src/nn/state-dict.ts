/** State dicts: the parameters and buffers of a module by name. Loaded with the device (module-methods.ts). */
import { checkOptions, DeviceError, describe, OptionError, ShapeError } from '../core/errors.ts';
import { snakeCase } from '../core/names.ts';
import { formatShape, sameShape } from '../core/shape.ts';
import { noGrad, Tensor } from '../tensor/tensor.ts';
import { type HookHandle, type Module, onceDown } from './module.ts';
import { Parameter } from './parameter.ts';
import { isLazy } from './uninitialized.ts';

/** Tensors by name, in order. */
export type StateDict = Map<string, Tensor>;

/**
 * Keys of the module that were not given, and given keys that it does not have. `String(result)` is PyTorch's text. Source:
 * torch.nn.modules.module._IncompatibleKeys.
 *
 * @example
 * String(model.loadStateDict(model.stateDict())); // '<All keys matched successfully>'
 */
export interface LoadResult {
  readonly missingKeys: readonly string[];
  readonly unexpectedKeys: readonly string[];
  toString(): string;
}
class IncompatibleKeys implements LoadResult {
  readonly missingKeys: readonly string[];
  readonly unexpectedKeys: readonly string[];
  constructor(missing: readonly string[], unexpected: readonly string[]) {
    this.missingKeys = missing;
    this.unexpectedKeys = unexpected;
  }
  toString(): string {
    const { missingKeys, unexpectedKeys } = this;
    return missingKeys.length + unexpectedKeys.length === 0
      ? '<All keys matched successfully>'
      : `_IncompatibleKeys(missing_keys=${pythonList(missingKeys)}, unexpected_keys=${pythonList(unexpectedKeys)})`;
  }
}
/** A list of texts as Python prints it: in single quotes, unless there are some within and no double ones. */
const pythonList = (keys: readonly string[]): string => `[${keys.map(pythonText).join(', ')}]`;
function pythonText(text: string): string {
  const quote = text.includes("'") && !text.includes('"') ? '"' : "'";
  return quote + text.replaceAll('\\', '\\\\').replaceAll(quote, `\\${quote}`) + quote;
}
/** Settings of {@link Module.stateDict}. */
export interface StateDictOptions {
  /** Where to write to. Default: a new one. */
  readonly destination?: StateDict;
  /** What all keys start with. Default `''`. */
  readonly prefix?: string;
  /** The parameters themselves, and not tensors outside the tape that share their memory. Default false. */
  readonly keepVars?: boolean;
}
/** Settings of {@link Module.loadStateDict}. */
export interface LoadStateDictOptions {
  /** Throw for missing and for unexpected keys. Default true. */
  readonly strict?: boolean;
  /** Make the given tensors the module's own, with their dtype and device, instead of copying their values. Default false. */
  readonly assign?: boolean;
}

/** Sees a module before its state is collected. */
export type StateDictPreHook = (module: Module, prefix: string, keepVars: boolean) => void;
/** Sees, and may change, what was collected of a module and those below. */
export type StateDictHook = (module: Module, state: StateDict, prefix: string) => void;
/** Sees, and may change, the given state and the lists of what is wrong with it before a module takes its part. */
export type LoadStateDictPreHook = (
  module: Module,
  state: StateDict,
  prefix: string,
  strict: boolean,
  missingKeys: string[],
  unexpectedKeys: string[],
  errorMessages: string[],
) => void;
/** Sees, and may change, the lists of keys after a module was loaded. */
export type LoadStateDictPostHook = (module: Module, keys: { missingKeys: string[]; unexpectedKeys: string[] }) => void;

interface StateHooks {
  collecting: StateDictPreHook;
  collected: StateDictHook;
  loading: LoadStateDictPreHook;
  loaded: LoadStateDictPostHook;
}
type HookLists = { [K in keyof StateHooks]: { readonly hook: StateHooks[K] }[] };
const hooks = new WeakMap<Module, HookLists>();

export function addStateHook<K extends keyof StateHooks>(module: Module, kind: K, hook: StateHooks[K]): HookHandle {
  const lists = hooks.get(module) ?? { collecting: [], collected: [], loading: [], loaded: [] };
  hooks.set(module, lists);
  const list: { readonly hook: StateHooks[K] }[] = lists[kind];
  const entry = { hook };
  list.push(entry);
  return { remove: () => void (list.includes(entry) && list.splice(list.indexOf(entry), 1)) };
}
/** Has hooks of a module called for its copy, too. */
export function copyStateHooks(module: Module, copy: Module): void {
  const own = hooks.get(module);
  const entries = Object.entries(own ?? {}).map(([kind, list]) => [kind, [...list]]);
  if (own) hooks.set(copy, Object.fromEntries(entries) as HookLists);
}
const hooksOf = <K extends keyof StateHooks>(module: Module, kind: K): HookLists[K] | [] =>
  hooks.get(module)?.[kind] ?? [];

/** What a module has beside tensors: any value, under a key of its own. */
interface WithExtraState {
  getExtraState?(): unknown;
  setExtraState?(state: unknown): void;
}
const extraKey = '_extra_state';

/** As in PyTorch, a module that stands in two places is listed under both names. */
export function collectState(module: Module, options: StateDictOptions = {}): StateDict {
  checkOptions('stateDict', options, ['destination', 'prefix', 'keepVars']);
  const { destination: state = new Map(), prefix = '', keepVars = false } = options;
  for (const { hook } of [...hooksOf(module, 'collecting')]) hook(module, prefix, keepVars);
  const own = (t: Tensor): Tensor => (keepVars ? t : t.detach());
  for (const [name, p] of module.ownParameters()) state.set(prefix + name, own(p));
  for (const [name, b] of module.ownBuffers(true)) state.set(prefix + name, own(b));
  const { getExtraState } = module as WithExtraState;
  if (getExtraState) state.set(prefix + extraKey, getExtraState.call(module) as Tensor);
  onceDown(module, () => {
    for (const [name, child] of module.ownModules())
      child.stateDict({ destination: state, prefix: `${prefix}${name}.`, keepVars });
  });
  for (const { hook } of [...hooksOf(module, 'collected')]) hook(module, state, prefix);
  return state;
}

interface Loading {
  readonly assign: boolean;
  readonly missing: string[];
  readonly unexpected: string[];
  readonly problems: string[];
  /** What remains to be done once everything fits. */
  readonly writes: (() => void)[];
  readonly afterwards: (() => void)[];
}

/** Checks `source` against `module`, then copies. All or nothing. */
export function loadState(
  module: Module,
  source: StateDict | Readonly<Record<string, Tensor>>,
  options: LoadStateDictOptions = {},
): LoadResult {
  checkOptions('loadStateDict', options, ['strict', 'assign']);
  const { strict = true, assign = false } = options;
  if (typeof source !== 'object' || source === null)
    throw new OptionError(
      `Expected state_dict to be dict-like, got ${describe(source)}.\n  give model.stateDict(), or loadSafetensors(bytes)`,
    );
  const state: StateDict = new Map(source instanceof Map ? source : Object.entries(source));
  const loading: Loading = { assign, missing: [], unexpected: [], problems: [], writes: [], afterwards: [] };
  const { missing, unexpected, problems, writes, afterwards } = loading;
  loadModule(module, state, '', loading);
  const fail = (list: readonly string[]): void => {
    if (list.length > 0)
      throw new ShapeError(`Error(s) in loading state_dict for ${module.constructor.name}:\n\t${list.join('\n\t')}`);
  };
  const complaints = (): string[] => {
    const named = (what: string, keys: readonly string[]): string[] =>
      strict && keys.length > 0 ? [`${what} key(s) in state_dict: ${keys.map((k) => `"${k}"`).join(', ')}. `] : [];
    return [...named('Missing', missing), ...named('Unexpected', unexpected), ...problems];
  };
  // Hooks that come afterwards may still put up with keys.
  fail(afterwards.length > 0 ? problems : complaints());
  noGrad(() => {
    for (const write of writes) write();
  });
  for (const hook of afterwards) hook();
  fail(complaints());
  return new IncompatibleKeys(missing, unexpected);
}

function loadModule(module: Module, given: StateDict, prefix: string, loading: Loading): void {
  const { missing, unexpected, problems, writes, afterwards } = loading;
  // A hook may rename keys of this module's part.
  for (const { hook } of [...hooksOf(module, 'loading')])
    hook(module, given, prefix, true, missing, unexpected, problems);
  const own = new Map<string, Tensor>([...module.ownParameters(), ...module.ownBuffers(true)]);
  for (const [name, target] of own) {
    const key = prefix + name;
    // As in PyTorch, a checkpoint may be older than the batch counter of batch normalisation.
    if (given.has(key)) checkEntry(module, name, target, key, given.get(key), loading);
    else if (name !== 'num_batches_tracked') missing.push(key);
  }
  const { setExtraState } = module as WithExtraState;
  const extra = prefix + extraKey;
  if (setExtraState && given.has(extra)) writes.push(() => setExtraState.call(module, given.get(extra)));
  else if (setExtraState) missing.push(extra);
  const children = new Map(module.ownModules());
  const parts = new Map<string, StateDict>([...children.keys()].map((name) => [name, new Map()]));
  for (const [key, value] of given) {
    if (!key.startsWith(prefix) || (key === extra && setExtraState)) continue;
    const [first = '', ...below] = key.slice(prefix.length).split('.');
    const part = below.length > 0 ? parts.get(first) : undefined;
    part?.set(key, value);
    if (!part && !(below.length === 0 && own.has(first))) unexpected.push(key);
  }
  onceDown(module, () => {
    for (const [name, child] of children) loadModule(child, parts.get(name)!, `${prefix}${name}.`, loading);
  });
  for (const { hook } of [...hooksOf(module, 'loaded')])
    afterwards.push(() => hook(module, { missingKeys: missing, unexpectedKeys: unexpected }));
}

function checkEntry(module: Module, name: string, own: Tensor, key: string, given: unknown, loading: Loading): void {
  const { problems, writes, assign } = loading;
  if (!(given instanceof Tensor)) {
    problems.push(`While copying the parameter named "${key}", expected a Tensor but got ${describe(given)}.`);
    return;
  }
  // Checkpoints of PyTorch 0.3 have lists of one for single numbers.
  const lazy = isLazy(own);
  const t = !lazy && own.ndim === 0 && given.ndim === 1 && given.shape[0] === 1 ? given.reshape([]) : given;
  // What has no shape yet takes any.
  if (!lazy && !sameShape(t.shape, own.shape)) {
    problems.push(
      `size mismatch for ${key}: copying a param with shape torch.Size(${formatShape(t.shape)}) from checkpoint, the shape in current model is torch.Size(${formatShape(own.shape)}).`,
    );
    return;
  }
  if (assign) {
    const made =
      own instanceof Parameter && !(t instanceof Parameter) ? new Parameter(t, { requiresGrad: own.requiresGrad }) : t;
    writes.push(() => setMember(module, name, made instanceof Parameter ? made.requiresGrad_(own.requiresGrad) : made));
    return;
  }
  if (t.impl.engine !== own.impl.engine) {
    t.impl.engine.checkAlive('loadStateDict');
    own.impl.engine.checkAlive('loadStateDict');
    throw new DeviceError(
      `loadStateDict: "${key}" is on ${t.device}, the module is on ${own.device}\n  move it first: await tensor.to('${own.device}')`,
    );
  }
  writes.push(() => own.copy_(t));
}

/** A container that has its members elsewhere than in properties. */
interface Holder {
  setMember?(name: string, value: unknown): void;
}
/** Puts a tensor in the place of the one that the state calls `name`. */
export function setMember(module: Module, name: string, value: Tensor | Module | null): void {
  const holder = module as Holder;
  if (holder.setMember) {
    holder.setMember(name, value);
    return;
  }
  const key = [...Object.keys(module), ...module.carried.buffers.keys()].find((k) => snakeCase(k) === name) ?? name;
  if (value instanceof Tensor) value.keep();
  Reflect.set(module, key, value);
}
