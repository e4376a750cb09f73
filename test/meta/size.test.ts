import { describe, expect, test } from 'vitest';
import { filesIn, textOf } from './files.ts';

const MOST_LINES = 600;
/** Documentation more than code: one entry per method. */
const LONGER = new Set(['src/tensor/tensor.ts']);
const HEART = ['src/core', 'src/ops', 'src/graph', 'src/autograd'];
/** More rows of the same kinds: nobody need read them to understand the others. */
const MORE_ROWS = 'src/ops/extended/';
const MOST_LINES_OF_HEART = 5000;

const lines = (path: string): number => textOf(path).trimEnd().split('\n').length;

describe('the code stays readable', () => {
  test(`no source file has over ${MOST_LINES} lines`, () => {
    const files = [...filesIn('src', '.ts'), ...filesIn('shaders', '.wgsl')];
    expect(files.length).toBeGreaterThan(20);
    const long = files.filter((path) => !LONGER.has(path) && lines(path) > MOST_LINES);
    expect(long.map((path) => `${path}: ${lines(path)}`)).toEqual([]);
  });

  test(`core, ops (but for ops/extended), graph and autograd have under ${MOST_LINES_OF_HEART} lines together`, () => {
    const files = HEART.flatMap((folder) => filesIn(folder, '.ts')).filter((path) => !path.startsWith(MORE_ROWS));
    const total = files.reduce((sum, path) => sum + lines(path), 0);
    expect(total).toBeGreaterThan(500);
    expect(total).toBeLessThan(MOST_LINES_OF_HEART);
  });
});
