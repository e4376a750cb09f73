/** ONNX files whose sizes differ from run to run. */
import { cat, functional as F, init, manualSeed, noGrad, OptionError, randn, type Tensor } from 'lumigrad';
import { type ExportOnnxOptions, exportOnnx } from 'lumigrad/io';
import * as nn from 'lumigrad/nn';
import { beforeAll, describe, expect, test } from 'vitest';
import { flat, Of } from './onnx/of.ts';
import { readOnnx } from './onnx/read.ts';
import { runOnnx } from './onnx/run.ts';

beforeAll(() => init({ device: 'cpu' }));

describe('sizes that may differ', () => {
  /** Exports at the first shapes; what the file computes at the others is what the module does. */
  async function checkAt(
    model: nn.Module,
    dynamicAxes: ExportOnnxOptions['dynamicAxes'] & object,
    ...shapes: number[][][]
  ) {
    const [first] = shapes as [number[][]];
    const file = readOnnx(
      await exportOnnx(
        model,
        first.map((shape) => randn(shape)),
        { dynamicAxes },
      ),
    );
    model.eval();
    for (const shape of shapes.slice(1)) {
      const inputs = shape.map((sizes) => randn(sizes));
      const wanted = flat(noGrad(() => model.forward(...(inputs as never[]))));
      const got = await runOnnx(file, inputs);
      for (const [i, t] of got.entries()) {
        expect(t.shape, `output ${i}`).toEqual(wanted[i]!.shape);
        const [a, b] = [await t.data(), await wanted[i]!.data()];
        for (const [n, value] of b.entries()) expect(a[n], `output ${i}, element ${n}`).toBeCloseTo(value, 4);
      }
    }
    return file;
  }

  test('of a batch: perceptrons, convolutions, recurrent layers, whose state starts with zeros', async () => {
    manualSeed(6);
    const net = new nn.Sequential(new nn.Conv2d(1, 2, 2), new nn.ReLU(), new nn.Flatten(), new nn.Linear(8, 2));
    const file = await checkAt(net, { input: { 0: 'batch' } }, [[1, 1, 3, 3]], [[1, 1, 3, 3]], [[3, 1, 3, 3]]);
    expect([file.inputs[0]!.shape, file.outputs[0]!.shape]).toEqual([
      ['batch', 1, 3, 3],
      ['batch', 2],
    ]);
    expect([...file.constants.keys()].filter((name) => !name.startsWith('/')).sort()).toEqual([
      '0.bias',
      '0.weight',
      '3.bias',
      '3.weight',
    ]);
    const gru = new nn.GRU(2, 2);
    const rnn = new Of((x) => gru.forward(x!)[0]);
    const sequence = await checkAt(rnn, { input: { 1: 'batch' }, output: [1] }, [[2, 2, 2]], [[2, 1, 2]], [[2, 3, 2]]);
    expect(sequence.outputs[0]!.shape).toEqual([2, 'output_dynamic_axes_1', 2]);
  });

  test('of several axes, together and alone', async () => {
    manualSeed(7);
    const attention = new Of((x) => {
      const [b, t] = x!.shape as [number, number];
      const heads = x!.reshape([b, t, 2, 2]).transpose(1, 2);
      return F.scaledDotProductAttention(heads, heads, heads)
        .transpose(1, 2)
        .reshape([b * t, 4]);
    });
    const file = await checkAt(attention, { input: { 0: 'b', 1: 't' } }, [[2, 3, 4]], [[1, 3, 4]], [[3, 2, 4]]);
    expect(file.outputs[0]!.shape).toEqual(['output_dynamic_axes_0', 4]);
    const mixed = new Of((x, y) => [
      x!.add(y!).flip(0),
      cat([x!, y!], 0),
      x!.T.matmul(y!),
      x!.expand([2, ...x!.shape]),
    ]);
    const axes = { input: { 0: 'n' }, input_1: { '-2': 'n' } };
    const files = await checkAt(mixed, axes, [[2, 2], [2, 2]], [[3, 2], [3, 2]]); // biome-ignore format: pairs
    expect(files.outputs.map(({ shape }) => shape)).toEqual([
      ['n', 2],
      ['output_1_dynamic_axes_0', 2],
      [2, 2],
      [2, 'n', 2],
    ]);
  });

  test('that more than shapes follow are refused', async () => {
    const of = (fn: (x: Tensor) => unknown, dynamicAxes: object = { input: { 0: 'n' } }) =>
      exportOnnx(new Of(fn as never), randn([2, 3]), { dynamicAxes: dynamicAxes as never });
    const cases: [(x: Tensor) => unknown, string][] = [
      [(x) => x.mean(0), "where 'n' differs, Div has a constant that follows in no simple way"],
      [(x) => x.diagonal(), 'Gather has a constant that follows in no simple way'],
      [(x) => (x.shape[0]! > 3 ? x.relu() : x.tanh()), 'Tanh takes other ways'],
      [(x) => (x.shape[0]! > 3 ? x.relu().relu() : x.relu()), 'takes other ways'],
      [(x) => x.sum().expand([x.shape[0]! ** 2]), 'Expand has a constant'],
      [(x) => x.reshape([2, 3]), "forward failed where 'n' is 4: shape '[2, 3]' is invalid for input of size 12"],
    ];
    for (const [fn, message] of cases) {
      await expect(of(fn)).rejects.toThrow(OptionError);
      await expect(of(fn)).rejects.toThrow(message);
    }
    const wrong: [object, string][] = [
      [{ x: [0] }, "'x' is no input and no output\n  they are input, output"],
      [{ input: [2] }, "'input' has 2 dims, and none with number 2"],
      [{ input: { 0: '' } }, "must be a text, not ''"],
      [{ input: { 0: 'n', 1: 'n' } }, "'n' is of the sizes 2 and 3"],
    ];
    for (const [axes, message] of wrong) await expect(of((x) => x.relu(), axes)).rejects.toThrow(message);
  });
});
