import { describe, expect, test } from 'vitest';
import { scanKernels } from '../../src/backends/webgpu/kernels/scan.ts';
import type { Capabilities } from '../../src/backends/webgpu/kernels/types.ts';
import type { DType } from '../../src/core/dtype.ts';
import type { Shape } from '../../src/core/shape.ts';
import { exactNumbers, hasPlaces, type ScanOp, scanned, scanOps } from '../scans.ts';
import { hardToSort } from '../sorting.ts';
import { type Arrangement, arranged, dense, expectClose, random, runKernel } from './mini-runner.ts';

/** Small workgroups: quicker to compile, and lines need not be long to be cut. */
const small = { maxComputeInvocationsPerWorkgroup: 16 };
/** So many blocks that their totals take a team, and more workgroups than a dimension takes. */
const tiny = { maxComputeInvocationsPerWorkgroup: 4, maxComputeWorkgroupsPerDimension: 5 };
const software = { software: true };

interface Case {
  readonly dim?: number;
  readonly dtype?: DType;
  readonly arrangement?: Arrangement;
  readonly capabilities?: Partial<Capabilities>;
}

/** Number of dispatches of a scan, whose results are as defined. */
async function scans(op: ScanOp, shape: Shape, given: Case = {}): Promise<number> {
  const { dim = shape.length - 1, dtype = 'float32', arrangement = 'contiguous', capabilities = small } = given;
  const next = random(shape.length + shape[dim]!);
  const fill = hasPlaces(op) ? hardToSort(dtype, next) : exactNumbers(op, next);
  const halves = exactNumbers('cumprod', next);
  const x = arranged(shape, arrangement, dtype, op === 'linearScan' ? () => halves() / 2 : fill);
  const b = arranged(shape, arrangement, dtype, exactNumbers('cumsum', next));
  const { outputs, built } = await runKernel(scanKernels[op], {
    op,
    inputs: op === 'linearScan' ? [x, b] : [x],
    outputs: [{ shape, dtype }, ...(hasPlaces(op) ? [{ shape, dtype: 'int32' as const }] : [])],
    attrs: { dim },
    capabilities,
  });
  const { values, places } = scanned(op, shape, dim, dense(x), dense(b));
  if (hasPlaces(op)) expect(Array.from(outputs[1]!)).toEqual(places);
  if (op === 'logcumsumexp' || op === 'linearScan') expectClose(outputs[0]!, values, 2e-6, 2e-6);
  else expect(Array.from(outputs[0]!, (v) => v + 0)).toEqual(values.map((v) => v + 0));
  return built.dispatches.length;
}

describe.each(scanOps)('%s', (op) => {
  test('of short lines, one per thread', async () => {
    expect(await scans(op, [5, 3, 7])).toBe(1);
    expect(await scans(op, [5, 7, 3], { dim: 1, arrangement: 'reversed' })).toBe(1);
  });
  test('of lines that a team walks, several teams to a workgroup', async () => {
    expect(await scans(op, [3, 37], { arrangement: 'strided' })).toBe(1);
    expect(await scans(op, [2, 130], { capabilities: {} })).toBe(1);
  });
  test('of lines in blocks, whose totals a team scans', async () => {
    expect(await scans(op, [2, 700])).toBe(3);
    expect(await scans(op, [1, 2400], { capabilities: tiny })).toBe(3);
  });
  test('of lines across memory, one thread to a block', async () => {
    expect(await scans(op, [700, 3], { dim: 0 })).toBe(3);
    expect(await scans(op, [3, 150], { arrangement: 'permuted' })).toBe(3);
  });
  test('on software', async () => {
    expect(await scans(op, [3, 300], { capabilities: software, arrangement: 'expanded' })).toBe(1);
    expect(await scans(op, [2100, 2], { dim: 0, capabilities: software })).toBe(3);
  });
  test('of nothing', async () => {
    expect(await scans(op, [3, 0])).toBe(0);
  });
});

test.each(['int32', 'uint32', 'bool'] as const)('extrema of %s', async (dtype) => {
  await scans('cummax', [2, 40], { dtype });
  await scans('cummin', [2, 40], { dtype, arrangement: 'reversed' });
});
test('sums and products of integers', async () => {
  await scans('cumsum', [2, 300], { dtype: 'int32' });
  await scans('cumprod', [2, 9], { dtype: 'int32' });
});
