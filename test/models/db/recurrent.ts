import { RecurrentClassifier, RecurrentLanguageModel } from '../../../src/models/index.ts';
import type { LayerTable } from '../../nn/db/kit.ts';

export const models: LayerTable = {
  'classifier, rnn': () => new RecurrentClassifier(5, 3, { cell: 'RNN', hiddenSize: 4 }),
  'classifier, gru, lengths': () => new RecurrentClassifier(5, 3, { cell: 'GRU', hiddenSize: 4, numLayers: 2 }),
  'classifier, lstm, embedding': () =>
    new RecurrentClassifier(5, 2, { embeddingDim: 3, hiddenSize: 3, bidirectional: true, dropout: 0.25 }),
  'language model, lstm': () => new RecurrentLanguageModel(5, { hiddenSize: 4, numLayers: 2 }),
  'language model, gru, embedding': () =>
    new RecurrentLanguageModel(5, { cell: 'GRU', embeddingDim: 2, hiddenSize: 4 }),
};
