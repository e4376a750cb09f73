/** torch.optim.swa_utils: averages of models over time. */
export { AveragedModel, type AveragedModelOptions } from './averaged-model.ts';
export {
  type AvgFn,
  getEmaAvgFn,
  getEmaMultiAvgFn,
  getSwaAvgFn,
  getSwaMultiAvgFn,
  type MultiAvgFn,
} from './averaging.ts';
export { SWALR, type SWALROptions } from './swalr.ts';
export { updateBn } from './update-bn.ts';
