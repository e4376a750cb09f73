/** Lumigrad: public names, nothing else. */

export * as amp from './amp/index.ts';
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
export * as autograd from './func/autograd.ts';
export { type VmapOptions, vmap } from './func/vmap/vmap.ts';
export type {
  DimOptions,
  KeepdimOptions,
  OneDimOptions,
  ReductionOptions,
  VarianceArgs,
  VarianceOptions,
} from './tensor/arguments.ts';
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
export type { Extremum } from './tensor/extremum.ts';
export * as fft from './tensor/fft/index.ts';
export { type IstftOptions, istft, type StftOptions, stft } from './tensor/fft/stft.ts';
export {
  conv1d,
  conv2d,
  conv3d,
  convTbc,
  convTranspose1d,
  convTranspose2d,
  convTranspose3d,
} from './tensor/functional/conv.ts';
export { cosineSimilarity, pairwiseDistance } from './tensor/functional/distance.ts';
export * as functional from './tensor/functional/index.ts';
export { bilinear } from './tensor/functional/linear.ts';
export { celu_, relu_, rrelu_, selu_, threshold_ } from './tensor/functional/overwriting.ts';
export { pixelShuffle, pixelUnshuffle } from './tensor/functional/pixels.ts';
export { celu, hardshrink, prelu, rrelu, selu, threshold } from './tensor/functional/rectifiers.ts';
export { type CellBiases, gruCell, lstmCell, rnnReluCell, rnnTanhCell } from './tensor/functional/recurrent.ts';
export { deg2rad, rad2deg } from './tensor/functions/angles.ts';
export {
  type AlphaOptions,
  addcdiv,
  addcmul,
  arctan2,
  atan2,
  copysign,
  divide,
  floatPower,
  floorDivide,
  fmax,
  fmin,
  fmod,
  heaviside,
  hypot,
  ldexp,
  lerp,
  logaddexp,
  logaddexp2,
  multiply,
  nextafter,
  remainder,
  rsub,
  subtract,
  trueDivide,
  type ValueOptions,
  xlogy,
} from './tensor/functions/arithmetic.ts';
export {
  type HookHandle,
  inferenceMode,
  isInference,
  setGradEnabled,
} from './tensor/functions/autograd.ts';
export {
  type BernoulliOptions,
  bernoulli,
  type MultinomialOptions,
  multinomial,
  type NormalOptions,
  normal,
  poisson,
} from './tensor/functions/choices.ts';
export {
  allclose,
  type CloseOptions,
  equal,
  greater,
  greaterEqual,
  isclose,
  less,
  lessEqual,
  notEqual,
} from './tensor/functions/comparisons.ts';
export {
  aliasCopy,
  asStridedCopy,
  asStridedScatter,
  detachCopy,
  diagonalCopy,
  expandCopy,
  narrowCopy,
  permuteCopy,
  selectCopy,
  splitCopy,
  splitWithSizesCopy,
  squeezeCopy,
  tCopy,
  transposeCopy,
  unbindCopy,
  unfoldCopy,
  unsqueezeCopy,
  viewCopy,
} from './tensor/functions/copies.ts';
export * from './tensor/functions/core.ts';
export { variance as var } from './tensor/functions/core.ts';
export * from './tensor/functions/counting.ts';
export {
  type AsTensorOptions,
  asarray,
  asTensor,
  bartlettWindow,
  blackmanWindow,
  emptyLike,
  emptyPermuted,
  emptyStrided,
  type FromfunctionOptions,
  fromfunction,
  type HammingOptions,
  hammingWindow,
  hannWindow,
  type KaiserOptions,
  kaiserWindow,
  type LogspaceOptions,
  logspace,
  randintLike,
  scalarTensor,
  type VanderOptions,
  vander,
  type WindowOptions,
} from './tensor/functions/creation.ts';
export {
  cholesky,
  choleskyInverse,
  choleskySolve,
  det,
  inverse,
  type LUUnpackOptions,
  logdet,
  lu,
  luSolve,
  luUnpack,
  matrixExp,
  matrixPower,
  type OrmqrOptions,
  orgqr,
  ormqr,
  type PinverseOptions,
  pinverse,
  qr,
  type SomeOption,
  type SvdOptions,
  slogdet,
  svd,
  type TriangularSolveOptions,
  triangularSolve,
} from './tensor/functions/decompositions.ts';
export {
  cumulativeTrapezoid,
  type DiffOptions,
  diff,
  type GradientOptions,
  gradient,
  type TrapezoidOptions,
  trapezoid,
  trapz,
} from './tensor/functions/differences.ts';
export { type CdistOptions, type ComputeMode, cdist, pdist } from './tensor/functions/distances.ts';
export { canCast, isFloatingPoint, promoteTypes, resultType } from './tensor/functions/dtypes.ts';
export { einsum, type Sublist } from './tensor/functions/einsum.ts';
export {
  acos,
  acosh,
  arccos,
  arccosh,
  arcsin,
  arcsinh,
  arctan,
  arctanh,
  asin,
  asinh,
  atan,
  atanh,
  cosh,
  digamma,
  erfc,
  erfinv,
  exp2,
  i0,
  type LogitOptions,
  lgamma,
  log2,
  log10,
  logit,
  mvlgamma,
  polygamma,
  sinc,
  sinh,
  tan,
} from './tensor/functions/elementary.ts';
export { constantPadNd, fill, range } from './tensor/functions/filling.ts';
export * from './tensor/functions/histograms.ts';
export {
  type AccumulateOptions,
  type DiagonalScatterOptions,
  diagonalScatter,
  indexPut,
  maskedScatter,
  maskedSelect,
  put,
  type SliceScatterOptions,
  selectScatter,
  sliceScatter,
  type TakeAlongDimOptions,
  take,
  takeAlongDim,
} from './tensor/functions/indexing.ts';
export {
  bitwiseAnd,
  bitwiseLeftShift,
  bitwiseNot,
  bitwiseOr,
  bitwiseRightShift,
  bitwiseXor,
  gcd,
  lcm,
} from './tensor/functions/integers.ts';
export {
  blockDiag,
  type CombinationsOptions,
  cartesianProd,
  columnStack,
  combinations,
  concat,
  concatenate,
  dsplit,
  dstack,
  hsplit,
  hstack,
  type MeshgridOptions,
  meshgrid,
  rowStack,
  type Sections,
  splitWithSizes,
  tensorSplit,
  unbind,
  unsafeChunk,
  unsafeSplit,
  vsplit,
  vstack,
} from './tensor/functions/joining.ts';
export * from './tensor/functions/pooling.ts';
export {
  addbmm,
  addmm,
  addmv,
  addr,
  type BlendOptions,
  baddbmm,
  bmm,
  type ContractedDims,
  chainMatmul,
  cross,
  dot,
  ger,
  inner,
  kron,
  mm,
  mv,
  outer,
  tensordot,
  trace,
  vdot,
} from './tensor/functions/products.ts';
export * from './tensor/functions/quantiles.ts';
export {
  angle,
  conj,
  conjPhysical,
  isComplex,
  isConj,
  isNeg,
  real,
  resolveConj,
  resolveNeg,
} from './tensor/functions/reals.ts';
export {
  channelShuffle,
  fliplr,
  flipud,
  type RepeatInterleaveOptions,
  type RollOptions,
  type Rot90Options,
  repeatInterleave,
  roll,
  rot90,
  tile,
} from './tensor/functions/rearranging.ts';
export {
  absolute,
  clampMax,
  clampMin,
  clip,
  fix,
  frac,
  isfinite,
  isinf,
  isnan,
  isneginf,
  isposinf,
  isreal,
  type NanToNumOptions,
  nanToNum,
  negative,
  positive,
  sgn,
  signbit,
  trunc,
} from './tensor/functions/rounding.ts';
export { gridSampler, gridSampler2d, gridSampler3d } from './tensor/functions/samplers.ts';
export {
  type CauchyOptions,
  cauchy,
  type ExponentialOptions,
  exponential,
  type GeneratorOption,
  geometric,
  type LogNormalOptions,
  logNormal,
  type UniformOptions,
  uniform,
} from './tensor/functions/sampling.ts';
export { cummax, cummin, cumprod, cumsum, logcumsumexp, type RunningOptions } from './tensor/functions/scans.ts';
export {
  type IncludeSelfOptions,
  type IndexAddOptions,
  indexAdd,
  indexCopy,
  indexFill,
  indexReduce,
  type ScatterOptions,
  scatter,
  scatterAdd,
  scatterReduce,
} from './tensor/functions/scatter.ts';
export * from './tensor/functions/seeding.ts';
export * from './tensor/functions/sets.ts';
export { unravelIndex } from './tensor/functions/sizes.ts';
export * from './tensor/functions/sorting.ts';
export {
  type CovOptions,
  corrcoef,
  cov,
  dist,
  logsumexp,
  nanmean,
  nansum,
  norm,
  renorm,
  stdMean,
  type TensorNormOptions,
  varMean,
} from './tensor/functions/statistics.ts';
export {
  type DiagEmbedOptions,
  type DiagonalOption,
  diag,
  diagEmbed,
  diagflat,
  type FillDiagonalOptions,
  type OffsetOption,
  type TriangleOptions,
  tril,
  trilIndices,
  triu,
  triuIndices,
} from './tensor/functions/triangular.ts';
export {
  type AsStridedOptions,
  type AtLeast,
  adjoint,
  asStrided,
  atleast1d,
  atleast2d,
  atleast3d,
  broadcastShapes,
  broadcastTensors,
  broadcastTo,
  type DiagonalOptions,
  diagonal,
  isSameSize,
  isTensor,
  moveaxis,
  movedim,
  narrow,
  numel,
  ravel,
  select,
  swapaxes,
  swapdims,
  t,
  unflatten,
} from './tensor/functions/views.ts';
export * as linalg from './tensor/linalg/index.ts';
export { scope } from './tensor/scope.ts';
export * as special from './tensor/special/index.ts';
export {
  type ClampOptions,
  type DivOptions,
  enableGrad,
  type NestedArray,
  noGrad,
  type Promoted,
  Tensor,
  type TensorIndex,
  type TensorOrNumber,
} from './tensor/tensor.ts';
