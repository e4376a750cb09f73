import { Llama } from '../../../src/models/index.ts';
import type { LayerTable } from '../../nn/db/kit.ts';

const sizes = { vocabSize: 7, hiddenSize: 8, intermediateSize: 6 };

export const models: LayerTable = {
  Llama: () => new Llama({ ...sizes, numHiddenLayers: 2, numAttentionHeads: 2, numKeyValueHeads: 1 }),
  'Llama, tied, interleaved': () =>
    new Llama({
      ...sizes,
      numHiddenLayers: 1,
      numAttentionHeads: 4,
      headDim: 4,
      attentionBias: true,
      rmsNormEps: 1e-2,
      ropeTheta: 100,
      ropeInterleaved: true,
      tieWordEmbeddings: true,
    }),
};
