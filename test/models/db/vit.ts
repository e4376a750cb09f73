import { VisionTransformer } from '../../../src/models/index.ts';
import type { LayerTable } from '../../nn/db/kit.ts';

export const models: LayerTable = {
  ViT: () =>
    new VisionTransformer({
      imageSize: 4,
      patchSize: 2,
      numLayers: 2,
      numHeads: 2,
      hiddenDim: 4,
      mlpDim: 6,
      inChannels: 2,
      numClasses: 3,
    }),
};
