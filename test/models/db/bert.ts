import { Bert, type BertConfig } from '../../../src/models/index.ts';
import type { LayerTable } from '../../nn/db/kit.ts';

const sizes: BertConfig = {
  vocabSize: 7,
  maxPositionEmbeddings: 5,
  hiddenSize: 4,
  intermediateSize: 6,
  hiddenDropoutProb: 0,
  attentionProbsDropoutProb: 0,
};

export const models: LayerTable = {
  BERT: () => new Bert({ ...sizes, numHiddenLayers: 2, numAttentionHeads: 2 }),
  'BERT, no pooler, ReLU': () =>
    new Bert({
      ...sizes,
      numHiddenLayers: 1,
      numAttentionHeads: 1,
      layerNormEps: 1e-2,
      hiddenAct: 'relu',
      addPoolingLayer: false,
    }),
};
