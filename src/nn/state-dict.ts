import { checkOptions, DeviceError, describe, OptionError, ShapeError } from '../core/errors.ts';
import { formatShape, sameShape } from '../core/shape.ts';
import { Tensor } from '../tensor/tensor.ts';

/** Tensors by name, in order. */
export type StateDict = Map<string, Tensor>;

/** Keys of the module that were not given, and given keys that it does not have. */
export interface LoadResult {
  readonly missingKeys: readonly string[];
  readonly unexpectedKeys: readonly string[];
}

/** Checks `source` against `target`, then copies. All or nothing. */
export function loadInto(
  name: string,
  target: StateDict,
  source: StateDict | Readonly<Record<string, Tensor>>,
  options: { strict?: boolean },
): LoadResult {
  checkOptions('loadStateDict', options, ['strict']);
  const { strict = true } = options;
  if (typeof source !== 'object' || source === null)
    throw new OptionError(
      `Expected state_dict to be dict-like, got ${describe(source)}.\n  give model.stateDict(), or loadSafetensors(bytes)`,
    );
  const given = source instanceof Map ? source : new Map(Object.entries(source));
  // As in PyTorch, a checkpoint may be older than the batch counter of batch normalisation.
  const missingKeys = [...target.keys()].filter((k) => !given.has(k) && !/(^|\.)num_batches_tracked$/.test(k));
  const unexpectedKeys = [...given.keys()].filter((k) => !target.has(k));
  const problems: string[] = [];
  if (strict && missingKeys.length > 0)
    problems.push(`Missing key(s) in state_dict: ${missingKeys.map((k) => `"${k}"`).join(', ')}. `);
  if (strict && unexpectedKeys.length > 0)
    problems.push(`Unexpected key(s) in state_dict: ${unexpectedKeys.map((k) => `"${k}"`).join(', ')}. `);
  for (const [key, own] of target) {
    const t = given.get(key);
    if (t === undefined) continue;
    if (!(t instanceof Tensor)) {
      problems.push(`While copying the parameter named "${key}", expected a Tensor but got ${describe(t)}.`);
    } else if (!sameShape(t.shape, own.shape)) {
      problems.push(
        `size mismatch for ${key}: copying a param with shape torch.Size(${formatShape(t.shape)}) from checkpoint, the shape in current model is torch.Size(${formatShape(own.shape)}).`,
      );
    } else if (t.impl.engine !== own.impl.engine) {
      t.impl.engine.checkAlive('loadStateDict');
      own.impl.engine.checkAlive('loadStateDict');
      throw new DeviceError(
        `loadStateDict: "${key}" is on ${t.device}, the module is on ${own.device}\n  move it first: await tensor.to('${own.device}')`,
      );
    }
  }
  if (problems.length > 0)
    throw new ShapeError(`Error(s) in loading state_dict for ${name}:\n\t${problems.join('\n\t')}`);
  for (const [key, own] of target) {
    const t = given.get(key);
    if (t) own.copy_(t);
  }
  return { missingKeys, unexpectedKeys };
}
