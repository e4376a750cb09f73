/** summary(): parameters are PyTorch's counts, multiplications those of the formulas. */
import { beforeAll, describe, expect, test } from 'vitest';
import { engineStats, flush, init, noGrad, type Tensor, zeros } from '../../src/index.ts';
import * as models from '../../src/models/index.ts';
import * as nn from '../../src/nn/index.ts';
import { summary } from '../../src/vis/index.ts';

beforeAll(() => init({ device: 'cpu' }));

/** Steps T, batch N; per step and sequence a gate multiplies the input and the state. */
const recurrentMacs = (T: number, N: number, gates: number, input: number, hidden: number, state = hidden): number =>
  T * N * gates * hidden * (input + state);

describe('numbers', () => {
  // [name, layer, inputs, torch's count of parameters, multiply-accumulates by formula]
  const cases: [string, () => nn.Module, number[] | number[][], number, number][] = [
    ['Linear', () => new nn.Linear(3, 4), [2, 5, 3], 16, 2 * 5 * 3 * 4],
    [
      'Bilinear',
      () => new nn.Bilinear(2, 3, 4),
      [
        [5, 2],
        [5, 3],
      ],
      28,
      5 * 4 * (2 * 3),
    ],
    ['Conv1d', () => new nn.Conv1d(2, 4, 3), [1, 2, 6], 28, 4 * 4 * (2 * 3)],
    ['Conv2d in groups', () => new nn.Conv2d(4, 8, 3, { groups: 2 }), [1, 4, 5, 5], 152, 8 * 9 * (2 * 9)],
    ['Conv3d', () => new nn.Conv3d(2, 3, 2), [1, 2, 3, 3, 3], 51, 3 * 8 * (2 * 8)],
    ['ConvTranspose2d', () => new nn.ConvTranspose2d(3, 4, 3), [1, 3, 5, 5], 112, 3 * 25 * (4 * 9)],
    ['BatchNorm2d', () => new nn.BatchNorm2d(5), [2, 5, 3, 3], 10, 2 * 5 * 9],
    ['Embedding', () => new nn.Embedding(10, 4), [2, 3], 40, 0],
    [
      'LSTM of two layers',
      () => new nn.LSTM(4, 8, { numLayers: 2 }),
      [5, 2, 4],
      1024,
      recurrentMacs(5, 2, 4, 4, 8) + recurrentMacs(5, 2, 4, 8, 8),
    ],
    [
      'LSTM that projects',
      () => new nn.LSTM(4, 8, { projSize: 3 }),
      [5, 2, 4],
      312,
      recurrentMacs(5, 2, 4, 4, 8, 3) + 10 * 24,
    ],
    [
      'GRU in two directions',
      () => new nn.GRU(4, 6, { bidirectional: true }),
      [5, 2, 4],
      432,
      2 * recurrentMacs(5, 2, 3, 4, 6),
    ],
    // Four projections, and per head scores and sums of values.
    [
      'MultiheadAttention',
      () => new nn.MultiheadAttention(8, 2),
      [
        [3, 1, 8],
        [3, 1, 8],
        [3, 1, 8],
      ],
      288,
      4 * 3 * 64 + 2 * 9 * 8,
    ],
  ];
  test.each(cases)('of %s', (_, make, input, params, macs) => {
    const table = summary(make(), input);
    expect(table.totalParams).toBe(params);
    expect(table.totalMacs).toBe(macs);
  });

  test('of networks in the literature', () => {
    expect(summary(new models.LeNet(), [1, 1, 28, 28]).totalParams).toBe(61_706);
    const resnet = summary(models.resnet20({ shortcut: 'padding' }), [1, 3, 32, 32]);
    expect(resnet.totalParams).toBe(269_722);
    // Three stages of convolutions at 32, 16 and 8 pixels; the first of a stage halves both sides.
    const [stem, wide, half] = [32 ** 2 * 16 * 27, 32 ** 2 * 16 * 144, 16 ** 2 * 32 * 144];
    const others = resnet.rows.filter(({ type }) => !type.startsWith('BatchNorm'));
    expect(others.reduce((sum, { macs }) => sum + macs, 0)).toBe(stem + 16 * wide + 2 * half + 640);
  });

  test('count what is shared once, and every call', () => {
    const layer = new nn.Linear(3, 3);
    const table = summary(new nn.Sequential(layer, new nn.ReLU(), layer), [1, 3]);
    expect([table.totalParams, table.totalMacs]).toEqual([12, 18]);
    expect(table.rows.map(({ path, calls }) => [path, calls])).toEqual([
      ['', 1],
      ['0', 2],
      ['1', 1],
    ]);
    layer.weight.requiresGrad_(false);
    expect(summary(layer, [1, 3]).trainableParams).toBe(3);
  });
});

describe('the model', () => {
  class Two extends nn.Module {
    norm = new nn.BatchNorm1d(3);
    drop = new nn.Dropout(0.5);
    out = new nn.Linear(3, 2);
    override forward(a: Tensor, b: Tensor): { sum: Tensor; both: Tensor[] } {
      const y = this.out.forward(this.drop.forward(this.norm.forward(a)));
      return { sum: y.add(b), both: [y, b] };
    }
  }

  test('keeps modes and running statistics; nothing is computed', async () => {
    const model = new Two();
    model.drop.eval();
    flush();
    const { runs } = engineStats('cpu');
    const table = summary(model, [
      [4, 3],
      [4, 2],
    ]);
    flush();
    expect(engineStats('cpu').runs).toBe(runs);
    expect([model.training, model.drop.training, model.out.training]).toEqual([true, false, true]);
    expect(await model.norm.runningMean!.tolist()).toEqual([0, 0, 0]);
    expect(await model.norm.numBatchesTracked!.item()).toBe(0);
    expect(table.rows[0]!.outputShapes).toEqual([
      [4, 2],
      [4, 2],
      [4, 2],
    ]);
    expect(table.inputBytes).toBe(4 * (12 + 8));
    expect(model.out.weight.grad).toBeNull();
  });

  test('keeps its modes when forward throws, and nobody looks on any more', () => {
    const model = new Two();
    expect(() => summary(model, [4, 3])).toThrow();
    expect(model.training).toBe(true);
    const before = summary(model, [[1, 3], zeros([1, 2])]);
    expect(() =>
      summary(model, [
        [1, 5],
        [1, 2],
      ]),
    ).toThrow('5');
    noGrad(() => model.eval().forward(zeros([1, 3]), zeros([1, 2])));
    expect(summary(model, [[1, 3], zeros([1, 2])]).totalMacs).toBe(before.totalMacs);
  });

  test('may be lazy', () => {
    const model = new nn.Sequential(new nn.LazyLinear(4), new nn.ReLU());
    const table = summary(model, [2, 3]);
    expect(table.totalParams).toBe(16);
    expect(table.rows[1]!.type).toBe('Linear');
  });

  test('and its input are checked', () => {
    const model = new nn.Linear(3, 4);
    expect(() => summary('x' as never, [1])).toThrow("argument 'model' must be a Module");
    expect(() => summary(model, 'x' as never)).toThrow("argument 'input' must be a shape");
    expect(() => summary(model, [1, 3], { detph: 2 } as never)).toThrow("did you mean 'depth'");
    expect(() => summary(model, [1, 3], { dtypes: 'int32' })).toThrow();
  });
});

test('as text it is the table of torchinfo', () => {
  const model = new nn.Sequential(
    new nn.Sequential(new nn.Conv2d(1, 4, 3), new nn.BatchNorm2d(4), new nn.ReLU()),
    new nn.Flatten(),
    new nn.Linear(16, 2),
  );
  model.parameters().at(-1)!.requiresGrad_(false);
  expect(String(summary(model, [1, 1, 4, 4]))).toMatchInlineSnapshot(`
    "==========================================================================
    Layer (type (name):depth-idx)  Output Shape  Param #  Mult-Adds  Trainable
    ==========================================================================
    Sequential                     [1, 2]        --       --         --
    ├─Sequential (0): 1-1          [1, 4, 2, 2]  --       --         --
    │    └─Conv2d (0): 2-1         [1, 4, 2, 2]  40       144        True
    │    └─BatchNorm2d (1): 2-2    [1, 4, 2, 2]  8        16         True
    │    └─ReLU (2): 2-3           [1, 4, 2, 2]  --       --         --
    ├─Flatten (1): 1-2             [1, 16]       --       --         --
    ├─Linear (2): 1-3              [1, 2]        34       32         Partial
    ==========================================================================
    Total params: 82
    Trainable params: 80
    Non-trainable params: 2
    Total mult-adds: 192
    ==========================================================================
    Input size: 64 B
    Forward/backward pass size: 528 B
    Params size: 328 B
    Estimated total size: 920 B
    =========================================================================="
  `);
  expect(String(summary(model, [1, 1, 4, 4], { depth: 1 }))).toMatchInlineSnapshot(`
    "==========================================================================
    Layer (type (name):depth-idx)  Output Shape  Param #  Mult-Adds  Trainable
    ==========================================================================
    Sequential                     [1, 2]        --       --         --
    ├─Sequential (0): 1-1          [1, 4, 2, 2]  48       160        True
    ├─Flatten (1): 1-2             [1, 16]       --       --         --
    ├─Linear (2): 1-3              [1, 2]        34       32         Partial
    ==========================================================================
    Total params: 82
    Trainable params: 80
    Non-trainable params: 2
    Total mult-adds: 192
    ==========================================================================
    Input size: 64 B
    Forward/backward pass size: 528 B
    Params size: 328 B
    Estimated total size: 920 B
    =========================================================================="
  `);
});

test('as HTML it is a table with headings, and names cannot break out of it', () => {
  class Evil extends nn.Module {
    '<img src=x onerror="alert(1)">' = new nn.Linear(2, 2);
    "a'&b" = new nn.ReLU();
    override forward(x: Tensor): Tensor {
      return this['<img src=x onerror="alert(1)">'].forward(x);
    }
  }
  Object.defineProperty(Evil, 'name', { value: '</caption><script>' });
  const html = summary(new Evil(), [1, 2]).toHTML();
  expect(html).not.toMatch(/<img|<script|onerror="/);
  expect(html).toContain('&lt;img src=x onerror=&quot;alert(1)&quot;&gt;');
  expect(html).toContain('a&#39;&amp;b');
  expect(html).toContain('<caption>&lt;/caption&gt;&lt;script&gt;</caption>');
  const tags = [...html.matchAll(/<\/?([a-z]+)/g)].map(([, tag]) => tag);
  expect(new Set(tags)).toEqual(new Set(['table', 'caption', 'thead', 'tbody', 'tfoot', 'tr', 'th', 'td', 'span']));
  expect(html.match(/<th scope="(row|col)">/g)).toHaveLength(
    html.match(/<th/g)!.length - html.match(/<thead/g)!.length,
  );
});
