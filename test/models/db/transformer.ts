import { Seq2SeqTransformer, TransformerPredictor } from '../../../src/models/index.ts';
import type { LayerTable } from '../../nn/db/kit.ts';

export const models: LayerTable = {
  reverse: () =>
    new TransformerPredictor({ inputDim: 3, modelDim: 4, numClasses: 5, numHeads: 2, numLayers: 2, maxLength: 6 }),
  'no positions, odd width, masked': () =>
    new TransformerPredictor({ inputDim: 3, modelDim: 5, numClasses: 2, numHeads: 1, numLayers: 1, maxLength: 6 }),
  translation: () =>
    new Seq2SeqTransformer({
      numEncoderLayers: 1,
      numDecoderLayers: 2,
      embSize: 4,
      nhead: 2,
      srcVocabSize: 6,
      tgtVocabSize: 5,
      dimFeedforward: 6,
      dropout: 0,
      maxLength: 5,
    }),
};
