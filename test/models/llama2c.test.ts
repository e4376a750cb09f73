/** Files of llama2.c: what they hold is loaded, and what is no such file is refused before anything is made. */
import { beforeAll, expect, test } from 'vitest';
import { FormatError, init, manualSeed, noGrad, tensor } from '../../src/index.ts';
import { Llama, loadLlama2c } from '../../src/models/index.ts';

beforeAll(() => init({ device: 'cpu' }));

const [dim, hiddenDim, layers, heads, kvHeads, vocabSize, length] = [8, 12, 2, 2, 1, 7, 6] as const;
const order = [
  'input_layernorm',
  'self_attn.q_proj',
  'self_attn.k_proj',
  'self_attn.v_proj',
  'self_attn.o_proj',
  'post_attention_layernorm',
  'mlp.gate_proj',
  'mlp.down_proj',
  'mlp.up_proj',
];

function made(shared: boolean): Llama {
  manualSeed(0);
  return new Llama({
    vocabSize,
    hiddenSize: dim,
    intermediateSize: hiddenDim,
    numHiddenLayers: layers,
    numAttentionHeads: heads,
    numKeyValueHeads: kvHeads,
    maxPositionEmbeddings: length,
    rmsNormEps: 1e-5,
    ropeInterleaved: true,
    tieWordEmbeddings: shared,
  }).eval() as Llama;
}

/** The model as llama2.c's export.py writes it. */
async function written(model: Llama, shared: boolean): Promise<Uint8Array> {
  const state = model.stateDict();
  const of = async (key: string): Promise<Float32Array> => (await state.get(key)!.data()) as Float32Array;
  const values: number[] = [...(await of('model.embed_tokens.weight'))];
  for (const key of order)
    for (let layer = 0; layer < layers; layer++) values.push(...(await of(`model.layers.${layer}.${key}.weight`)));
  values.push(...(await of('model.norm.weight')), ...new Array<number>((length * dim) / heads).fill(9));
  if (!shared) values.push(...(await of('lm_head.weight')));
  const header = Int32Array.of(dim, hiddenDim, layers, heads, kvHeads, shared ? vocabSize : -vocabSize, length);
  return new Uint8Array(
    Buffer.concat([new Uint8Array(header.buffer), new Uint8Array(Float32Array.from(values).buffer)]),
  );
}

test.each([true, false])('a model is what was written, shared last layer: %s', async (shared) => {
  const model = made(shared);
  const bytes = await written(model, shared);
  // At an odd address too.
  const moved = new Uint8Array(bytes.length + 1);
  moved.set(bytes, 1);
  const ids = tensor([[1, 5, 2]]);
  const expected = await noGrad(() => model.forward(ids)).tolist();
  for (const source of [bytes, moved.subarray(1), new Blob([bytes as Uint8Array<ArrayBuffer>])]) {
    const loaded = await loadLlama2c(source);
    expect(loaded.training).toBe(false);
    expect(await noGrad(() => loaded.forward(ids)).tolist()).toEqual(expected);
  }
});

test('other files are refused', async () => {
  const bytes = await written(made(true), true);
  const changed = (field: number, value: number): Uint8Array => {
    const copy = bytes.slice();
    new DataView(copy.buffer).setInt32(4 * field, value, true);
    return copy;
  };
  const hostile: [Uint8Array, RegExp][] = [
    [new Uint8Array(0), /^loadLlama2c: 0 bytes are no llama2.c file/],
    [bytes.subarray(0, 27), /^loadLlama2c: 27 bytes are no llama2.c file/],
    [bytes.subarray(0, -1), /^loadLlama2c: the header is that of a file of \d+ bytes, but there are \d+/],
    [new Uint8Array([...bytes, 0]), /^loadLlama2c: the header is that of a file of/],
    // Every size in turn 0, negative and enormous.
    ...[0, 1, 2, 3, 4, 6].flatMap((field): [Uint8Array, RegExp][] => [
      [changed(field, 0), /header says/],
      [changed(field, -5), /header says/],
    ]),
    ...[0, 1, 2, 5, 6].map((field): [Uint8Array, RegExp] => [changed(field, 2 ** 31 - 8), /header is that of a file/]),
    [changed(3, 3), /header says/],
    [changed(3, 8), /header says/],
    [changed(4, 3), /header says/],
    [changed(5, 0), /header says/],
    [changed(5, -vocabSize), /header is that of a file/],
  ];
  for (const [file, message] of hostile) {
    const error = await loadLlama2c(file).then(
      () => null,
      (e: Error) => e,
    );
    expect(error).toBeInstanceOf(FormatError);
    expect(error!.message).toMatch(message);
  }
});
