import { afterEach, describe, expect, test, vi } from 'vitest';
import { DataLoader, formatMeter, type Meter, progress, tqdm } from '../../src/data/index.ts';
import { OptionError } from '../../src/index.ts';

const meter: Meter = {
  n: 5,
  total: 10,
  elapsed: 5,
  rate: 1,
  remaining: 5,
  desc: 'train',
  postfix: 'loss=0.5',
  unit: 'it',
  done: false,
};

/** A second a step. */
function clock() {
  let now = 0;
  return Object.assign(() => now, {
    tick: (by = 1) => {
      now += by;
    },
  });
}

describe('the line is that of tqdm', () => {
  test.each([
    [{}, 'train:  50%|█████     | 5/10 [00:05<00:05,  1.00it/s, loss=0.5]'],
    [{ desc: '', postfix: '', total: null, remaining: null }, '5it [00:05,  1.00it/s]'],
    [
      { n: 0, rate: null, remaining: null, elapsed: 0, postfix: '', desc: '' },
      '  0%|          | 0/10 [00:00<?, ?it/s]',
    ],
    [
      { rate: 0.25, elapsed: 3661, remaining: 61, postfix: '', desc: '' },
      ' 50%|█████     | 5/10 [1:01:01<01:01,  4.00s/it]',
    ],
    [{ n: 10, remaining: 0, rate: 123.456, postfix: '', desc: '' }, '100%|██████████| 10/10 [00:05<00:00, 123.46it/s]'],
    [{ n: 1, total: 3, postfix: '', desc: '' }, ' 33%|███▎      | 1/3 [00:05<00:05,  1.00it/s]'],
  ])('%j', (change, line) => {
    expect(formatMeter({ ...meter, ...change })).toBe(line);
  });
});

test('a loop over a loader: its length, rate, postfix, and the last line', async () => {
  const time = clock();
  const lines: string[] = [];
  const loader = new DataLoader({ length: 4, get: (i: number) => i }, { batchSize: 2 });
  const loop = tqdm(loader, { clock: time, to: (line) => lines.push(line), desc: 'epoch' });
  for await (const batch of loop) {
    expect(batch.shape).toEqual([2]);
    time.tick();
    loop.setPostfix({ loss: 0.123456, at: 'x' });
  }
  expect(lines).toEqual([
    'epoch:   0%|          | 0/2 [00:00<?, ?it/s]',
    'epoch:  50%|█████     | 1/2 [00:01<00:01,  1.00it/s, loss=0.123, at=x]',
    'epoch: 100%|██████████| 2/2 [00:02<00:00,  1.00it/s, loss=0.123, at=x]',
    'epoch: 100%|██████████| 2/2 [00:02<00:00,  1.00it/s, loss=0.123, at=x]',
  ]);
});

test('lines come no more often than mininterval, and one at the end of a loop that was left', async () => {
  const time = clock();
  const seen: number[] = [];
  for await (const i of progress([...Array(100).keys()], {
    clock: time,
    mininterval: 10,
    to: (_, { n }) => seen.push(n),
  })) {
    if (i === 25) break;
    time.tick();
  }
  expect(seen).toEqual([0, 10, 20, 25]);
});

test('elements: text, or the value of a <progress>', async () => {
  const text = { textContent: '' as string | null };
  const bar = { textContent: '', value: 0 as unknown, max: 1 as unknown };
  for await (const _ of tqdm('abc', { to: bar }));
  for await (const _ of tqdm(new Set([1, 2]), { to: text, unit: 'row' }));
  expect([bar.value, bar.max]).toEqual([3, 3]);
  expect(text.textContent).toContain('2/2');
  for await (const _ of tqdm([1], { to: text, leave: false }));
  expect(text.textContent).toBe('');
});

describe('standard error', () => {
  const { isTTY } = process.stderr;
  afterEach(() => {
    vi.restoreAllMocks();
    process.stderr.isTTY = isTTY;
  });
  test.each([
    [true, ['\r  0%', '\r100%', '\r100%']],
    [false, ['100%']],
  ])('is one line; a terminal: %s', async (terminal, starts) => {
    const written: string[] = [];
    process.stderr.isTTY = terminal;
    vi.spyOn(process.stderr, 'write').mockImplementation((text) => {
      written.push(String(text));
      return true;
    });
    for await (const _ of tqdm([1], { mininterval: 0 }));
    for await (const _ of tqdm([1], { disable: true }));
    expect(written.map((line, i) => line.slice(0, starts[i]!.length))).toEqual(starts);
    expect(written.at(-1)!.endsWith('\n')).toBe(true);
  });
});

test('a loader of what has no length', async () => {
  const stream = { async *getBatches<B>(): AsyncGenerator<B> {} };
  const lines: string[] = [];
  for await (const _ of tqdm(new DataLoader(stream), { clock: clock(), to: (line) => lines.push(line) }));
  expect(lines.at(-1)).toBe('0it [00:00, ?it/s]');
});

test('wrong use', () => {
  expect(() => tqdm([1], { description: 'x' } as never)).toThrow(OptionError);
  expect(() => tqdm(3 as never)).toThrow('something to loop over');
});
