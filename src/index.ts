/** Lumigrad: public names, nothing else. */

export type { BackwardOptions } from './autograd/backward.ts';
export { isGradEnabled } from './autograd/grad-mode.ts';
export type { DType, DTypeArrays, Floating, Summed, TypedArray } from './core/dtype.ts';
export {
  DeviceError,
  DeviceLostError,
  DisposedError,
  DTypeError,
  FormatError,
  GradError,
  LumigradError,
  OptionError,
  ShapeError,
} from './core/errors.ts';
export type { Shape } from './core/shape.ts';
export type { DimOptions, KeepdimOptions, OneDimOptions, VarianceOptions } from './tensor/arguments.ts';
export * from './tensor/create.ts';
export {
  type DeviceInfo,
  type DeviceName,
  deviceInfo,
  disposeDevice,
  engineStats,
  explain,
  flush,
  getDefaultDevice,
  type InitOptions,
  init,
  memoryStats,
  onDeviceLost,
  setImmediateMode,
  synchronize,
  throttle,
} from './tensor/device.ts';
export * as functional from './tensor/functional/index.ts';
export * from './tensor/functions/angles.ts';
export * from './tensor/functions/core.ts';
export { scope } from './tensor/scope.ts';
export {
  type ClampOptions,
  type Extremum,
  enableGrad,
  type NestedArray,
  noGrad,
  type Promoted,
  Tensor,
  type TensorIndex,
  type TensorOrNumber,
} from './tensor/tensor.ts';
