import { GPT2, type GPT2Config } from '../../../src/models/index.ts';
import type { LayerTable } from '../../nn/db/kit.ts';

const plain: GPT2Config = { vocabSize: 7, nPositions: 6, nEmbd: 4, residPdrop: 0, embdPdrop: 0, attnPdrop: 0 };

export const models: LayerTable = {
  'GPT-2': () => new GPT2({ ...plain, nLayer: 2, nHead: 2 }),
  'GPT-2, the last token, narrow inside': () => new GPT2({ ...plain, nLayer: 1, nHead: 1, nInner: 6 }),
};
