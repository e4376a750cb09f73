import { tensor } from '../../../src/index.ts';
import * as nn from '../../../src/nn/index.ts';
import type { LayerTable } from './kit.ts';

const samples = [
  [
    [0.1, 0.7],
    [0.5, 0.3],
  ],
  [
    [0.9, 0.2],
    [0.4, 0.6],
  ],
];

export const layers: LayerTable = {
  'max 1d': () => new nn.MaxPool1d(3),
  'max 1d, everything': () => new nn.MaxPool1d(3, 2, 1, { dilation: 2, returnIndices: true, ceilMode: true }),
  'max 1d, unbatched': () => new nn.MaxPool1d([2], { stride: 1 }),
  'max 2d, indices': () => new nn.MaxPool2d(2, { returnIndices: true }),
  'max 2d, everything': () => new nn.MaxPool2d([3, 2], [2, 1], [1, 0], { dilation: [1, 2], ceilMode: true }),
  'max 2d, unbatched': () => new nn.MaxPool2d(2, 2),
  'max 3d': () => new nn.MaxPool3d(2),
  'max 3d, everything': () =>
    new nn.MaxPool3d([2, 3, 2], {
      stride: [1, 2, 1],
      padding: [0, 1, 1],
      dilation: [2, 1, 1],
      returnIndices: true,
      ceilMode: true,
    }),
  'average 1d': () => new nn.AvgPool1d(3),
  'average 1d, everything': () =>
    new nn.AvgPool1d(3, { stride: 2, padding: 1, ceilMode: true, countIncludePad: false }),
  'average 2d, stride': () => new nn.AvgPool2d([3, 2], [1, 2]),
  'average 2d, everything': () =>
    new nn.AvgPool2d(3, { stride: 2, padding: 1, ceilMode: true, countIncludePad: true, divisorOverride: 5 }),
  'average 3d': () => new nn.AvgPool3d(2),
  'average 3d, everything': () =>
    new nn.AvgPool3d([2, 3, 2], { stride: 2, padding: [0, 1, 1], ceilMode: true, countIncludePad: false }),
  'unpool 1d': () => new nn.MaxUnpool1d(2),
  'unpool 1d, size': () => new nn.MaxUnpool1d(2, { stride: 2 }),
  'unpool 2d': () => new nn.MaxUnpool2d([2, 3], [2, 2], { padding: [0, 1] }),
  'unpool 2d, size': () => new nn.MaxUnpool2d(2),
  'unpool 3d': () => new nn.MaxUnpool3d(2),
  'norm 1d': () => new nn.LPPool1d(2, 3, { stride: 2 }),
  'norm 1d, ceil': () => new nn.LPPool1d(1.5, 2, { ceilMode: true }),
  'norm 2d': () => new nn.LPPool2d(2, [3, 2], [2, 1]),
  'norm 2d, sum': () => new nn.LPPool2d(1, 2),
  'norm 3d': () => new nn.LPPool3d(2, 2),
  'fractional 2d, size': () =>
    new nn.FractionalMaxPool2d(2, { outputSize: [4, 3], returnIndices: true, _randomSamples: tensor(samples) }),
  'fractional 2d, ratio': () =>
    new nn.FractionalMaxPool2d([2, 3], { outputRatio: [0.6, 0.4], _randomSamples: tensor(samples) }),
  'fractional 3d': () =>
    new nn.FractionalMaxPool3d(2, {
      outputSize: [2, 3, 1],
      _randomSamples: tensor([
        [
          [0.1, 0.7, 0.3],
          [0.5, 0.3, 0.8],
        ],
      ]),
    }),
  'adaptive max 1d': () => new nn.AdaptiveMaxPool1d(3),
  'adaptive max 1d, indices': () => new nn.AdaptiveMaxPool1d([4], { returnIndices: true }),
  'adaptive max 2d': () => new nn.AdaptiveMaxPool2d([4, null], true),
  'adaptive max 3d': () => new nn.AdaptiveMaxPool3d(2),
  'adaptive average 1d': () => new nn.AdaptiveAvgPool1d(3),
  'adaptive average 2d, one': () => new nn.AdaptiveAvgPool2d(1),
  'adaptive average 2d': () => new nn.AdaptiveAvgPool2d([null, 3]),
  'adaptive average 3d': () => new nn.AdaptiveAvgPool3d([2, null, 1]),
};
