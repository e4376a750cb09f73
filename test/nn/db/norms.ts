import { type Tensor, zeros } from '../../../src/index.ts';
import * as nn from '../../../src/nn/index.ts';
import type { LayerTable } from './kit.ts';

/** Parameters in a list and in a dictionary. */
class Scaled extends nn.Module {
  scales = new nn.ParameterList([zeros([3]), zeros([2, 1])]);
  // As a dict's, sorted.
  shifts = new nn.ParameterDict({ low: zeros([3]), high: new nn.Parameter(zeros([1])) });
  parts = new nn.ModuleDict<nn.Linear | nn.Tanh>([
    ['64', new nn.Linear(3, 3)],
    ['Act', new nn.Tanh()],
    ['32', new nn.Linear(3, 3, { bias: false })],
  ]);
  override forward(x: Tensor): Tensor {
    let y = x;
    for (const scale of this.scales) y = y.mul(scale);
    y = y.add(this.shifts.get('low')!).add(this.shifts.get('high')!);
    for (const name of this.parts) y = this.parts.get(name)!.forward(y);
    return y;
  }
}
const { weightNorm, spectralNorm, orthogonal } = nn.utils.parametrizations;

export const layers: LayerTable = {
  'batch norm of volumes': () => new nn.BatchNorm3d(2),
  'batch norm of volumes, filled': () => new nn.BatchNorm3d(2, { eps: 1e-2, momentum: 0.3 }),
  'batch norm in evaluation': () => new nn.BatchNorm2d(2),
  'group norm': () => new nn.GroupNorm(2, 4),
  'group norm, one group': () => new nn.GroupNorm(1, 4, 1e-2),
  'group norm, plain': () => new nn.GroupNorm(4, 4, { affine: false }),
  'group norm without bias': () => new nn.GroupNorm(2, 4, { bias: false }),
  'instance norm': () => new nn.InstanceNorm1d(3),
  'instance norm of one': () => new nn.InstanceNorm1d(3, { affine: true }),
  'instance norm, everything': () => new nn.InstanceNorm2d(3, 1e-2, 0.3, { affine: true, trackRunningStats: true }),
  'instance norm, one plane': () => new nn.InstanceNorm2d(3, { trackRunningStats: true }),
  'instance norm of volumes': () => new nn.InstanceNorm3d(2, { affine: true, trackRunningStats: true }),
  'rms norm': () => new nn.RMSNorm(4),
  'rms norm over two dims': () => new nn.RMSNorm([3, 4], 1e-2),
  'rms norm, plain': () => new nn.RMSNorm(4, { elementwiseAffine: false }),
  'local response norm': () => new nn.LocalResponseNorm(2),
  'local response norm, everything': () => new nn.LocalResponseNorm(3, { alpha: 0.5, beta: 0.5, k: 2 }),
  containers: () => new Scaled(),
  'weight norm': () => weightNorm(new nn.Linear(4, 3)),
  'weight norm of everything': () => weightNorm(new nn.Linear(4, 3), { dim: null }),
  'weight norm of a convolution': () => weightNorm(new nn.Conv1d(2, 3, 2), 'weight', 1),
  'weight norm, the old way': () => nn.utils.weightNorm(new nn.Linear(4, 3)),
  'spectral norm': () => spectralNorm(new nn.Linear(4, 3)),
  'spectral norm, everything': () => spectralNorm(new nn.Conv1d(3, 2, 2), { nPowerIterations: 3, dim: 1 }),
  'spectral norm, the old way': () => nn.utils.spectralNorm(new nn.Linear(4, 3)),
  'orthogonal by a matrix exponential': () =>
    orthogonal(new nn.Linear(3, 3), { orthogonalMap: 'matrix_exp', useTrivialization: false }),
  'orthogonal by reflections': () => orthogonal(new nn.Linear(2, 3), { useTrivialization: false }),
  'orthogonal by a Cayley map': () =>
    orthogonal(new nn.Linear(4, 2), { orthogonalMap: 'cayley', useTrivialization: false }),
};
