/**
 * Methods that are free functions with the tensor as first argument: `x.cumsum(0)` is `cumsum(x, 0)`. Each family in
 * ./functions lists which of its functions are methods in PyTorch; init() installs them on Tensor (see surface.ts), so that a
 * page loads the code with the device and not before.
 */
import type { DType, Floating } from '../core/dtype.ts';
import { stftMethods } from './fft/stft.ts';
import { hardshrink, prelu } from './functional/rectifiers.ts';
import { angleInPlaceMethods, angleMethods } from './functions/angles.ts';
import { arithmeticInPlaceMethods, arithmeticMethods } from './functions/arithmetic.ts';
import { autogradMethods, autogradProperties, detachMethods } from './functions/autograd.ts';
import { choiceInPlaceMethods, choiceMethods } from './functions/choices.ts';
import { closenessMethods, comparisonInPlaceMethods, comparisonMethods } from './functions/comparisons.ts';
import { copyMethods } from './functions/copies.ts';
import { creationMethods } from './functions/creation.ts';
import { decompositionMethods } from './functions/decompositions.ts';
import { type DifferenceMethods, differenceMethods } from './functions/differences.ts';
import { dtypeMethods } from './functions/dtypes.ts';
import { elementaryInPlaceMethods, elementaryMethods } from './functions/elementary.ts';
import { indexingMethods, selectingMethods } from './functions/indexing.ts';
import { integerInPlaceMethods, integerMethods } from './functions/integers.ts';
import { type SectionMethods, sectionMethods, splittingMethods } from './functions/joining.ts';
import { type OrderMethods, orderMethods } from './functions/order-methods.ts';
import { productInPlaceMethods, productMethods } from './functions/products.ts';
import { realMethods, realProperties, realTests } from './functions/reals.ts';
import { type InterleavingMethods, interleavingMethods, rearrangingMethods } from './functions/rearranging.ts';
import { reshapingMethods } from './functions/reshaping.ts';
import { limitMethods, roundingInPlaceMethods, roundingMethods, testMethods } from './functions/rounding.ts';
import { samplingInPlaceMethods } from './functions/sampling.ts';
import { type ScanMethods, scanMethods } from './functions/scans.ts';
import { scatterMethods } from './functions/scatter.ts';
import { sizeMethods } from './functions/sizes.ts';
import { type StatisticsMethods, statisticsMethods } from './functions/statistics.ts';
import { triangularInPlace, triangularMethods } from './functions/triangular.ts';
import { factMethods, factProperties, viewMethods, viewProperties } from './functions/views.ts';
import type { Tensor } from './tensor.ts';

type Rest<F> = F extends (input: Tensor, ...rest: infer A) => unknown ? A : never;
type Result<F> = F extends (...args: never) => infer R ? R : never;

/** The functions of M as methods. */
export type Methods<M> = { [K in keyof M]: (...args: Rest<M[K]>) => Result<M[K]> };
/** The functions of M as methods that return R. */
export type Returning<M, R> = { [K in keyof M]: (...args: Rest<M[K]>) => R };

/** name -> function of a tensor. */
type MethodTable = Readonly<Record<string, (input: Tensor, ...args: never) => unknown>>;

const activationMethods = { hardshrink, prelu };

/** Everything installed on Tensor, family by family. */
export const methodTables: readonly MethodTable[] = [
  decompositionMethods,
  creationMethods,
  choiceInPlaceMethods,
  choiceMethods,
  copyMethods,
  factMethods,
  interleavingMethods,
  rearrangingMethods,
  sizeMethods,
  sectionMethods,
  splittingMethods,
  triangularInPlace,
  triangularMethods,
  viewMethods,
  angleMethods,
  angleInPlaceMethods,
  elementaryMethods,
  elementaryInPlaceMethods,
  roundingMethods,
  roundingInPlaceMethods,
  limitMethods,
  testMethods,
  arithmeticInPlaceMethods,
  arithmeticMethods,
  closenessMethods,
  comparisonInPlaceMethods,
  comparisonMethods,
  dtypeMethods,
  integerInPlaceMethods,
  integerMethods,
  autogradMethods,
  activationMethods,
  detachMethods,
  reshapingMethods,
  realMethods,
  realTests,
  indexingMethods,
  selectingMethods,
  samplingInPlaceMethods,
  scatterMethods,
  stftMethods,
  orderMethods,
  differenceMethods,
  scanMethods,
  statisticsMethods,
  productMethods,
  productInPlaceMethods,
];

/** Those that are read, not called. */
export const properties = { ...viewProperties, ...factProperties, ...autogradProperties, ...realProperties };

/** The installed methods, for the type of Tensor<D>. */
export interface ExtendedMethods<D extends DType>
  extends InterleavingMethods,
    SectionMethods<D>,
    Methods<typeof creationMethods>,
    Methods<typeof factMethods>,
    Returning<typeof rearrangingMethods, Tensor<D>>,
    Returning<typeof splittingMethods, Tensor<D>[]>,
    Returning<typeof triangularInPlace, Tensor<D>>,
    Returning<typeof triangularMethods, Tensor<D>>,
    Returning<typeof viewMethods, Tensor<D>>,
    Readonly<Record<keyof typeof viewProperties, Tensor<D>>>,
    Readonly<Record<keyof typeof factProperties, number>>,
    Pick<Returning<typeof choiceMethods, Tensor<D>>, 'bernoulli'>,
    Pick<Methods<typeof choiceMethods>, 'multinomial'>,
    Returning<typeof choiceInPlaceMethods, Tensor<D>>,
    Returning<typeof samplingInPlaceMethods, Tensor<D>>,
    Returning<typeof copyMethods, Tensor<D>>,
    Returning<typeof sizeMethods, Tensor<D>>,
    OrderMethods<D>,
    DifferenceMethods<D>,
    ScanMethods<D>,
    StatisticsMethods<D>,
    Methods<typeof productMethods>,
    Returning<typeof productInPlaceMethods, Tensor<D>>,
    Methods<typeof autogradMethods>,
    Methods<typeof stftMethods>,
    Methods<typeof realTests>,
    Returning<typeof activationMethods, Tensor<D>>,
    Returning<typeof detachMethods, Tensor<D>>,
    Returning<typeof reshapingMethods, Tensor<D>>,
    Returning<typeof realMethods, Tensor<D>>,
    Readonly<Record<keyof typeof autogradProperties, boolean>>,
    Readonly<Record<keyof typeof realProperties, Tensor<D>>>,
    Methods<typeof decompositionMethods>,
    Methods<typeof arithmeticMethods>,
    Methods<typeof closenessMethods>,
    Methods<typeof dtypeMethods>,
    Methods<typeof integerMethods>,
    Returning<typeof arithmeticInPlaceMethods, Tensor<D>>,
    Returning<typeof comparisonInPlaceMethods, Tensor<D>>,
    Returning<typeof comparisonMethods, Tensor<'bool'>>,
    Returning<typeof integerInPlaceMethods, Tensor<D>>,
    Returning<typeof angleMethods, Tensor<Floating<D>>>,
    Returning<typeof elementaryMethods, Tensor<Floating<D>>>,
    Returning<typeof roundingMethods, Tensor<D>>,
    Methods<typeof limitMethods>,
    Methods<typeof testMethods>,
    Returning<typeof angleInPlaceMethods, Tensor<D>>,
    Returning<typeof elementaryInPlaceMethods, Tensor<D>>,
    Returning<typeof roundingInPlaceMethods, Tensor<D>>,
    Returning<typeof indexingMethods, Tensor<D>>,
    Returning<typeof selectingMethods, Promise<Tensor<D>>>,
    Returning<typeof scatterMethods, Tensor<D>> {}
