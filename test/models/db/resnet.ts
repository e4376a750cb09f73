import { BasicBlock, Bottleneck, CifarResNet, ResNet } from '../../../src/models/index.ts';
import type { LayerTable } from '../../nn/db/kit.ts';

const small = { inChannels: 1, width: 1, numClasses: 2 };
const cifar = { inChannels: 1, width: 1, numClasses: 3 };
export const models: LayerTable = {
  'ResNet, basic': () => new ResNet(BasicBlock, [1, 2, 1, 1], small),
  'ResNet, bottleneck': () => new ResNet(Bottleneck, [1, 1, 1, 1], { ...small, groups: 2 }),
  CIFAR: () => new CifarResNet(8, cifar),
  'CIFAR, padded': () => new CifarResNet(8, { ...cifar, shortcut: 'padding' }),
  'CIFAR, pre-activation': () => new CifarResNet(14, { ...cifar, preActivation: true }),
  'CIFAR, pre-activation, padded': () => new CifarResNet(8, { ...cifar, preActivation: true, shortcut: 'padding' }),
};
