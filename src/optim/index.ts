export { Adam, type AdamOptions, AdamW } from './adam.ts';
export { Optimizer, type ParamGroup, type Params } from './optimizer.ts';
export type { OptimizerState, ParamEntry, StepHook } from './optimizer-methods.ts';
export { SGD, type SGDOptions } from './sgd.ts';
