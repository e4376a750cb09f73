/** The op database: one row per op. Each family's expected values are in test/golden/<family>.json. */
import { binaryOps } from './binary.ts';
import { compareOps } from './compare.ts';
import { convOps } from './conv.ts';
import { indexingOps } from './indexing.ts';
import { inplaceOps } from './inplace.ts';
import type { OpCase } from './kit.ts';
import { lossOps } from './loss.ts';
import { matmulOps } from './matmul.ts';
import { normOps } from './norm.ts';
import { reduceOps } from './reduce.ts';
import { shapeOps } from './shape.ts';
import { softmaxOps } from './softmax.ts';
import { unaryOps } from './unary.ts';

export const families: Readonly<Record<string, readonly OpCase[]>> = {
  unary: unaryOps,
  binary: binaryOps,
  compare: compareOps,
  reduce: reduceOps,
  matmul: matmulOps,
  softmax: softmaxOps,
  conv: convOps,
  indexing: indexingOps,
  shape: shapeOps,
  inplace: inplaceOps,
  norm: normOps,
  loss: lossOps,
};

export * from './kit.ts';
