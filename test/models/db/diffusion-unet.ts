import { DiffusionUNet } from '../../../src/models/index.ts';
import type { LayerTable } from '../../nn/db/kit.ts';

export const models: LayerTable = {
  DiffusionUNet: () =>
    new DiffusionUNet({
      inChannels: 1,
      modelChannels: 2,
      channelMult: [1, 2],
      numResBlocks: 1,
      numHeads: 2,
      numGroups: 1,
    }),
};
