/** Freed tensors, misused autograd, functions that answer later, settings changed behind an optimizer's back. */
import { beforeAll, describe, expect, test } from 'vitest';
import {
  DisposedError,
  DTypeError,
  enableGrad,
  GradError,
  grad,
  init,
  isGradEnabled,
  noGrad,
  OptionError,
  ones,
  ShapeError,
  scope,
  type Tensor,
  tensor,
} from '../../src/index.ts';
import * as nn from '../../src/nn/index.ts';
import * as optim from '../../src/optim/index.ts';
import { testDevice } from '../device.ts';
import { eachRefusal, wild } from './refusals.ts';

beforeAll(() => init({ device: testDevice }));
const leaf = (): Tensor => tensor([1, 2], { dtype: 'float32', requiresGrad: true });

describe('a freed tensor', () => {
  test('cannot be used or read', async () => {
    const x = ones([2]);
    x.dispose();
    x.dispose();
    expect(() => x.add(1)).toThrow(DisposedError);
    expect(() => x.at(0).add(1)).toThrow(DisposedError);
    expect(() => x.keep()).toThrow(DisposedError);
    await expect(x.data()).rejects.toThrow('this tensor was disposed');
    expect(x.shape).toEqual([2]);
  });
  test('is still seen by what was asked for before', async () => {
    const x = ones([2]).add(1);
    const later = x.mul(2);
    const read = x.data();
    x.dispose();
    // Memory that is given back is used again at once.
    for (let i = 0; i < 10; i++) tensor([i, i]);
    expect([...(await read)]).toEqual([2, 2]);
    expect(await later.tolist()).toEqual([4, 4]);
  });
  test('that backward needs says so', () => {
    const w = leaf();
    const x = ones([2]).add(1);
    const loss = x.mul(w).sum();
    x.dispose();
    expect(() => loss.backward()).toThrow(DisposedError);
  });
  test('that an optimizer needs says so', () => {
    const [w, v] = [leaf(), leaf()];
    const optimizer = new optim.SGD([w, v]);
    w.mul(v).sum().backward();
    v.grad!.dispose();
    expect(() => optimizer.step()).toThrow(DisposedError);
  });
});

describe('autograd', () => {
  eachRefusal([
    [
      'nothing to differentiate',
      () => ones([]).backward(),
      GradError,
      'element 0 of tensors does not require grad and does not have a grad_fn',
    ],
    ['no scalar', () => leaf().mul(2).backward(), GradError, 'grad can be implicitly created only for scalar outputs'],
    [
      'options for a gradient',
      () =>
        leaf()
          .sum()
          .backward(wild({ retainGraph: true })),
      OptionError,
      /^gradients can be either Tensors or None, but got Object\n.*backward\(null, /,
    ],
    [
      'gradient of another shape',
      () => leaf().backward(ones([3])),
      GradError,
      'Mismatch in shape: grad_output[0] has a shape of torch.Size([3]) and output[0] has a shape of torch.Size([2]).',
    ],
    [
      'misspelt',
      () =>
        leaf()
          .sum()
          .backward(null, wild({ retainGrph: true })),
      OptionError,
      /did you mean 'retainGraph'/,
    ],
    [
      'grad() of another shape',
      () => {
        const w = leaf();
        grad(w.mul(2), w, { gradOutputs: [ones([3])] });
      },
      GradError,
      'Mismatch in shape',
    ],
    [
      'grad() with too few',
      () => {
        const w = leaf();
        grad([w.sum(), w.sum()], w, { gradOutputs: [null] });
      },
      OptionError,
      /one entry per output/,
    ],
    [
      'unused input',
      () => grad(leaf().sum(), leaf()),
      GradError,
      'The differentiated Tensor at index 0 appears to not have been used in the graph.',
    ],
    [
      'integers',
      () => ones([2], { dtype: 'int32' }).requiresGrad_(),
      GradError,
      'only Tensors of floating point dtype can require gradients',
    ],
    [
      'no leaf',
      () => leaf().mul(2).requiresGrad_(false),
      GradError,
      'you can only change requires_grad flags of leaf variables.',
    ],
    [
      'leaf in place',
      () => leaf().add_(1),
      GradError,
      'a leaf Variable that requires grad is being used in an in-place operation.',
    ],
    [
      'view of a leaf in place',
      () => leaf().at(0).zero_(),
      GradError,
      'a view of a leaf Variable that requires grad is being used in an in-place operation.',
    ],
    [
      'expanded in place',
      () => ones([1]).expand(2).add_(1),
      ShapeError,
      'unsupported operation: more than one element of the written-to tensor refers to a single memory location.',
    ],
    [
      'shape in place',
      () => ones([2]).add_(ones([3, 2])),
      ShapeError,
      "output with shape [2] doesn't match the broadcast shape [3, 2]",
    ],
    [
      'dtype in place',
      () => ones([2], { dtype: 'int32' }).add_(1.5),
      DTypeError,
      "result type float32 can't be cast to the desired output type int32",
    ],
    [
      'grad that is none',
      () => {
        leaf().grad = wild(5);
      },
      OptionError,
      'assigned grad expected to be a Tensor or None but got grad of type 5',
    ],
    [
      'grad of another size',
      () => {
        leaf().grad = ones([3]);
      },
      ShapeError,
      "attempting to assign a gradient of size '[3]' to a tensor of size '[2]'.",
    ],
    [
      'grad of another dtype',
      () => {
        leaf().grad = ones([2], { dtype: 'int32' });
      },
      DTypeError,
      "attempting to assign a gradient with dtype 'int32'",
    ],
  ]);
  test('the same graph twice', () => {
    const w = leaf();
    const loss = w.square().sum();
    loss.backward();
    expect(() => loss.backward()).toThrow('Trying to backward through the graph a second time');
  });
  test('a leaf changed under a tape', () => {
    const w = leaf();
    const loss = w.square().sum();
    noGrad(() => w.add_(1));
    expect(() => loss.backward()).toThrow(
      'one of the variables needed for gradient computation has been modified by an inplace',
    );
  });
  test('a gradient of another dtype is cast, as in PyTorch', async () => {
    const w = leaf();
    w.mul(2).backward(tensor([1, 3]));
    expect(w.grad!.dtype).toBe('float32');
    expect(await w.grad!.tolist()).toEqual([2, 6]);
  });
  test('a failure leaves nothing behind', async () => {
    const w = leaf();
    const h = w.mul(2);
    const broken = h.square().sum();
    h.add_(1);
    expect(() => broken.backward()).toThrow(GradError);
    expect(() => noGrad(() => w.matmul(ones([3])))).toThrow(ShapeError);
    expect(isGradEnabled()).toBe(true);
    expect(() => scope(() => w.reshape(3))).toThrow(ShapeError);
    w.sum().backward();
    expect(await w.grad!.tolist()).toEqual([1, 1]);
  });
});

describe('what must be synchronous', () => {
  const later = async () => ones([1]);
  eachRefusal([
    ['noGrad', () => noGrad(later), GradError, 'noGrad() takes a synchronous function'],
    ['enableGrad', () => enableGrad(later), GradError, 'enableGrad() takes a synchronous function'],
    ['scope', () => scope(later), OptionError, 'scope() takes a synchronous function'],
    [
      'forward',
      () =>
        new (class extends nn.Module {
          override forward() {
            return later();
          }
        })().forward(),
      OptionError,
      'forward() must be synchronous',
    ],
    [
      'forward hook',
      () => hooked((m) => m.registerForwardHook(later)),
      OptionError,
      'a forward hook must be synchronous',
    ],
    [
      'forward pre-hook',
      () => hooked((m) => m.registerForwardPreHook(wild(later))),
      OptionError,
      'a forward pre-hook must be synchronous',
    ],
    ['closure', () => new optim.SGD([leaf()]).step(wild(later)), GradError, 'step() takes a synchronous function'],
  ]);
});
test('a forward that would go past hooks and scopes is refused when the module is made', () => {
  class Field extends nn.Module {
    override forward = (x: Tensor) => x;
  }
  expect(() => new Field()).toThrow('Field: forward must be a method, not a field of the class');
  const module = new nn.ReLU();
  const seen: unknown[] = [];
  module.registerForwardHook((_m, _inputs, output) => seen.push(output) && undefined);
  module.forward = (x) => x;
  module.forward(ones([1]));
  expect(seen).toHaveLength(1);
  expect(() => {
    module.forward = wild(5);
  }).toThrow(OptionError);
});

function hooked(register: (module: nn.Module) => unknown): unknown {
  const module = new nn.ReLU();
  register(module);
  return module.forward(ones([1]));
}

describe('optimizers', () => {
  eachRefusal([
    [
      'nothing',
      () => new optim.SGD(wild(null)),
      OptionError,
      'params argument given to the optimizer should be an iterable of Tensors or dicts, but got null',
    ],
    [
      'one tensor',
      () => new optim.SGD(wild(leaf())),
      OptionError,
      'params argument given to the optimizer should be an iterable of Tensors or dicts, but got Tensor',
    ],
    [
      'a module',
      () => new optim.SGD(wild(new nn.Linear(1, 1))),
      OptionError,
      /but got Linear\n {2}give model\.parameters\(\)/,
    ],
    ['no tensors', () => new optim.SGD([]), OptionError, 'optimizer got an empty parameter list'],
    [
      'numbers',
      () => new optim.SGD(wild([1])),
      OptionError,
      'optimizer can only optimize Tensors, but one of the params is 1',
    ],
    ['no leaf', () => new optim.SGD([leaf().mul(2)]), GradError, "can't optimize a non-leaf Tensor"],
    ['negative rate', () => new optim.SGD([leaf()], { lr: -1 }), OptionError, 'Invalid learning rate: -1'],
    [
      'rate in words',
      () => new optim.SGD([leaf()], { lr: wild('0.1') }),
      OptionError,
      "SGD(): argument 'lr' must be a number, not '0.1'",
    ],
    ['rate alone, in words', () => new optim.SGD([leaf()], wild('0.1')), OptionError, "Invalid learning rate: '0.1'"],
    ['unknown', () => new optim.SGD([leaf()], wild({ momentun: 1 })), OptionError, /momentun.*\n?.*momentum/],
    ['betas', () => new optim.Adam([leaf()], { betas: wild(0.9) }), OptionError, 'Invalid beta parameters: 0.9'],
    [
      'group',
      () => new optim.SGD([leaf()]).addParamGroup(wild(null)),
      OptionError,
      'param_group must be a dict, but got null',
    ],
  ]);
  test('settings made wrong between steps are refused by the step, and nothing is changed', async () => {
    const w = leaf();
    const optimizer = new optim.SGD([w], { lr: 1 });
    w.sum().backward();
    for (const lr of [Number.NaN, undefined, 'a']) {
      optimizer.paramGroups[0]!.lr = wild(lr);
      expect(() => optimizer.step()).toThrow('Invalid learning rate');
    }
    optimizer.paramGroups[0]!.lr = 1;
    optimizer.step();
    expect(await w.tolist()).toEqual([0, 1]);
  });
  test('state that does not fit is refused as a whole', async () => {
    const w = leaf();
    const optimizer = new optim.Adam([w], { lr: 0.5 });
    w.sum().backward();
    optimizer.step();
    const good = optimizer.stateDict();
    const [group] = good.param_groups;
    const moments = { exp_avg: ones([2]), exp_avg_sq: ones([2]) };
    for (const [bad, words] of [
      [null, "argument 'stateDict' must be what stateDict() gave, not null"],
      [{ state: {}, param_groups: [] }, 'loaded state dict has a different number of parameter groups'],
      [{ state: {}, param_groups: [{ params: [0, 1] }] }, "doesn't match the size of optimizer's group"],
      [{ state: {}, param_groups: [{ ...group, lr: 'evil' }] }, "argument 'lr' must be a number"],
      [{ state: {}, param_groups: [{ ...group, eps: -1 }] }, 'Invalid epsilon value: -1'],
      [
        { state: { 0: { ...moments, step: 'x' } }, param_groups: [group] },
        "step must be an integer of at least 0, got 'x'",
      ],
      [
        { state: { 0: { ...moments, step: 1, exp_avg: ones([1]) } }, param_groups: [group] },
        'exp_avg has shape [1], its parameter [2]',
      ],
      [
        { state: { 0: { step: 1, exp_avg: ones([2]) } }, param_groups: [{ ...group, lr: 9 }] },
        'exp_avg_sq must be Tensor, not undefined',
      ],
    ] as const) {
      expect(() => optimizer.loadStateDict(wild(bad))).toThrow(words);
    }
    expect(optimizer.paramGroups[0]!.lr).toBe(0.5);
    expect(optimizer.stateDict().state[0]!.step).toBe(1);
    await optimizer.loadStateDict(good);
  });
});

test('NaN and infinity are numbers like others: nothing throws, nothing hangs', async () => {
  const model = new nn.Sequential(new nn.Linear(3, 3), new nn.ReLU(), new nn.Linear(3, 2));
  const optimizer = new optim.Adam(model.parameters());
  for (const value of [Number.NaN, Number.POSITIVE_INFINITY, 3e38, -0]) {
    optimizer.zeroGrad();
    const loss = new nn.CrossEntropyLoss().forward(model.forward(ones([2, 3]).mul(value)), tensor([0, 1]));
    loss.backward();
    nn.utils.clipGradNorm_(model.parameters(), 1);
    optimizer.step();
    await loss.item();
  }
  expect((await model.parameters()[0]!.data()).every(Number.isNaN)).toBe(true);
});
