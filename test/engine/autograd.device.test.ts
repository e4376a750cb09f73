/** Gradients as objects: accumulation, handles, and what goes wrong. All numbers and messages are PyTorch 2.13's. */
import { beforeAll, describe, expect, test } from 'vitest';
import { flush, grad, init, noGrad, scope, type Tensor, tensor, zeros } from '../../src/index.ts';
import * as optim from '../../src/optim/index.ts';
import { testDevice } from '../device.ts';

beforeAll(() => init({ device: testDevice }));

const leaf = (data: Parameters<typeof tensor>[0]): Tensor => tensor(data, { dtype: 'float32', requiresGrad: true });
const constant = (data: Parameters<typeof tensor>[0]): Tensor => tensor(data, { dtype: 'float32' });
const scaled = (p: Tensor, by: number): void => p.mul(by).sum().backward();

describe('errors', () => {
  test('writing to a leaf that requires grad, or to a view of one', () => {
    const p = leaf([1, 2]);
    expect(() => p.add_(1)).toThrow('a leaf Variable that requires grad is being used in an in-place operation.');
    expect(() => p.at([0, 1]).mul_(2)).toThrow(
      'a view of a leaf Variable that requires grad is being used in an in-place operation.',
    );
  });

  test('backward of more than one element', () => {
    expect(() => leaf([1, 2]).mul(2).backward()).toThrow('grad can be implicitly created only for scalar outputs');
  });

  test('backward without anything that requires grad', () => {
    expect(() => constant([1]).sum().backward()).toThrow(
      'element 0 of tensors does not require grad and does not have a grad_fn',
    );
  });

  test('backward twice', async () => {
    const p = leaf([2, 3]);
    const y = p.mul(p).sum();
    y.backward();
    expect(() => y.backward()).toThrow(
      'Trying to backward through the graph a second time (or directly access saved tensors after they have already been freed). ' +
        'Saved intermediate values of the graph are freed when you call .backward() or autograd.grad().',
    );
    const z = p.mul(p).sum();
    p.grad = null;
    z.backward(null, { retainGraph: true });
    z.backward();
    expect(await p.grad!.tolist()).toEqual([8, 12]);
  });

  test('a value that backward needs was written over', () => {
    const p = leaf([1, 2]);
    const z = p.exp();
    const s = z.sum();
    z.mul_(2);
    const message =
      'one of the variables needed for gradient computation has been modified by an inplace operation: [float32 [2]], is at version 1; expected version 0 instead.';
    expect(() => s.backward()).toThrow(message);
    const loss = p.mul(p).sum();
    noGrad(() => p.add_(1));
    expect(() => loss.backward()).toThrow(message);
  });

  test('an optimizer step between forward and backward', () => {
    const p = leaf([1, 2]);
    const optimizer = new optim.SGD([p]);
    p.mul(p).sum().backward();
    const late = p.mul(p).sum();
    optimizer.step();
    expect(() => late.backward()).toThrow('has been modified by an inplace operation');
  });

  test('gradients of another size', () => {
    const p = leaf([1, 2]);
    expect(() => p.mul(2).backward(zeros([3]))).toThrow(
      'Mismatch in shape: grad_output[0] has a shape of torch.Size([3]) and output[0] has a shape of torch.Size([2]).',
    );
    expect(() => {
      p.grad = zeros([3]);
    }).toThrow('attempting to assign a gradient of size');
  });

  test('requiresGrad of integers and of computed tensors', () => {
    expect(() => tensor([1]).requiresGrad_()).toThrow('only Tensors of floating point dtype can require gradients');
    expect(() => leaf([1]).mul(2).requiresGrad_(false)).toThrow(
      'you can only change requires_grad flags of leaf variables.',
    );
  });
});

describe('accumulation', () => {
  test('adds to the gradient that is there, in the same memory', async () => {
    const p = leaf([1, 2]);
    scaled(p, 3);
    const handle = p.grad!;
    scaled(p, 4);
    expect(await p.grad!.tolist()).toEqual([7, 7]);
    expect(await handle.tolist()).toEqual([7, 7]);
    handle.mul_(0.5);
    expect(await p.grad!.tolist()).toEqual([3.5, 3.5]);
    p.grad!.zero_();
    scaled(p, 6);
    expect(await handle.tolist()).toEqual([6, 6]);
  });

  test('a tensor used several times', async () => {
    const a = leaf([2]);
    const c = a.mul(a);
    c.mul(a).add(c).backward();
    expect(await a.grad!.tolist()).toEqual([16]);
  });

  test('two leaves with one gradient have each their own', async () => {
    const [a, b] = [leaf([1]), leaf([2])];
    a.add(b).backward();
    a.grad!.mul_(10);
    expect(await a.grad!.tolist()).toEqual([10]);
    expect(await b.grad!.tolist()).toEqual([1]);
  });

  test("a gradient that was given stays the giver's", async () => {
    const a = leaf([1, 2]);
    const given = scope(() => {
      const g = constant([1, 1]).mul(1);
      a.add(0).backward(g);
      g.mul_(5);
      return g;
    });
    expect(await a.grad!.tolist()).toEqual([1, 1]);
    expect(await given.tolist()).toEqual([5, 5]);
  });

  test('detach() cuts, and starts anew', async () => {
    const w = leaf([1, 2]);
    const b = w.mul(2).detach().requiresGrad_();
    b.mul(b).sum().backward();
    expect(w.grad).toBeNull();
    expect(await b.grad!.tolist()).toEqual([4, 8]);
  });
});

describe('grad()', () => {
  test('of a gradient', async () => {
    const w = tensor(3, { dtype: 'float32', requiresGrad: true });
    const [first] = grad(w.mul(w).mul(w), w, { createGraph: true });
    first!.backward();
    expect([await first!.item(), await w.grad!.item()]).toEqual([27, 18]);
  });

  test('walks only to what was asked for', async () => {
    const [a, b] = [leaf([2]), leaf([3])];
    const shared = a.exp();
    const loss = shared.sum().add(b.mul(b).sum());
    shared.sum().backward();
    // The part of the graph that belongs to `a` has been freed; nothing needs it.
    expect(await grad(loss, b)[0]!.tolist()).toEqual([6]);
    expect(b.grad).toBeNull();
    expect(() => grad(loss, a)).toThrow('Trying to backward through the graph a second time');
  });

  test('of what the result does not depend on', () => {
    const [a, b] = [leaf([2]), leaf([3])];
    expect(() => grad(a.mul(2).sum(), b)).toThrow('appears to not have been used in the graph');
    expect(grad(a.mul(2).sum(), b, { allowUnused: true })).toEqual([null]);
  });
});

// With an optimizer gradients live in its arena, one after another in the same place.
describe.each([
  ['alone', (): void => {}],
  ['in an arena', (p: Tensor): void => void new optim.SGD([p])],
])('a gradient that the user holds, %s', (_, prepare) => {
  test.each([
    ['computed at once', (): void => flush()],
    ['still to be computed', (): void => {}],
  ])('survives the next one, %s', async (_, between) => {
    const p = leaf([1, 2]);
    prepare(p);
    scaled(p, 3);
    const first = p.grad!;
    const doubled = first.mul(2);
    between();
    p.grad = null;
    scaled(p, 5);
    between();
    const second = p.grad!;
    p.grad = null;
    scaled(p, 7);
    expect(await Promise.all([first, doubled, second, p.grad!].map((t) => t.tolist()))).toEqual([
      [3, 3],
      [6, 6],
      [5, 5],
      [7, 7],
    ]);
  });

  test('is not needed for the next one to be right', async () => {
    const p = leaf([1, 2]);
    prepare(p);
    for (let k = 1; k <= 4; k++) {
      p.grad = null;
      scaled(p, k);
    }
    expect(await p.grad!.tolist()).toEqual([4, 4]);
  });

  test('may be replaced by another', async () => {
    const p = leaf([1, 2]);
    prepare(p);
    scaled(p, 3);
    const old = p.grad!;
    const own = constant([8, 9]);
    p.grad = own;
    scaled(p, 1);
    expect(await own.tolist()).toEqual([9, 10]);
    expect(await old.tolist()).toEqual([3, 3]);
    p.grad = null;
    scaled(p, 4);
    expect(await own.tolist()).toEqual([9, 10]);
    expect(await p.grad!.tolist()).toEqual([4, 4]);
  });
});

test('a handle taken before the optimizer existed is still the gradient after its step', async () => {
  const p = leaf([1, 2]);
  scaled(p, 2);
  const handle = p.grad!;
  const optimizer = new optim.SGD([p], { lr: 0.5 });
  optimizer.step();
  handle.zero_();
  optimizer.step();
  expect(await p.tolist()).toEqual([0, 1]);
  expect(await p.grad!.tolist()).toEqual([0, 0]);
});

test('views of a parameter follow its updates', async () => {
  const p = leaf([1, 2]);
  const first = p.at(0);
  const optimizer = new optim.SGD([p], { lr: 0.5 });
  p.mul(p).sum().backward();
  optimizer.step();
  expect(await first.tolist()).toEqual(0);
  first.mul(3).backward();
  expect(await p.grad!.tolist()).toEqual([5, 4]);
});

test('parameters and gradients over three steps of SGD with momentum', async () => {
  const p = leaf([1, 2]);
  const optimizer = new optim.SGD([p], { lr: 0.5, momentum: 0.9 });
  const seen: Promise<unknown>[] = [];
  for (let i = 1; i <= 3; i++) {
    optimizer.zeroGrad();
    p.mul(p).mul(i).sum().backward();
    const { grad } = p;
    optimizer.step();
    seen.push(p.tolist(), grad!.tolist());
  }
  const round = (v: unknown): unknown => (v as number[]).map((x) => Math.round(x * 1e4) / 1e4);
  expect((await Promise.all(seen)).map(round)).toEqual([
    [0, 0],
    [2, 4],
    [-0.9, -1.8],
    [0, 0],
    [0.99, 1.98],
    [-5.4, -10.8],
  ]);
});
