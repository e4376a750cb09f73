/**
 * Rows of the ops that most pages do not train with: special functions, scans, sorting, decompositions … They are no part of
 * what a page loads first: init() fetches them beside the device and adds them to the table.
 */

import type { CompositeRow, KernelRow, PointwiseRow, ViewRow } from '../types.ts';
import { arithmeticPointwise } from './arithmetic.ts';
import { attentionComposites } from './attention.ts';
import { conv3dComposites } from './conv3d.ts';
import { ctcRows } from './ctc.ts';
import { decompositionComposites, decompositionRows } from './decompositions.ts';
import { distanceComposites } from './distance.ts';
import { fftRows } from './fft.ts';
import { foldRows } from './fold.ts';
import { recurrentRows } from './recurrent.ts';
import { resampleRows, unpoolComposites } from './resample.ts';
import { rmsNormRows } from './rms-norm.ts';
import { rollComposites } from './roll.ts';
import { samplingComposites, samplingPointwise } from './sampling.ts';
import { scanRows } from './scan.ts';
import { scatterRows } from './scatter.ts';
import { sortComposites, sortRows } from './sort.ts';
import { specialComposites, specialPointwise } from './special.ts';
import { updateRows } from './update.ts';
import { windowRows } from './windows.ts';

export const extendedPointwise = { ...arithmeticPointwise, ...samplingPointwise, ...specialPointwise } satisfies Record<
  string,
  PointwiseRow
>;
export const extendedKernels = {
  ...resampleRows,
  ...scanRows,
  ...sortRows,
  ...fftRows,
  ...foldRows,
  ...scatterRows,
  ...decompositionRows,
  ...ctcRows,
  ...recurrentRows,
  ...rmsNormRows,
  ...updateRows,
} satisfies Record<string, KernelRow>;
export const extendedComposites = {
  ...attentionComposites,
  ...samplingComposites,
  ...distanceComposites,
  ...rollComposites,
  ...specialComposites,
  ...sortComposites,
  ...unpoolComposites,
  ...conv3dComposites,
  ...decompositionComposites,
} satisfies Record<string, CompositeRow>;
export const extendedViews = { ...windowRows } satisfies Record<string, ViewRow>;

export const extendedRows = { ...extendedPointwise, ...extendedKernels, ...extendedComposites, ...extendedViews };
