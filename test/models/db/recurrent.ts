import { RecurrentClassifier, RecurrentLanguageModel } from '../../../src/models/index.ts';
import type { LayerTable } from '../../nn/db/kit.ts';

export const models: LayerTable = {
  'classifier, rnn': () => new RecurrentClassifier(5, 3, { cell: 'RNN', hiddenSize: 3 }),
  'classifier, gru, lengths': () => new RecurrentClassifier(5, 3, { cell: 'GRU', hiddenSize: 3 }),
  'classifier, lstm, embedding': () =>
    new RecurrentClassifier(5, 2, { embeddingDim: 3, hiddenSize: 3, bidirectional: true, dropout: 0.25 }),
  'language model, gru, embedding': () =>
    new RecurrentLanguageModel(5, { cell: 'GRU', embeddingDim: 2, hiddenSize: 3 }),
};
