/** What users write with gradients: functions of their own, derivatives of functions, checks. */
export { type AnomalyOptions, detectAnomaly, isAnomalyEnabled, setDetectAnomaly } from './anomaly.ts';
export { type CheckpointOptions, checkpoint, checkpointSequential } from './checkpoint.ts';
export {
  type DerivativeOptions,
  type FunctionOf,
  hessian,
  hvp,
  jacobian,
  jvp,
  type OneOrMore,
  type SameForm,
  type ValueAndProduct,
  vhp,
  vjp,
} from './derivatives.ts';
export { AutogradFunction, AutogradFunction as Function, type FunctionClass, FunctionContext } from './function.ts';
export {
  type CallableModule,
  type FunctionalCallOptions,
  functionalCall,
  type TensorsByName,
} from './functional-call.ts';
export { type GradcheckOptions, gradcheck, gradgradcheck } from './gradcheck.ts';
export { type ArgnumsOptions, type GradOptions, grad, gradAndValue, jacrev, type Nested } from './transforms.ts';
export { type InDims, type VmapOptions, vmap } from './vmap/vmap.ts';
