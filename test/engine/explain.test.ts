import { beforeAll, expect, test } from 'vitest';
import { explain, functional as F, init, ones, scope, tensor } from '../../src/index.ts';
import * as optim from '../../src/optim/index.ts';
import { Random } from './programs/random.ts';
import { labels, mlp, noise } from './training.ts';

beforeAll(() => init({ device: 'cpu' }));

test('explain() shows kernels, what was fused into them, and where results go', () => {
  const random = new Random(1);
  const model = mlp([4, 8, 3]);
  const optimizer = new optim.SGD(model.parameters(), { lr: 0.1 });
  const x = noise(random, [2, 4], 'cpu');
  const y = labels(random, 2, 3, 'cpu');
  const text = explain(() => {
    F.crossEntropy(model.forward(x), y).backward();
    optimizer.step();
  });
  // The plan, without numbers and without the dispatches that a backend makes of it.
  expect(text.slice(0, text.indexOf('dispatches')).replace(/\d+/g, '#')).toMatchInlineSnapshot(`
    "plan: # kernels, # inputs, # results, # temporaries, # scalars (new)
      # ops; inputs # B, results # B, temporaries # B
       #. matmul(in# [#, #], in# [#, #]) -> _ [#, #] | then t# = add(result, in#); t# = relu(t#) -> tmp#
       #. matmul(tmp# [#, #], in# [#, #]) -> _ [#, #] | then t# = add(result, in#) -> out#
       #. crossEntropy(out# [#, #], in# [#]) -> tmp# [#], tmp# [#]
       #. sum(tmp# [#]) -> _ [#] | then t# = div(result, scalar#) -> out#
       #. crossEntropyBackward({t# = fill(scalar#); t# = div(t#, scalar#)} [#], out# [#, #], in# [#], tmp# [#]) -> tmp# [#, #]
       #. sum(tmp# [#, #]) -> out# [#, #]
       #. matmul(tmp# [#, #], in# [#, #]) -> _ [#, #] | then t# = reluBackward(tmp#, result) -> tmp#
       #. matmul(tmp# [#, #], tmp# [#, #]) -> out# [#, #]
       #. sum(tmp# [#, #]) -> out# [#, #]
      #. matmul(tmp# [#, #], in# [#, #]) -> out# [#, #]
      #. sgdStep(in# [#, #], in# [#], in# [#, #], in# [#], out# [#, #], out# [#], out# [#, #], out# [#], scalar#, scalar#, scalar#, scalar#) -> in# [#, #], in# [#], in# [#, #], in# [#]
    "
  `);
  expect(text).toMatch(/dispatches: \d+\n +1\. matmul/);
});

test('explain() says why kernels were not fused', () => {
  const x = ones([3, 4]);
  const index = tensor([[0], [1]]);
  // Numbers of kernels, and the reason.
  const reasons = (fn: () => unknown): string[] =>
    [...explain(fn).matchAll(/^ {8}not fused with (\d+: .*)$/gm)].map(([, reason]) => reason!);
  const stays = '1: its result stays in memory: it is yours, or backward needs it';
  expect(reasons(() => x.exp().sum(1))).toEqual([stays]);
  expect(reasons(() => scope(() => x.exp().sum(1)))).toEqual([]);
  expect(reasons(() => x.gather(1, index).exp())).toEqual(['1: gather takes no work along when it stores']);
  expect(reasons(() => scope(() => x.exp().gather(1, index)))).toEqual(['1: gather reads its operands from memory']);
  const softmaxed = scope.bind(null, () => {
    const e = x.exp();
    return e.div(e.sum(1, true));
  });
  expect(reasons(softmaxed)).toEqual([
    '1: its result is read by 3, too',
    '1: one kernel would bind too many buffers, have no common shape, or wait for a kernel between the two',
    '2: it reads the elements in another order, or some of them several times',
  ]);
  expect(reasons(() => scope(() => x.matmul(x.t()).relu()))).toEqual([]);
});

test('explain() tells a replayed plan from a new one', () => {
  const x = ones([3]);
  const step = (): unknown => scope(() => x.exp().add(1).sum());
  expect(explain(step)).toContain('(new)');
  expect(explain(step)).toContain('(replayed)');
  expect(explain(step, { source: true })).toContain('      | ');
  expect(explain(() => {})).toBe('nothing ran');
});
