import { LeNet, MLP } from '../../../src/models/index.ts';
import * as nn from '../../../src/nn/index.ts';
import type { LayerTable } from '../../nn/db/kit.ts';

export const models: LayerTable = {
  MLP: () => new MLP(3, [4, 2]),
  'MLP, norms': () => new MLP(3, [4, 3, 2], { normLayer: (n) => new nn.BatchNorm1d(n), activationLayer: nn.Tanh }),
  LeNet: () => new LeNet({ numClasses: 3, imageSize: 12, channels: [2, 3], hidden: [5, 4] }),
};
