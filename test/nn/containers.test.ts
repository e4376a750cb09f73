import { beforeAll, describe, expect, test } from 'vitest';
import { init, OptionError, ones, type Tensor, zeros } from '../../src/index.ts';
import * as nn from '../../src/nn/index.ts';

beforeAll(() => init({ device: 'cpu' }));

const three = (): [nn.ReLU, nn.Tanh, nn.Sigmoid] => [new nn.ReLU(), new nn.Tanh(), new nn.Sigmoid()];
const keys = (module: nn.Module) => [...module.namedChildren()].map(([name]) => name);

describe('Sequential', () => {
  test('insert, pop and extend number the modules anew', () => {
    const [a, b, c] = three();
    const model = new nn.Sequential<nn.Module>({ a, b, c });
    expect(model.pop(0)).toBe(a);
    expect(keys(model)).toEqual(['0', '1']);
    const elu = new nn.ELU();
    model.insert(1, elu).extend([a]);
    expect([...model]).toEqual([b, elu, c, a]);
    expect(keys(model)).toEqual(['0', '1', '2', '3']);
    expect(() => model.insert(9, a)).toThrow('Index out of range: 9');
    expect(() => model.insert(0, 3 as never)).toThrow('must be a Module');
  });
  test('slices keep the names, set keeps the name', () => {
    const [a, b, c] = three();
    const model = new nn.Sequential<nn.Module>(a, b, c);
    const end = model.slice(1);
    expect([...end]).toEqual([b, c]);
    expect(String(end)).toBe('Sequential(\n  (1): Tanh()\n  (2): Sigmoid()\n)');
    model.set(-1, a);
    expect([...model]).toEqual([a, b, a]);
    expect([...model.slice(0, -1)]).toEqual([a, b]);
    expect(() => model.set(3, a)).toThrow('index 3 is out of range');
  });
  test('names are kept as they are', () => {
    const model = new nn.Sequential({ convOne: new nn.Linear(1, 1, { bias: false }) });
    expect([...model.stateDict().keys()]).toEqual(['convOne.weight']);
  });
});

describe('ModuleList', () => {
  test('slices are numbered from 0', () => {
    const [a, b, c] = three();
    const list = new nn.ModuleList<nn.Module>([a, b, c]);
    const end = list.slice(1);
    expect(end).toBeInstanceOf(nn.ModuleList);
    expect(String(end)).toBe('ModuleList(\n  (0): Tanh()\n  (1): Sigmoid()\n)');
    expect(list.pop()).toBe(c);
    expect(list.insert(0, c).extend([c]).length).toBe(4);
    expect([...list]).toEqual([c, a, b, c]);
    expect(() => list.extend(3 as never)).toThrow('ModuleList.extend should be called with an iterable, but got 3');
    expect(() => list.pop(7)).toThrow(OptionError);
  });
});

describe('ModuleDict', () => {
  test('is a dictionary in order, by any name', () => {
    const [a, b, c] = three();
    const dict = new nn.ModuleDict<nn.Module>({ b, constructor: a });
    dict.set('32', c).set('2', a).set('__proto__', b).set('reluLayer', a);
    expect([...dict]).toEqual(['b', 'constructor', '32', '2', '__proto__', 'reluLayer']);
    expect([...dict.values()]).toEqual([b, a, c, a, b, a]);
    expect(dict.get('constructor')).toBe(a);
    expect(dict.get('__proto__')).toBe(b);
    expect(Object.getPrototypeOf(dict)).toBe(nn.ModuleDict.prototype);
    expect([dict.has('toString'), dict.get('toString'), dict.length, dict.size]).toEqual([false, undefined, 6, 6]);
    expect((dict as unknown as { reluLayer: unknown }).reluLayer).toBe(a);
    expect(dict.pop('b')).toBe(b);
    expect(dict.delete('b')).toBe(false);
    expect(() => dict.pop('b')).toThrow("'b'");
    dict.clear();
    expect(dict.length).toBe(0);
  });
  test('updates from objects, Maps, pairs and others like it', () => {
    const [a, b] = three();
    const dict = new nn.ModuleDict<nn.Module>([['x', a]]);
    dict.update(new Map([['y', b]])).update(new nn.ModuleDict({ z: a }));
    expect([...dict.items()].map(([name]) => name)).toEqual(['x', 'y', 'z']);
  });
  test.each<[string, () => unknown, string]>([
    [
      'a number',
      () => new nn.ModuleDict(3 as never),
      'should be called with an iterable of key/value pairs, but got 3',
    ],
    ['no pairs', () => new nn.ModuleDict([3] as never), 'sequence element #0 should be Iterable'],
    ['one of a pair', () => new nn.ModuleDict([['a']] as never), 'sequence element #0 has length 1; 2 is required'],
    ['no module', () => new nn.ModuleDict({ a: 3 } as never), "ModuleDict: entry 'a' must be a Module, got 3"],
    ['a dot', () => new nn.ModuleDict({ 'a.b': new nn.ReLU() }), 'module name can\'t contain ".", got: a.b'],
    ['no name', () => new nn.ModuleDict({ '': new nn.ReLU() }), 'module name can\'t be empty string ""'],
    ['a number for a name', () => new nn.ModuleDict().set(3 as never, new nn.ReLU()), 'should be a string. Got 3'],
    ['a call', () => new nn.ModuleDict().forward(), 'Module [ModuleDict] is missing the required "forward" function'],
  ])('refuses %s', (_, make, message) => {
    expect(make).toThrow(OptionError);
    expect(make).toThrow(message);
  });
});

describe('ParameterList', () => {
  test('makes parameters of tensors, and keeps other things', () => {
    const own = new nn.Parameter(ones([]));
    const list = new nn.ParameterList<nn.Parameter | number>([zeros([2, 3]), 3, own]);
    expect(list.at(0)).toBeInstanceOf(nn.Parameter);
    expect(list.at(-1)).toBe(own);
    expect([...list.namedParameters()].map(([name]) => name)).toEqual(['0', '2']);
    expect(String(list)).toBe(
      'ParameterList(\n    (0): Parameter containing: [torch.float32 of size 2x3]\n    (1): Object of type: int\n' +
        '    (2): Parameter containing: [torch.float32 of size ]\n)',
    );
    list.set(1, zeros([4]));
    expect([...list.slice(1)].map((p) => (p as Tensor).shape)).toEqual([[4], []]);
    expect(list.pop()).toBe(own);
    expect(list.length).toBe(2);
  });
  test.each<[string, () => unknown, string]>([
    [
      'a tensor',
      () => new nn.ParameterList(ones([2]) as never),
      'ParameterList.extend should be called with an iterable',
    ],
    ['a position', () => new nn.ParameterList([ones([1])]).at(1), 'index 1 is out of range'],
    ['a call', () => new nn.ParameterList().forward(), 'ParameterList should not be called.'],
  ])('refuses %s', (_, make, message) => {
    expect(make).toThrow(message);
  });
  test('is loaded and assigned to by position', () => {
    const list = new nn.ParameterList([zeros([1]), zeros([2])]);
    const given = new nn.Parameter(ones([2]));
    list.loadStateDict({ 0: ones([1]), 1: given }, { assign: true });
    expect(list.at(1)).toBe(given);
  });
});

test('ParameterDict', () => {
  const dict = new nn.ParameterDict({ b: zeros([1]), a: zeros([2]) });
  expect([...dict]).toEqual(['a', 'b']);
  expect(dict.get('a')).toBeInstanceOf(nn.Parameter);
  expect(dict.setdefault('c', zeros([3])).shape).toEqual([3]);
  expect(dict.setdefault('c', zeros([4])).shape).toEqual([3]);
  const copy = dict.copy();
  expect(copy.get('a')).toBe(dict.get('a'));
  expect(copy.popitem()[0]).toBe('c');
  expect([...copy.keys()]).toEqual(['a', 'b']);
  expect([...dict.fromkeys(['x', 'y'], dict.get('a')!).namedParameters()].map(([name]) => name)).toEqual(['x']);
  expect([...dict.stateDict().keys()]).toEqual(['a', 'b', 'c']);
  expect(() => dict.forward()).toThrow('ParameterDict should not be called.');
});
