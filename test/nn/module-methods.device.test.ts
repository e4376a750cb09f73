/** What modules can do beside computing: hooks, conversion, members by name, loading. */
import { beforeAll, describe, expect, test } from 'vitest';
import { GradError, init, OptionError, ones, ShapeError, type Tensor, tensor, zeros } from '../../src/index.ts';
import * as nn from '../../src/nn/index.ts';
import { testDevice } from '../device.ts';

beforeAll(() => init({ device: testDevice }));

class Net extends nn.Module {
  first = new nn.Linear(2, 3);
  inner = new nn.Sequential(new nn.BatchNorm1d(3), new nn.ReLU());
  override forward(x: Tensor): Tensor {
    return this.inner.forward(this.first.forward(x));
  }
}
const leaf = (values: number[]): Tensor => tensor(values, { dtype: 'float32', requiresGrad: true });

describe('forward', () => {
  test('as a field of the class is refused, with the way out', () => {
    class Field extends nn.Module {
      override forward = (x: Tensor): Tensor => x;
    }
    expect(() => new Field()).toThrow(OptionError);
    expect(() => new Field()).toThrow(
      'Field: forward must be a method, not a field of the class\n  write forward(x) { … } instead of forward = (x) => …',
    );
  });
  test('may be set in a constructor, and is wrapped there too', async () => {
    class Given extends (nn.Module as unknown as new () => nn.Identity) {
      constructor(fn: (x: Tensor) => Tensor) {
        super();
        this.forward = fn as never;
      }
    }
    const module = new Given((x) => x.add(1));
    module.registerForwardHook((_, __, y) => (y as Tensor).mul(2));
    expect(await (module.forward as unknown as (x: Tensor) => Tensor)(tensor([1, 2])).tolist()).toEqual([4, 6]);
  });
  test('that is missing is said to be missing', () => {
    class Nothing extends (nn.Module as unknown as new () => nn.Identity) {}
    expect(() => (new Nothing().forward as () => void)()).toThrow(
      'Module [Nothing] is missing the required "forward" function',
    );
  });
});

describe('forward hooks', () => {
  test('come in order, or before those that are there', () => {
    const layer = new nn.Identity();
    const seen: string[] = [];
    const note = (name: string) => () => void seen.push(name);
    layer.registerForwardPreHook(note('pre 1'));
    layer.registerForwardPreHook(note('pre 0'), { prepend: true });
    layer.registerForwardHook(note('post 1'));
    layer.registerForwardHook(note('post 0'), { prepend: true });
    layer.forward(ones([1]));
    expect(seen).toEqual(['pre 0', 'pre 1', 'post 0', 'post 1']);
  });
  test('are called for errors too, if they ask for it, and do not hide them', () => {
    const layer = new nn.Linear(2, 3);
    const seen: unknown[] = [];
    layer.registerForwardHook(() => seen.push('never'));
    layer.registerForwardHook((_, inputs, output) => seen.push(inputs.length, output), { alwaysCall: true });
    layer.registerForwardHook(
      () => {
        throw new Error('of a hook');
      },
      { alwaysCall: true },
    );
    expect(() => layer.forward(ones([1, 5]))).toThrow('mat1 and mat2 shapes cannot be multiplied');
    expect(seen).toEqual([1, null]);
  });
  test('may remove themselves', () => {
    const layer = new nn.Identity();
    let calls = 0;
    const handle = layer.registerForwardHook(() => {
      calls++;
      handle.remove();
    });
    layer.forward(ones([1]));
    layer.forward(ones([1]));
    expect(calls).toBe(1);
    expect(() => layer.registerForwardHook(() => {}, { first: true } as never)).toThrow("unexpected option 'first'");
  });
});

describe('full backward hooks', () => {
  test('see the gradients of inputs and outputs, and may replace the first', async () => {
    const layer = new nn.Linear(2, 1, { bias: false });
    const seen: unknown[] = [];
    layer.registerFullBackwardHook((module, gradInput, gradOutput) => {
      seen.push(
        module === layer,
        gradInput.length,
        gradInput[0]!.shape,
        gradOutput.map((g) => g!.shape),
      );
      return [gradInput[0]!.mul(10)];
    });
    const x = leaf([1, 2]);
    layer.forward(x.reshape(1, 2)).sum().backward();
    expect(seen).toEqual([true, 1, [1, 2], [[1, 1]]]);
    const [w] = (await layer.weight.tolist()) as number[][];
    const expected = w!.map((v) => Math.fround(v * 10));
    expect(await x.grad!.tolist()).toEqual(expected);
    expect(await layer.weight.grad!.tolist()).toEqual([[1, 2]]);
  });
  test('those before may replace the gradients of the outputs', async () => {
    const layer = new nn.ReLU();
    const seen: unknown[] = [];
    layer.registerFullBackwardPreHook((_, [grad]) => [grad!.mul(3)]);
    layer.registerFullBackwardHook((_, __, [grad]) => void seen.push(grad));
    const x = leaf([1, -1]);
    layer.forward(x).sum().backward();
    expect(await x.grad!.tolist()).toEqual([3, 0]);
    expect(await (seen[0] as Tensor).tolist()).toEqual([3, 3]);
  });
  test('are called where no input has a gradient, and not under noGrad', async () => {
    const layer = new nn.Linear(2, 1);
    const seen: unknown[] = [];
    const handle = layer.registerFullBackwardHook(
      (_, gradInput, gradOutput) => void seen.push(gradInput, gradOutput.length),
    );
    layer
      .forward(ones([1, 2]))
      .sum()
      .backward();
    expect(seen).toEqual([[null], 1]);
    handle.remove();
    layer
      .forward(ones([1, 2]))
      .sum()
      .backward();
    expect(seen).toHaveLength(2);
  });
  test('several inputs and outputs: those that are no tensors are null', async () => {
    class Two extends nn.Module {
      override forward(x: Tensor, factor: number, y: Tensor): Tensor[] {
        return [x.mul(factor), y.mul(x)];
      }
    }
    const two = new Two();
    const shapes: unknown[] = [];
    const of = (list: readonly (Tensor | null)[]) => list.map((t) => t?.shape ?? null);
    two.registerFullBackwardHook((_, gradInput, gradOutput) => void shapes.push(of(gradInput), of(gradOutput)));
    const [x, y] = [leaf([1, 2]), leaf([3, 4])];
    const [a, b] = two.forward(x, 2, y);
    a!.add(b!).sum().backward();
    expect(shapes).toEqual([
      [[2], null, [2]],
      [[2], [2]],
    ]);
    expect(await x.grad!.tolist()).toEqual([5, 6]);
    expect(await y.grad!.tolist()).toEqual([1, 2]);
  });
  test('a wrong number of gradients', () => {
    const layer = new nn.ReLU();
    layer.registerFullBackwardHook(() => []);
    const y = layer.forward(leaf([1])).sum();
    expect(() => y.backward()).toThrow(GradError);
    const other = new nn.ReLU();
    other.registerFullBackwardPreHook(() => []);
    expect(() =>
      other
        .forward(leaf([1]))
        .sum()
        .backward(),
    ).toThrow('Backward pre hook returned an invalid number of grad_output, got 0, but expected 1');
  });
});

describe('members by name', () => {
  test('are found by the names of the state', () => {
    const net = new Net();
    expect(net.getSubmodule('inner.1')).toBe(net.inner.at(1));
    expect(net.getSubmodule('')).toBe(net);
    expect(net.getParameter('first.weight')).toBe(net.first.weight);
    expect(net.getBuffer('inner.0.running_mean')).toBe((net.inner.at(0) as nn.BatchNorm1d).runningMean);
    net.setSubmodule('inner.1', new nn.Tanh());
    expect(String(net.inner.at(1))).toBe('Tanh()');
  });
  test.each<[string, (net: Net) => unknown, string]>([
    ['a module that is not there', (net) => net.getSubmodule('inner.2'), 'Sequential has no attribute `2`'],
    ['no module', (net) => net.getSubmodule('first.weight'), '`weight` is not an nn.Module'],
    ['no parameter', (net) => net.getParameter('inner.0.running_mean'), '`running_mean` is not an nn.Parameter'],
    ['no buffer', (net) => net.getBuffer('first.weight'), '`weight` is not a buffer'],
    ['nothing', (net) => net.getParameter('first.scale'), 'Linear has no attribute `scale`'],
    ['no name', (net) => net.setSubmodule('', net), 'Cannot set the submodule without a target name!'],
  ])('%s', (_, call, message) => {
    expect(() => call(new Net())).toThrow(message);
  });
  test('are registered by name', () => {
    const net = new Net();
    net.registerParameter('scaleFactor', new nn.Parameter(ones([1])));
    net.registerParameter('shift', null);
    net.addModule('extra', new nn.ReLU());
    net.registerModule('more', null);
    expect([...net.namedParameters()].map(([name]) => name)).toContain('scale_factor');
    expect([...net.namedChildren()].map(([name]) => name)).toEqual(['first', 'inner', 'extra']);
  });
  test.each<[string, (net: Net) => unknown, string]>([
    ['a taken name', (net) => net.registerParameter('first', null), "attribute 'first' already exists"],
    ['a dot', (net) => net.registerParameter('a.b', null), 'parameter name can\'t contain "."'],
    ['no name', (net) => net.registerParameter('', null), 'parameter name can\'t be empty string ""'],
    [
      'a tensor',
      (net) => net.registerParameter('x', ones([1]) as never),
      "cannot assign 'Tensor' object to parameter 'x' (torch.nn.Parameter or None required)",
    ],
    ['no module', (net) => net.addModule('x', ones([1]) as never), 'Tensor is not a Module subclass'],
    ['a module with a dot', (net) => net.addModule('a.b', null), 'module name can\'t contain ".", got: a.b'],
    ['a buffer with a dot', (net) => net.registerBuffer('a.b', null), 'buffer name can\'t contain "."'],
  ])('%s', (_, call, message) => {
    expect(() => call(new Net())).toThrow(message);
  });
  test('prefix, recurse and removeDuplicate', () => {
    const layer = new nn.Linear(1, 1, { bias: false });
    const model = new nn.Sequential(layer, layer);
    const names = (list: Iterable<[string, unknown]>) => [...list].map(([name]) => name);
    expect(names(model.namedParameters({ prefix: 'net' }))).toEqual(['net.0.weight']);
    expect(names(model.namedParameters('net', { removeDuplicate: false }))).toEqual(['net.0.weight', 'net.1.weight']);
    expect(names(model.namedModules({ removeDuplicate: false }))).toEqual(['', '0', '1']);
    expect(names(layer.namedParameters('', false))).toEqual(['weight']);
    expect(model.parameters(false)).toEqual([]);
    expect(new nn.BatchNorm1d(2).buffers({ recurse: false })).toHaveLength(3);
  });
  test('buffers as instances', async () => {
    class Centre extends nn.Module {
      mean = new nn.Buffer(tensor([1, 2], { dtype: 'float32' }));
      scratch = new nn.Buffer(zeros([1]), { persistent: false });
      override forward(x: Tensor): Tensor {
        return x.sub(this.mean);
      }
    }
    const centre = new Centre();
    expect([...centre.namedBuffers()].map(([name]) => name)).toEqual(['mean', 'scratch']);
    expect([...centre.stateDict().keys()]).toEqual(['mean']);
    expect(centre.parameters()).toEqual([]);
    expect(await centre.forward(ones([2])).tolist()).toEqual([0, -1]);
  });
});

describe('conversion', () => {
  test('keeps the parameters the same objects, and casts what is floating', async () => {
    const net = new Net();
    const { weight } = net.first;
    net
      .forward(ones([2, 2]))
      .sum()
      .backward();
    const before = await weight.tolist();
    if (testDevice === 'cpu') {
      expect(net.double()).toBe(net);
      expect([weight.dtype, weight.grad!.dtype]).toEqual(['float64', 'float64']);
      expect(net.buffers().map((b) => b.dtype)).toEqual(['float64', 'float64', 'int32']);
      expect(net.to('float32').first.weight).toBe(weight);
    }
    expect(net.float().type('float32')).toBe(net);
    expect(await weight.tolist()).toEqual(before);
    expect([weight.requiresGrad, weight.dtype, weight.isLeaf]).toEqual([true, 'float32', true]);
    net.zeroGrad();
    net
      .forward(ones([2, 2]))
      .sum()
      .backward();
    expect(weight.grad!.shape).toEqual([3, 2]);
    expect(() => net.to('int32' as never)).toThrow('nn.Module.to only accepts floating point or complex dtypes');
  });
  test('to a device', async () => {
    const net = new Net();
    const { weight } = net.first;
    const before = await weight.tolist();
    net
      .forward(ones([2, 2]))
      .sum()
      .backward();
    expect(await net.cpu()).toBe(net);
    expect([weight.device, weight.grad!.device, net.buffers()[2]!.device]).toEqual(['cpu', 'cpu', 'cpu']);
    expect(await weight.tolist()).toEqual(before);
    const x = ones([2, 2], { device: 'cpu' });
    expect(net.forward(x).device).toBe('cpu');
    await net.to({ device: testDevice, dtype: 'float32' });
    expect(net.forward(ones([2, 2])).device).toBe(testDevice);
  });
  test('zeroGrad keeps gradients as zeros, if asked to', async () => {
    const layer = new nn.Linear(1, 1);
    layer
      .forward(ones([1, 1]))
      .sum()
      .backward();
    layer.zeroGrad({ setToNone: false });
    expect(await layer.weight.grad!.tolist()).toEqual([[0]]);
    layer.zeroGrad();
    expect(layer.weight.grad).toBeNull();
  });
});

describe('state dicts', () => {
  test('with a prefix, into another, of the parameters themselves', () => {
    const layer = new nn.Linear(1, 1);
    const destination = new Map([['x', ones([1])]]);
    layer.stateDict({ destination, prefix: 'net.' });
    expect([...destination.keys()]).toEqual(['x', 'net.weight', 'net.bias']);
    expect(layer.stateDict({ keepVars: true }).get('weight')).toBe(layer.weight);
    expect(layer.stateDict().get('weight')!.requiresGrad).toBe(false);
  });
  test('assign takes the tensors over', () => {
    const layer = new nn.Linear(2, 2).requiresGrad_(false);
    const weight = new nn.Parameter(ones([2, 2]));
    layer.loadStateDict({ weight, bias: zeros([2]) }, { assign: true });
    expect(layer.weight).toBe(weight);
    expect([layer.weight.requiresGrad, layer.bias!.requiresGrad]).toEqual([false, false]);
    const norm = new nn.BatchNorm1d(2);
    const mean = ones([2]);
    norm.loadStateDict({ ...Object.fromEntries(norm.stateDict()), running_mean: mean }, { assign: true });
    expect(norm.runningMean).toBe(mean);
  });
  test('a single number may come as a list of one', async () => {
    class Scale extends nn.Module {
      scale = new nn.Parameter(ones([]));
      override forward(x: Tensor): Tensor {
        return x.mul(this.scale);
      }
    }
    const scale = new Scale();
    scale.loadStateDict({ scale: tensor([2.5]) });
    expect(await scale.scale.item()).toBe(2.5);
  });
  test('keys of hostile names are keys like others', () => {
    const layer = new nn.Linear(1, 1);
    const good = Object.fromEntries(layer.stateDict());
    for (const key of ['__proto__', 'constructor', 'toString', 'a.__proto__.b']) {
      const state = new Map([...Object.entries(good), [key, ones([1])]]);
      expect(() => layer.loadStateDict(state)).toThrow(`Unexpected key(s) in state_dict: "${key}". `);
      expect(layer.loadStateDict(state, { strict: false })).toEqual({ missingKeys: [], unexpectedKeys: [key] });
    }
    expect(({} as { b?: unknown }).b).toBeUndefined();
    expect(() => layer.loadStateDict(Object.create({ ...good }))).toThrow(
      'Missing key(s) in state_dict: "weight", "bias"',
    );
  });
  test('unexpected keys come module by module, as in PyTorch', () => {
    const net = new Net();
    const state = new Map([
      ['inner.9.x', ones([1])],
      ['inner.0.extra', ones([1])],
      ['first.extra', ones([1])],
      ['own', ones([1])],
      ...net.stateDict(),
    ]);
    expect(net.loadStateDict(state, { strict: false }).unexpectedKeys).toEqual([
      'own',
      'first.extra',
      'inner.9.x',
      'inner.0.extra',
    ]);
  });
  test('extra state', () => {
    class Counted extends nn.Linear {
      count = 0;
      getExtraState(): unknown {
        return { count: this.count };
      }
      setExtraState(state: { count: number }): void {
        this.count = state.count;
      }
    }
    const [a, b] = [new Counted(1, 1), new Counted(1, 1)];
    a.count = 5;
    expect([...a.stateDict().keys()]).toEqual(['weight', 'bias', '_extra_state']);
    b.loadStateDict(a.stateDict());
    expect(b.count).toBe(5);
    const plain = new Map(new nn.Linear(1, 1).stateDict());
    expect(() => b.loadStateDict(plain)).toThrow('Missing key(s) in state_dict: "_extra_state"');
    expect(() => new nn.Linear(1, 1).loadStateDict(a.stateDict())).toThrow(
      'Unexpected key(s) in state_dict: "_extra_state"',
    );
  });
  test('hooks see and change the state, and the keys', async () => {
    const layer = new nn.Linear(1, 1);
    const seen: unknown[] = [];
    layer.registerStateDictPreHook((_, prefix, keepVars) => void seen.push(prefix, keepVars));
    layer.registerStateDictPostHook((_, state) => {
      state.set('w', state.get('weight')!);
      state.delete('weight');
    });
    const before = layer.registerLoadStateDictPreHook((_, state) => {
      const w = state.get('w');
      if (w) state.set('weight', w);
      state.delete('w');
    });
    const model = new nn.Sequential({ layer });
    const state = layer.stateDict();
    expect(seen).toEqual(['', false]);
    expect([...state.keys()]).toEqual(['bias', 'w']);
    expect([...model.stateDict().keys()]).toContain('layer.weight');
    state.set('w', tensor([[4]], { dtype: 'float32' }));
    layer.loadStateDict(state);
    expect(await layer.weight.item()).toBe(4);
    before.remove();
    expect(() => layer.loadStateDict(state)).toThrow(ShapeError);
    layer.registerLoadStateDictPostHook((_, keys) => {
      keys.missingKeys.length = 0;
      keys.unexpectedKeys.length = 0;
    });
    expect(layer.loadStateDict(state)).toEqual({ missingKeys: [], unexpectedKeys: [] });
  });
});
