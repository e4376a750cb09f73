/** Lumigrad: public names, nothing else. */
export {
  type DeviceInfo,
  deviceInfo,
  type DeviceName,
  disposeDevice,
  engineStats,
  explain,
  flush,
  getDefaultDevice,
  init,
  type InitOptions,
  memoryStats,
  onDeviceLost,
  setImmediateMode,
  synchronize,
  throttle,
} from './tensor/device.ts';
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
export type { DType, DTypeArrays, Floating, Summed, TypedArray } from './core/dtype.ts';
export type { Shape } from './core/shape.ts';
export { isGradEnabled } from './autograd/grad-mode.ts';
export type { BackwardOptions } from './autograd/backward.ts';
export type { DimOptions, KeepdimOptions, OneDimOptions, VarianceOptions } from './tensor/arguments.ts';
export * from './tensor/create.ts';
export * from './tensor/functions.ts';
export * as functional from './tensor/functional.ts';
export { scope } from './tensor/scope.ts';
export {
  type ClampOptions,
  enableGrad,
  type Extremum,
  type NestedArray,
  noGrad,
  type Promoted,
  Tensor,
  type TensorIndex,
  type TensorOrNumber,
} from './tensor/tensor.ts';
