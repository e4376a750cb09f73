/** How products are computed: in how many kernels, within what the device can address, and what PyTorch calls them. */
import { afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import {
  addbmm,
  addmm,
  bilinear,
  cdist,
  chainMatmul,
  einsum,
  explain,
  flush,
  functional,
  init,
  inner,
  pdist,
  randint,
  randn,
  type Tensor,
  tensor,
  tensordot,
} from '../../src/index.ts';
import { testDevice } from '../device.ts';

beforeAll(() => init({ device: testDevice }));
afterEach(() => {
  vi.restoreAllMocks();
});

/** What runs, a line per kernel. */
function kernels(fn: () => Tensor): string[] {
  flush();
  const results: Tensor[] = [];
  const text = explain(() => results.push(fn()));
  return text.split('dispatches')[0]!.match(/^ +\d+\. .*$/gm) ?? [];
}

describe('einsum', () => {
  test.each<[equation: string, ...shapes: number[][]]>([
    ['bhqd,bhkd->bhqk', [2, 3, 4, 5], [2, 3, 6, 5]],
    ['bqhd,bkhd->bhqk', [2, 4, 3, 5], [2, 6, 3, 5]],
    ['bhqk,bkhd->bqhd', [2, 3, 4, 6], [2, 6, 3, 5]],
    ['bqhd,hde->bqe', [2, 4, 3, 5], [3, 5, 7]],
    ['bqe,hde->bqhd', [2, 4, 7], [3, 5, 7]],
    ['bij,bjk->bik', [2, 3, 4], [2, 4, 5]],
    ['ij,jk->ki', [3, 4], [4, 5]],
    ['ij,j->i', [3, 4], [4]],
    ['bnm,bmp->np', [4, 3, 5], [4, 5, 6]],
    ['bi,oij,bj->bo', [8, 3], [5, 3, 4], [8, 4]],
  ])('%s is one matrix product', (equation, ...shapes) => {
    const operands = shapes.map((shape) => randn(shape));
    const run = kernels(() => einsum(equation, ...operands));
    expect(run).toHaveLength(1);
    expect(run[0]).toContain('matmul(');
  });
  test.each<[equation: string, ...shapes: number[][]]>([
    ['i,i', [5], [5]],
    ['bi,bi->b', [3, 5], [3, 5]],
    ['ii', [4, 4]],
    ['ij,ij->', [3, 4], [3, 4]],
  ])('%s is one sum', (equation, ...shapes) => {
    const operands = shapes.map((shape) => randn(shape));
    const run = kernels(() => einsum(equation, ...operands));
    expect(run).toHaveLength(1);
    expect(run[0]).toContain('sum(');
  });
  test('permutations and diagonals are views', () => {
    const x = randn([3, 3]);
    expect(kernels(() => einsum('ij->ji', x))).toEqual([]);
    expect(kernels(() => einsum('ii->i', x))).toEqual([]);
  });
  test('a view of the operand is returned, not the operand', async () => {
    const x = tensor([[1, 2]]);
    const y = einsum('ij->ij', x);
    expect(y).not.toBe(x);
    x.mul_(2);
    expect(await y.tolist()).toEqual([[2, 4]]);
  });
  test('multiplies the small tensors first', () => {
    const run = kernels(() => einsum('ab,bc,cd->ad', randn([50, 3]), randn([3, 50]), randn([50, 2])));
    expect(run.filter((line) => line.includes('matmul(')).at(0)).toMatch(/\[(2|3), (2|3)\]$/);
  });
  test('takes one list of operands, before or after the equation', async () => {
    const [a, b] = [tensor([[1, 2]]), tensor([[3], [4]])];
    expect(await einsum('ij,jk', [a, b]).tolist()).toEqual([[11]]);
    expect(await einsum([a, b], 'ij,jk').tolist()).toEqual([[11]]);
  });
  test('says what is no equation', () => {
    expect(() => einsum(1 as never, randn([2]))).toThrow("einsum(): argument 'equation' must be str, not 1");
    expect(() => einsum(randn([2]), 'i' as never)).toThrow('tensors, each with the list of its subscripts');
    expect(() => einsum('i,i', randn([2]), 3 as never)).toThrow("argument 'operands' must be Tensor");
  });
});

describe('products of integers', () => {
  test('wrap around, in one kernel', async () => {
    const [a, b] = [randint(-9, 9, [4, 6]), randint(-9, 9, [6, 5])];
    expect(kernels(() => a.matmul(b))).toHaveLength(1);
    const u = tensor([[4294967295, 65536]], { dtype: 'uint32' });
    expect(await u.matmul(tensor([[2], [65537]], { dtype: 'uint32' })).tolist()).toEqual([[65534]]);
  });
});

/** As if the device took no tensor of more elements; its own buffers may be larger. */
function limitTo(x: Tensor, elements: number): void {
  vi.spyOn(x.impl.engine.backend, 'checkSize').mockImplementation((op, shape) => {
    if (!op.startsWith('alloc') && shape.reduce((n, d) => n * d, 1) > elements) throw new Error(`too large: ${shape}`);
  });
}

describe('what is only read through may be larger than what the device takes', () => {
  test('products of integers come in parts', async () => {
    const [a, b] = [randint(-9, 9, [2, 4, 7]), randint(-9, 9, [7, 5])];
    const whole = await a.matmul(b).tolist();
    limitTo(a, 100);
    expect(await a.matmul(b).tolist()).toEqual(whole);
    expect(await tensordot(a, b, 1).tolist()).toEqual(whole);
  });
  test('distances come in parts, and so do their gradients', async () => {
    const wholeNumbers = (rows: number): Tensor => randint(-9, 9, [rows, 3]).float().requiresGrad_();
    const [a, b] = [wholeNumbers(7), wholeNumbers(5)];
    const run = async (): Promise<unknown[]> => {
      a.grad = null;
      b.grad = null;
      const d = cdist(a, b, 1);
      d.square().sum().backward();
      return [await d.tolist(), await a.grad!.tolist(), await b.grad!.tolist()];
    };
    const whole = await run();
    limitTo(a, 40);
    expect(await run()).toEqual(whole);
  });
});

describe('distances', () => {
  test('gradients store nothing as large as all differences', () => {
    const [a, b] = [randn([40, 30]).requiresGrad_(), randn([50, 30]).requiresGrad_()];
    for (const options of [{ p: 3 }, {}, { computeMode: 'donot_use_mm_for_euclid_dist' as const }]) {
      const run = kernels(() => {
        cdist(a, b, options).sum().backward();
        return a;
      });
      expect(run.filter((line) => line.includes('pointwise [40, 50, 30]'))).toEqual([]);
    }
  });
  test('many pairs come in the order of the upper triangle', async () => {
    const n = 300;
    const x = randn([n, 2]);
    const all = (await cdist(x, x, { p: 1 }).tolist()) as number[][];
    const upper = all.flatMap((row, i) => row.slice(i + 1));
    expect(await pdist(x, 1).tolist()).toEqual(upper);
  });
  test('between equal rows have gradient 0', async () => {
    const x = randn([30, 4]).requiresGrad_();
    cdist(x, x.detach()).trace().backward();
    for (const g of await x.grad!.data()) expect(Math.abs(g)).toBeLessThan(0.05);
  });
});

describe('names on the tape are those of PyTorch', () => {
  const a = (): Tensor => randn([2, 2], { requiresGrad: true });
  test.each<[string, () => Tensor]>([
    ['MmBackward0', () => a().mm(a())],
    ['BmmBackward0', () => a().unsqueeze(0).bmm(a().unsqueeze(0))],
    ['MvBackward0', () => a().mv(a().at(0))],
    ['DotBackward0', () => a().at(0).dot(a().at(0))],
    ['VdotBackward0', () => a().at(0).vdot(a().at(0))],
    ['ViewBackward0', () => inner(a(), a())],
    ['AddmmBackward0', () => addmm(a(), a(), a(), { beta: 0 })],
    ['AddbmmBackward0', () => addbmm(a(), a().unsqueeze(0), a().unsqueeze(0))],
    ['MulBackward0', () => einsum('i,j->ij', a().at(0), a().at(0))],
    ['SumBackward1', () => einsum('ij->i', a())],
    ['PermuteBackward0', () => einsum('ij', a())],
    ['ViewBackward0', () => chainMatmul(a(), a(), a())],
    ['AddBackward0', () => bilinear(a(), a(), randn([3, 2, 2]), randn([3]))],
    ['CdistBackward0', () => cdist(a(), a())],
    ['PdistBackward0', () => functional.pdist(a())],
  ])('%s', (name, make) => {
    expect(make().gradFn).toBe(name);
  });
});
