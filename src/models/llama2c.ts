/** Weights of llama2.c, such as those that tell stories, as a {@link Llama}. */
import { FormatError } from '../core/errors.ts';
import { storedTypes } from '../io/elements.ts';
import { type FileSource, withSource } from '../io/source.ts';
import { fromArray } from '../tensor/create.ts';
import { noGrad } from '../tensor/tensor.ts';
import { Llama } from './llama.ts';

const headerNames = ['dim', 'hiddenDim', 'layers', 'heads', 'kvHeads', 'vocabSize', 'length'] as const;
type Header = Record<(typeof headerNames)[number], number> & { readonly shared: boolean };
const headerBytes = 4 * headerNames.length;

/** A matrix or vector, or one for each layer, by its key in the state dict; null is skipped. */
type Part = readonly [key: string | null, shape: readonly number[], layers: number];

/** Exact where it matters, and without complaint where a header asks for more than there can be. */
const numel = (shape: readonly number[]): number => shape.reduce((product, n) => product * n, 1);

/** What the file holds, in its order. */
function partsOf({ dim, hiddenDim, layers, heads, kvHeads, vocabSize, length, shared }: Header): Part[] {
  const headDim = dim / heads;
  const each = (key: string, ...shape: number[]): Part => [`model.layers.*.${key}.weight`, shape, layers];
  return [
    ['model.embed_tokens.weight', [vocabSize, dim], 1],
    each('input_layernorm', dim),
    each('self_attn.q_proj', dim, dim),
    each('self_attn.k_proj', kvHeads * headDim, dim),
    each('self_attn.v_proj', kvHeads * headDim, dim),
    each('self_attn.o_proj', dim, dim),
    each('post_attention_layernorm', dim),
    each('mlp.gate_proj', hiddenDim, dim),
    each('mlp.down_proj', dim, hiddenDim),
    each('mlp.up_proj', hiddenDim, dim),
    ['model.norm.weight', [dim], 1],
    // Cosines and sines of the positions, which the model computes.
    [null, [2, length, headDim / 2], 1],
    ...(shared ? [] : [['lm_head.weight', [vocabSize, dim], 1] as const]),
  ];
}

function parseHeader(bytes: Uint8Array, size: number): Header {
  if (bytes.length < headerBytes) throw new FormatError(`loadLlama2c: ${size} bytes are no llama2.c file`);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const header = Object.fromEntries(
    headerNames.map((name, i) => [name, view.getInt32(4 * i, true)]),
  ) as unknown as Header;
  // A negative size says that the last layer is not the embedding.
  const read = { ...header, vocabSize: Math.abs(header.vocabSize), shared: header.vocabSize > 0 };
  const { dim, heads, kvHeads } = read;
  const wrong = headerNames.find((name) => !(read[name] > 0));
  if (wrong || dim % heads !== 0 || (dim / heads) % 2 !== 0 || heads % kvHeads !== 0)
    throw new FormatError(`loadLlama2c: no llama2.c file, its header says ${JSON.stringify(read)}`);
  return read;
}

/**
 * Reads a model of llama2.c in its first format (`stories15M.bin`), in eval mode: seven sizes, then all weights as float32. Its
 * tokens are those of {@link SentencePieceTokenizer}. Source: github.com/karpathy/llama2.c, run.c and export.py, version 0.
 *
 * @throws FormatError unless the file is exactly as long as its sizes say; nothing is allocated before.
 * @example
 * // Seven sizes: one layer of two features, a vocabulary of two tokens, three positions. The 38 weights are 0.
 * const file = new Float32Array(7 + 38);
 * new Int32Array(file.buffer).set([2, 1, 1, 1, 1, 2, 3]);
 * const model = await models.loadLlama2c(new Uint8Array(file.buffer));
 * model.forward(tensor([[0, 1]])).shape; // [1, 2, 2]
 */
export function loadLlama2c(source: FileSource): Promise<Llama> {
  return withSource('loadLlama2c', source, async (file) => {
    const header = parseHeader(await file.read(0, Math.min(headerBytes, file.size)), file.size);
    const parts = partsOf(header);
    const expected = parts.reduce((sum, [, shape, layers]) => sum + 4 * layers * numel(shape), headerBytes);
    if (file.size !== expected)
      throw new FormatError(
        `loadLlama2c: the header is that of a file of ${expected} bytes, but there are ${file.size}`,
      );
    const model = new Llama({
      vocabSize: header.vocabSize,
      hiddenSize: header.dim,
      intermediateSize: header.hiddenDim,
      numHiddenLayers: header.layers,
      numAttentionHeads: header.heads,
      numKeyValueHeads: header.kvHeads,
      maxPositionEmbeddings: header.length,
      rmsNormEps: 1e-5,
      ropeInterleaved: true,
      tieWordEmbeddings: header.shared,
    });
    const parameters = new Map(model.namedParameters());
    let at = headerBytes;
    for (const [key, shape, layers] of parts) {
      for (let layer = 0; layer < layers; layer++) {
        const end = at + 4 * numel(shape);
        if (key !== null) {
          const data = storedTypes.float32.read(await file.read(at, end), numel(shape), (problem) => {
            throw new FormatError(`loadLlama2c: ${problem}`);
          });
          noGrad(() => parameters.get(key.replace('*', String(layer)))!.copy_(fromArray(data, shape)));
        }
        at = end;
      }
    }
    return model.eval() as Llama;
  });
}
