/** Indices that are known to lie in range: of those the device checks nothing. */
import { describe, expect, test } from 'vitest';
import { argsort, cat, explain, gather, randn, stack, type Tensor, tensor, topk } from '../../src/index.ts';
import * as nn from '../../src/nn/index.ts';

const rangeOf = (t: Tensor): readonly [number, number] | null => {
  const { range } = t.impl.storage.value;
  return range && [range.min, range.max];
};

describe('a range goes along', () => {
  const x = randn([4, 5]);
  const labels = tensor([
    [7, 2],
    [3, 4],
  ]);
  const cases: Record<string, readonly [() => Tensor, readonly [number, number] | null]> = {
    'argmax along a dim': [() => x.argmax(1), [0, 4]],
    'argmin of all': [() => x.argmin(), [0, 19]],
    'max with indices': [() => x.max(0).indices, [0, 3]],
    topk: [() => topk(x, 2).indices, [0, 4]],
    argsort: [() => argsort(x, 0), [0, 3]],
    'a copy of a view': [() => labels.at(':', 1).contiguous(), [2, 7]],
    'a reshape that copies': [() => labels.transpose(0, 1).reshape([4]), [2, 7]],
    clone: [() => labels.clone(), [2, 7]],
    stack: [() => stack([labels, labels]), [2, 7]],
    'cat of several': [() => cat([labels, x.argmax(1).reshape([2, 2])]), [0, 7]],
    'cat with something unknown': [() => cat([labels, labels.add(1)]), null],
    arithmetic: [() => labels.add(1), null],
    'a write in place': [() => labels.clone().add_(100), null],
  };
  for (const [name, [make, range]] of Object.entries(cases)) test(name, () => expect(rangeOf(make())).toEqual(range));
});

describe('a check of indices', () => {
  const x = randn([4, 5]);
  const embedding = new nn.Embedding(5, 2);
  test('is not recorded for what an argmax chose', () => {
    expect(explain(() => embedding.forward(x.argmax(1)))).not.toContain('any(');
    expect(explain(() => gather(x, 1, topk(x, 2).indices))).not.toContain('any(');
    // It would show.
    expect(explain(() => embedding.forward(x.argmax(1).mul(1)))).toContain('any(');
  });
  test('still finds what is out of range, at the call or at the next read', async () => {
    const few = new nn.Embedding(3, 2);
    await expect(
      few
        .forward(tensor([9, 4, 1]).at([0, 2]).clone())
        .sum()
        .item(),
    ).rejects.toThrow('out of range');
    await expect(
      few
        .forward(randn([2, 9]).argmax(1).add(3))
        .sum()
        .item(),
    ).rejects.toThrow('out of range');
    expect(() => few.forward(tensor([4]))).toThrow('out of range');
    // The part of it that is read is within.
    const within = few.forward(tensor([9, 1, 2]).at([1, 3]).clone());
    expect(await within.tolist()).toEqual(await few.weight.at([1, 3]).tolist());
  });
});
