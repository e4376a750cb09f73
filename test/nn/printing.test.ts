/** Models print as PyTorch prints them, letter for letter (test/golden/printing.json). */
import { describe, expect, test } from 'vitest';
import type { Tensor } from '../../src/index.ts';
import * as nn from '../../src/nn/index.ts';

interface Golden {
  readonly models: readonly { readonly name: string; readonly text: string }[];
}
const golden = Object.values(
  import.meta.glob<Golden>('../golden/printing.json', { eager: true, import: 'default' }),
)[0]!;

class Net extends nn.Module {
  conv1 = new nn.Conv2d(1, 8, 3, { padding: 1 });
  bn = new nn.BatchNorm2d(8);
  blocks = new nn.ModuleList([new nn.Linear(4, 4), new nn.Linear(4, 4), new nn.Linear(4, 4), new nn.ReLU()]);
  head = new nn.Sequential(new nn.Flatten(), new nn.Dropout(0.25), new nn.Linear(8, 2, { bias: false }));

  override forward(x: Tensor): Tensor {
    return this.head.forward(this.bn.forward(this.conv1.forward(x)));
  }
}

const models: Readonly<Record<string, () => nn.Module>> = {
  linear: () => new nn.Linear(3, 2),
  mlp: () => new nn.Sequential(new nn.Linear(784, 128), new nn.ReLU(), new nn.Linear(128, 10)),
  nested: () =>
    new nn.Sequential(new nn.Sequential(new nn.Linear(2, 2), new nn.Tanh()), new nn.Sequential(), new nn.Identity()),
  convs: () =>
    new nn.Sequential(
      new nn.Conv2d(3, 6, 5),
      new nn.Conv2d(6, 6, [3, 5], { stride: [2, 1], padding: [1, 2], dilation: [1, 1], groups: 3, bias: false }),
      new nn.Conv2d(6, 6, 3, { dilation: 2 }),
      new nn.MaxPool2d(2),
      new nn.MaxPool2d(3, { stride: 2, padding: 1, ceilMode: true }),
      new nn.AvgPool2d(2),
      new nn.BatchNorm1d(4, { eps: 1e-3, momentum: 0.2, affine: false }),
      new nn.BatchNorm2d(6, { trackRunningStats: false }),
    ),
  activations: () =>
    new nn.Sequential(
      new nn.ReLU(),
      new nn.LeakyReLU(0.2),
      new nn.GELU(),
      new nn.GELU({ approximate: 'tanh' }),
      new nn.SiLU(),
      new nn.Sigmoid(),
      new nn.Tanh(),
      new nn.Softplus(),
      new nn.Softmax(1),
      new nn.LogSoftmax(-1),
      new nn.Dropout(),
    ),
  others: () =>
    new nn.Sequential(
      new nn.Embedding(10, 3),
      new nn.Embedding(10, 3, { paddingIdx: 0 }),
      new nn.LayerNorm(8),
      new nn.LayerNorm([2, 8], { eps: 1e-6, elementwiseAffine: false }),
      new nn.Flatten(0, 1),
    ),
  losses: () =>
    new nn.ModuleList([new nn.CrossEntropyLoss(), new nn.MSELoss(), new nn.NLLLoss(), new nn.BCEWithLogitsLoss()]),
  net: () => new Net(),
};

describe('models', () => {
  test.each(golden.models.map(({ name, text }) => [name, text] as const))('%s', (name, text) => {
    expect(String(models[name]!())).toBe(text);
  });
});
