import type { Module } from '../../nn/module.ts';
import { BatchNorm1d, BatchNorm2d, BatchNorm3d, SyncBatchNorm } from '../../nn/norm.ts';
import { noGrad, type Tensor } from '../../tensor/tensor.ts';

const kinds = [BatchNorm1d, BatchNorm2d, BatchNorm3d, SyncBatchNorm];
type BatchNorm = BatchNorm1d | BatchNorm2d | BatchNorm3d | SyncBatchNorm;

/**
 * Computes the running statistics of batch normalisation layers anew, as averages over all batches of `loader`: an averaged
 * model has none that fit. Batches are inputs, or lists that begin with one. Source: torch.optim.swa_utils.update_bn.
 *
 * @example
 * await optim.swaUtils.updateBn([randn([8, 4])], model);
 */
export async function updateBn(loader: Iterable<unknown> | AsyncIterable<unknown>, model: Module): Promise<void> {
  const layers = [...model.modules()].filter((m): m is BatchNorm => kinds.some((kind) => m instanceof kind));
  if (layers.length === 0) return;
  const momenta = layers.map((layer) => layer.momentum);
  const { training } = model;
  for (const layer of layers) layer.resetRunningStats();
  model.train();
  // Without a momentum, all batches count the same.
  for (const layer of layers) layer.momentum = null;
  const forward = model.forward as (input: Tensor) => unknown;
  for await (const batch of loader) noGrad(() => void forward((Array.isArray(batch) ? batch[0] : batch) as Tensor));
  layers.forEach((layer, i) => {
    layer.momentum = momenta[i]!;
  });
  model.train(training);
}
