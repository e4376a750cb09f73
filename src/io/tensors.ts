import { checkOptions, wrongType } from '../core/errors.ts';
import { fromArray } from '../tensor/create.ts';
import type { DeviceName } from '../tensor/device.ts';
import { checkTensor, type Tensor } from '../tensor/tensor.ts';
import { parseSafetensors, type RawTensor, serializeSafetensors } from './safetensors.ts';

/** Named tensors: what `model.stateDict()` gives, or a plain object. */
export type NamedTensors = ReadonlyMap<string, Tensor> | Readonly<Record<string, Tensor>>;

/**
 * The bytes of a safetensors file with these tensors, in their order. PyTorch reads it with `safetensors.torch.load_file`.
 *
 * @param options `metadata`: short texts kept with the tensors.
 * @example
 * const bytes = await saveSafetensors(model.stateDict(), { metadata: { epoch: '3' } });
 */
export async function saveSafetensors(
  tensors: NamedTensors,
  options: { readonly metadata?: Readonly<Record<string, string>> } = {},
): Promise<Uint8Array<ArrayBuffer>> {
  checkOptions('saveSafetensors', options, ['metadata']);
  if (typeof tensors !== 'object' || tensors === null)
    wrongType('saveSafetensors', 'tensors', 'a state dict or an object of Tensors', tensors);
  const named = tensors instanceof Map ? [...tensors] : Object.entries(tensors as Record<string, Tensor>);
  for (const [name, t] of named) checkTensor('saveSafetensors', t, name);
  // All reads are asked for before the first is awaited, so that one wait serves them all.
  const entries = await Promise.all(
    named.map(
      async ([name, t]) => [name, { dtype: t.dtype, shape: t.shape, data: await t.data() } as RawTensor] as const,
    ),
  );
  return serializeSafetensors(entries, options.metadata);
}

/**
 * The tensors of a safetensors file by name, in the file's order, ready for `model.loadStateDict()`.
 * Half floats become float32 and 8-, 16- and 64-bit integers int32: see {@link parseSafetensors}, which also gives the metadata.
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
