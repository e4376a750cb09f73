import { describe, expect, test } from 'vitest';
import { filesIn, findAll, textOf, withoutComments } from './files.ts';

/**
 * WGSL's own versions of these are inaccurate, or wrong at the edges, on some adapters. The prelude has sound ones,
 * under names of their own.
 */
const UNSOUND = ['tanh', 'sinh', 'cosh', 'asinh', 'acosh', 'atanh', 'pow', 'sin', 'cos', 'tan', 'asin', 'acos'];
const UNSOUND_TOO = ['log', 'log2', 'exp'];
const call = new RegExp(`(?<![\\w.])(?:${[...UNSOUND, ...UNSOUND_TOO].join('|')})\\s*\\(`, 'g');

/** `x != x`: WGSL lets an implementation assume that there are no NaNs, so tests for them work on bits. */
const selfComparison = /(?<![\w.\])])([A-Za-z_][\w.]*(?:\[\w+\])?)\s*[!=]=\s*\1(?![\w.([])/g;

const shaders = filesIn('shaders', '.wgsl');
const ordinary = shaders.filter((path) => !path.startsWith('shaders/prelude'));
const code = (path: string): string => withoutComments(textOf(path));

describe('shaders', () => {
  test('the rules below catch what they should', () => {
    const bad = 'let y = tanh(x) + nm_tanh(x);\nif (x != x) { z = log (y); }\nif (a.x == a.x) {}\nlet l = x.log;';
    expect(findAll('f', bad, call)).toEqual(['f:1: tanh(', 'f:2: log (']);
    expect(findAll('f', bad, selfComparison)).toEqual(['f:2: x != x', 'f:3: a.x == a.x']);
    expect(findAll('f', 'if (x != xs && i == i0 && a[i] != a[j]) {}', selfComparison)).toEqual([]);
    expect(withoutComments('a // sin(x)\n/* b\n */c')).toBe('a \n    \n   c');
  });

  test('only the prelude calls the builtins that need care', () => {
    expect(ordinary.length).toBeGreaterThan(0);
    expect(ordinary.flatMap((path) => findAll(path, code(path), call))).toEqual([]);
  });

  test('no shader tests for NaN by comparing a value with itself', () => {
    expect(shaders.flatMap((path) => findAll(path, code(path), selfComparison))).toEqual([]);
  });

  test('WGSL is written in shaders/ alone, but for the glue that src/backends/webgpu generates', () => {
    const wgsl = /@compute\b|@workgroup_size\b|@builtin\(|var<(?:storage|workgroup|private|uniform)\b/g;
    const elsewhere = ['src', 'demos', 'bench']
      .flatMap((folder) => filesIn(folder, '.ts'))
      .filter((path) => !path.startsWith('src/backends/webgpu/'));
    expect(elsewhere.length).toBeGreaterThan(20);
    expect(elsewhere.flatMap((path) => findAll(path, withoutComments(textOf(path)), wgsl))).toEqual([]);
  });
});
