import { checkOptions, wrongType } from '../core/errors.ts';
import { fromArray } from '../tensor/create.ts';
import type { DeviceName } from '../tensor/device.ts';
import { checkTensor, type Tensor } from '../tensor/tensor.ts';
import type { RawTensor } from './elements.ts';
import { parseSafetensors, type SerializeOptions, serializeSafetensors } from './safetensors.ts';

/** Named tensors: what `model.stateDict()` gives, or a plain object. */
export type NamedTensors = ReadonlyMap<string, Tensor> | Readonly<Record<string, Tensor>>;

/** Settings of {@link saveSafetensors}. */
export interface SaveSafetensorsOptions extends SerializeOptions {
  /** Short texts kept with the tensors. */
  readonly metadata?: Readonly<Record<string, string>>;
}

/** Names and tensors, checked. */
export function named(op: string, tensors: NamedTensors): [string, Tensor][] {
  if (typeof tensors !== 'object' || tensors === null)
    wrongType(op, 'tensors', 'a state dict or an object of Tensors', tensors);
  const list = tensors instanceof Map ? [...tensors] : Object.entries(tensors as Record<string, Tensor>);
  for (const [name, t] of list) checkTensor(op, t, name);
  return list;
}
/** Reads a tensor. */
export async function rawOf(t: Tensor): Promise<RawTensor> {
  return { dtype: t.dtype, shape: t.shape, data: await t.data() } as RawTensor;
}

/**
 * The bytes of a safetensors file with these tensors, in their order. PyTorch reads it with `safetensors.torch.load_file`.
 *
 * @param options `metadata`: short texts kept with the tensors; `dtype`: what floats become, `'float16'` or `'bfloat16'` for a
 * file of half the size.
 * @example
 * const bytes = await saveSafetensors(model.stateDict(), { metadata: { epoch: '3' }, dtype: 'bfloat16' });
 */
export async function saveSafetensors(
  tensors: NamedTensors,
  options: SaveSafetensorsOptions = {},
): Promise<Uint8Array<ArrayBuffer>> {
  checkOptions('saveSafetensors', options, ['metadata', 'dtype']);
  const { metadata, ...rest } = options;
  // All reads are asked for before the first is awaited, so that one wait serves them all.
  const entries = await Promise.all(
    named('saveSafetensors', tensors).map(async ([name, t]) => [name, await rawOf(t)] as const),
  );
  return serializeSafetensors(entries, metadata, rest);
}

/**
 * The tensors of a safetensors file by name, in the file's order, ready for `model.loadStateDict()`.
 * bfloat16 becomes float32, and 8-, 16- and 64-bit integers int32: see {@link parseSafetensors}, which also gives the metadata.
 *
 * @throws FormatError when the bytes are not a whole and honest safetensors file.
 * @example
 * model.loadStateDict(loadSafetensors(bytes));
 */
export function loadSafetensors(
  bytes: Uint8Array,
  options: { readonly device?: DeviceName } = {},
): Map<string, Tensor> {
  checkOptions('loadSafetensors', options, ['device']);
  const { tensors } = parseSafetensors(bytes);
  return new Map(
    [...tensors].map(([name, { dtype, shape, data }]) => [name, fromArray(data, shape, { ...options, dtype })]),
  );
}
