/** Which functions of order, sets and counts are methods, and their types where a table alone does not tell them. */
import type { DType } from '../../core/dtype.ts';
import type { KeepdimOptions, OneDimOptions } from '../arguments.ts';
import type { Extremum } from '../extremum.ts';
import type { Methods, Returning } from '../methods.ts';
import type { Tensor } from '../tensor.ts';
import {
  type AminmaxArgs,
  aminmax,
  argwhere,
  countNonzero,
  isNonzero,
  type MinMax,
  type NonzeroOptions,
  nonzero,
  nonzeroStatic,
} from './counting.ts';
import { bincount, type Histogram, type HistogramArgs, histc, histogram } from './histograms.ts';
import { median, mode, nanmedian, nanquantile, quantile } from './quantiles.ts';
import {
  type ConsecutiveArgs,
  type UniqueArgs,
  type UniqueConsecutiveOptions,
  type UniqueOptions,
  unique,
  uniqueConsecutive,
} from './sets.ts';
import { argsort, kthvalue, msort, sort, topk } from './sorting.ts';

const withIndices = { sort, topk, kthvalue, mode };
const ofSameType = { msort, quantile, nanquantile, histc };
const ofTheirOwn = { argsort, argwhere, countNonzero, isNonzero, nonzeroStatic, bincount };
const inSeveralForms = { median, nanmedian, unique, uniqueConsecutive, nonzero };

/** The methods of these families. */
export const orderMethods = { ...withIndices, ...ofSameType, ...ofTheirOwn, ...inSeveralForms, aminmax, histogram };

type OnlyValues = { readonly returnInverse?: false; readonly returnCounts?: false };
type MoreThanValues = { readonly returnInverse: true } | { readonly returnCounts: true };

interface SeveralForms<D extends DType> {
  median(): Tensor<D>;
  median(dim: number | OneDimOptions, keepdim?: boolean | KeepdimOptions): Extremum<D>;
  nanmedian(): Tensor<D>;
  nanmedian(dim: number | OneDimOptions, keepdim?: boolean | KeepdimOptions): Extremum<D>;
  unique(options?: UniqueOptions & OnlyValues): Promise<Tensor<D>>;
  unique(options: UniqueOptions & MoreThanValues): Promise<Tensor[]>;
  unique(...rest: UniqueArgs): Promise<Tensor | Tensor[]>;
  uniqueConsecutive(options?: UniqueConsecutiveOptions & OnlyValues): Promise<Tensor<D>>;
  uniqueConsecutive(options: UniqueConsecutiveOptions & MoreThanValues): Promise<Tensor[]>;
  uniqueConsecutive(...rest: ConsecutiveArgs): Promise<Tensor | Tensor[]>;
  nonzero(options?: { readonly asTuple?: false }): Promise<Tensor<'int32'>>;
  nonzero(options: { readonly asTuple: true }): Promise<Tensor<'int32'>[]>;
  nonzero(options?: NonzeroOptions): Promise<Tensor<'int32'> | Tensor<'int32'>[]>;
}

/** Their types on Tensor<D>. */
export interface OrderMethods<D extends DType>
  extends Returning<typeof withIndices, Extremum<D>>,
    Returning<typeof ofSameType, Tensor<D>>,
    Methods<typeof ofTheirOwn>,
    SeveralForms<D> {
  aminmax(...rest: AminmaxArgs): MinMax<D>;
  histogram(...rest: HistogramArgs): Histogram<D>;
}
