/** ONNX files compute what the modules compute. */
import {
  cat,
  functional as F,
  init,
  manualSeed,
  noGrad,
  OptionError,
  ones,
  rand,
  randint,
  randn,
  type Tensor,
} from 'lumigrad';
import { exportOnnx } from 'lumigrad/io';
import * as nn from 'lumigrad/nn';
import { beforeAll, describe, expect, test } from 'vitest';
import { testDevice } from '../device.ts';
import { flat, Of } from './onnx/of.ts';
import { readOnnx } from './onnx/read.ts';
import { runOnnx } from './onnx/run.ts';

beforeAll(() => init({ device: testDevice }));

class Attention extends nn.Module {
  embedding = new nn.Embedding(7, 4);
  norm = new nn.LayerNorm(4);
  qkv = new nn.Linear(4, 12);
  head = new nn.Linear(4, 7);
  override forward(ids: Tensor): Tensor {
    const x = this.embedding.forward(ids);
    const [b, t] = x.shape as [number, number];
    const parts = this.qkv.forward(this.norm.forward(x)).chunk(3, -1) as Tensor[];
    const [q, k, v] = parts.map((z) => z.reshape([b, t, 2, 2]).transpose(1, 2)) as [Tensor, Tensor, Tensor];
    const mixed = F.scaledDotProductAttention(q, k, v, { isCausal: true });
    return this.head.forward(F.gelu(x.add(mixed.transpose(1, 2).reshape([b, t, 4]))));
  }
}
/** Exports, runs the file, and compares with the module; gives the file. */
async function check(model: nn.Module, ...inputs: Tensor[]) {
  const file = readOnnx(await exportOnnx(model, inputs));
  expect([...model.modules()].every((m) => m.training)).toBe(true);
  expect(file.opset).toBe(17);
  model.eval();
  const wanted = flat(noGrad(() => model.forward(...(inputs as never[]))));
  const got = await runOnnx(file, inputs);
  expect(got).toHaveLength(wanted.length);
  for (const [i, t] of got.entries()) {
    expect([t.dtype, t.shape]).toEqual([wanted[i]!.dtype, wanted[i]!.shape]);
    expect(file.outputs[i]!.shape).toEqual(wanted[i]!.shape);
    const [a, b] = [await t.data(), await wanted[i]!.data()];
    for (const [n, value] of b.entries()) expect(a[n], `output ${i}, element ${n}`).toBeCloseTo(value, 4);
  }
  return file;
}

describe('exportOnnx writes', () => {
  test('a perceptron: parameters under their names, dropout left out', async () => {
    manualSeed(1);
    const file = await check(
      new nn.Sequential(new nn.Linear(3, 4), new nn.ReLU(), new nn.Dropout(0.5), new nn.Linear(4, 2)),
      randn([2, 3]),
    );
    expect([...file.constants.keys()].sort()).toEqual(['0.bias', '0.weight', '3.bias', '3.weight']);
    expect(file.nodes.map(({ op }) => op)).toEqual([
      'Transpose',
      'MatMul',
      'Add',
      'Relu',
      'Transpose',
      'MatMul',
      'Add',
      'Identity',
    ]);
    expect(file.inputs).toEqual([{ name: 'input', type: 1, shape: [2, 3] }]);
    expect(file.outputs).toEqual([{ name: 'output', type: 1, shape: [2, 2] }]);
  });

  test('a convolutional network with running statistics', async () => {
    manualSeed(2);
    const model = new nn.Sequential(
      new nn.Conv2d(2, 4, 3, { padding: 1, stride: 2 }),
      new nn.BatchNorm2d(4),
      new nn.ReLU(),
      new nn.MaxPool2d(2),
      new nn.Conv2d(4, 4, 3, { padding: 1, groups: 2, bias: false }),
      new nn.AvgPool2d(2),
      new nn.Flatten(),
      new nn.Linear(4, 3),
    );
    model.forward(randn([2, 2, 8, 8]).add(1)); // moves the running statistics
    const file = await check(model, randn([2, 2, 8, 8]));
    expect(file.nodes.filter(({ op }) => op === 'Conv')).toHaveLength(2);
    expect(file.constants.has('1.running_mean')).toBe(true);
  });

  test('embeddings, layer normalisation and causal attention', async () => {
    manualSeed(3);
    const file = await check(new Attention(), randint(0, 7, [2, 3]));
    expect(file.inputs[0]!.type).toBe(6);
    expect(file.nodes.some(({ op }) => op === 'LayerNormalization')).toBe(true);
  });

  test('upsampling and transposed convolution', async () => {
    manualSeed(4);
    const weight = randn([2, 3, 3, 3]);
    const model = new Of((x) => [
      F.interpolate(x!, { scaleFactor: 2 }),
      F.interpolate(x!, { size: [4, 5], mode: 'bilinear', alignCorners: false }),
      F.convTranspose2d(x!, weight, null, { stride: 2, padding: 1, outputPadding: 1 }),
      F.pad(x!, [1, 0, 2, 1]),
    ]);
    await check(model, randn([1, 2, 3, 3]));
  });

  test('functions, shapes, several inputs and outputs, writes in place', async () => {
    manualSeed(5);
    const model = new Of((x, y) => {
      const written = x!.clone();
      written.at(0).mul_(2);
      return [
        x!.softmax(-1),
        x!.logSoftmax(0),
        x!.sum(),
        x!.mean(1),
        x!.amax(1),
        x!.argmax(1),
        x!.argmin(),
        x!.clamp(-0.5, 0.5),
        F.leakyRelu(x!, 0.2),
        F.silu(x!),
        F.softplus(x!),
        F.gelu(x!, { approximate: 'tanh' }),
        x!.flip(0),
        x!.at(':', [0, 3, 2]),
        cat([x!, y!], 1),
        x!.T.matmul(y!),
        x!.gt(0).any(),
        x!.abs().pow(0.5).maximum(y!),
        x!.unsqueeze(0).expand([2, 3, 4]),
        x!.diagonal(),
        written,
        y!,
      ];
    });
    const file = await check(model, randn([3, 4]), randn([3, 4]));
    expect(file.outputs.map(({ name }) => name).slice(0, 2)).toEqual(['output', 'output_1']);
  });
});

describe('exportOnnx', () => {
  const linear = () => new nn.Linear(2, 1);
  test('names inputs and outputs', async () => {
    const file = readOnnx(await exportOnnx(linear(), ones([1, 2]), { inputNames: ['a'], outputNames: ['b'] }));
    expect([file.inputs[0]!.name, file.outputs[0]!.name]).toEqual(['a', 'b']);
    const names = { inputNames: ['weight'] };
    await expect(exportOnnx(linear(), ones([1, 2]), names)).rejects.toThrow("two values are named 'weight'");
    await expect(exportOnnx(linear(), ones([1, 2]), { outputNames: [] })).rejects.toThrow(
      '0 names are given for 1 outputs',
    );
    await expect(exportOnnx(linear(), ones([1, 2]), { inputName: [] } as never)).rejects.toThrow(
      "did you mean 'inputNames'",
    );
  });
  test('leaves out what does not reach an output, and computes constants beforehand', async () => {
    const file = await check(
      new Of((x) => {
        x!.sort?.();
        return x!.mul(ones([2]).add(1).exp());
      }),
      randn([2]),
    );
    expect(file.nodes.map(({ op }) => op)).toEqual(['Mul', 'Identity']);
  });
  test('refuses what has no counterpart, and what is random', async () => {
    const of = (fn: (x: Tensor) => unknown) => exportOnnx(new Of(fn as never), randn([4]));
    await expect(of((x) => x.cumsum(0))).rejects.toThrow(OptionError);
    await expect(of((x) => x.cumsum(0))).rejects.toThrow('has no counterpart among the operators of ONNX');
    await expect(of((x) => x.add(rand([4])))).rejects.toThrow('draws random numbers');
    await expect(of(() => 5)).rejects.toThrow('forward gave 5, and no Tensor');
    await expect(exportOnnx(5 as never, ones([1]))).rejects.toThrow("argument 'model' must be a Module");
    await expect(exportOnnx(linear(), [5 as never])).rejects.toThrow("argument 'inputs' must be Tensors");
  });
  test('leaves the module and its gradients as they were, whatever forward does', async () => {
    const model = linear();
    const failing = new Of(() => {
      throw new OptionError('no');
    });
    await expect(exportOnnx(failing, ones([1, 2]))).rejects.toThrow('no');
    expect(failing.training).toBe(true);
    await exportOnnx(model, ones([1, 2]));
    model
      .forward(ones([1, 2]))
      .sum()
      .backward();
    expect(await model.weight.grad!.tolist()).toEqual([[1, 1]]);
  });
});
