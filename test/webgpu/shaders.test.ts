/** Shader files, holes and text, without a device. */
import { describe, expect, test } from 'vitest';
import { declarations, stripComments } from '../../src/backends/webgpu/declarations.ts';
import { coalesce, positions } from '../../src/backends/webgpu/layout.ts';
import { type Functions, snippet, snippetFile } from '../../src/backends/webgpu/program.ts';
import { literal, render, shader, shaderFiles, type WgslType } from '../../src/backends/webgpu/shader.ts';
import { DTypeError } from '../../src/core/errors.ts';
import { extendedRows } from '../../src/ops/extended/index.ts';
import { addRows, pointwiseOps } from '../../src/ops/index.ts';

/** Made by the generator itself, from conversions. */
const generated = ['cast', 'copy'];
const types: readonly WgslType[] = ['f32', 'i32', 'u32', 'bool'];

test('every pointwise op has its snippet, and every snippet an op', () => {
  const used = new Set(['pointwise/pointwise.wgsl', 'pointwise/cast.wgsl']);
  const files = shaderFiles().filter((file) => file.startsWith('pointwise/'));
  addRows(extendedRows);
  for (const op of pointwiseOps()) {
    if (generated.includes(op)) continue;
    const base = op.replace(/Backward$/, '');
    // An op of integers alone has no text for floats.
    const served = types.filter((type) => files.includes(snippetFile(base, type)));
    expect(served, op).not.toEqual([]);
    for (const type of served) used.add(snippetFile(base, type));
    expect(() => snippet(op, base.startsWith('logical') ? 'bool' : served[0]!, new Map()), op).not.toThrow();
  }
  expect(files.filter((file) => !used.has(file))).toEqual([]);
  expect([...used].filter((file) => !files.includes(file))).toEqual([]);
});

test('snippets are renamed by op and type, helpers with them', () => {
  const functions: Functions = new Map();
  expect(snippet('add', 'i32', functions)).toBe('add_i32');
  expect(snippet('gelu', 'f32', functions)).toBe('gelu_f32');
  expect(snippet('geluBackward', 'f32', functions)).toBe('geluBackward_f32');
  expect(functions.get('add_i32')).toBe('fn add_i32(a: i32, b: i32) -> i32 {\n  return a + b;\n}');
  for (const text of functions.values()) expect(text).not.toMatch(/\bT\b|\bforward\b|\bbackward\b/);
});

describe('holes', () => {
  test('a missing or unused one names the file, also in a branch not taken', () => {
    expect(() => render('reduce/sum.wgsl', {})).toThrow("reduce/sum.wgsl: nothing fills the hole 'T'");
    expect(() => render('reduce/sum.wgsl', { T: 'f32', U: 1 })).toThrow("reduce/sum.wgsl: there is no hole 'U'");
    expect(() => render('reduce/extremum.wgsl', { T: 'f32', WORST: '0f', FLOAT: false })).toThrow(
      "nothing fills the hole 'MAX'",
    );
    expect(() => render('nowhere.wgsl', {})).toThrow("there is no shader file 'nowhere.wgsl'");
  });

  test('structure follows the flags', () => {
    const max = render('reduce/extremum.wgsl', { T: 'i32', WORST: '0i', FLOAT: false, MAX: true });
    expect(max).toContain('return max(a, b);');
    expect(max).not.toContain('nan_max');
    expect(max).not.toContain('#');
  });
});

test('only what is mentioned comes along from the prelude, with what that mentions', () => {
  const names = (text: string): string[] => declarations(stripComments(text), 'test').map(({ name }) => name);
  const holes = { WIDTH: 1, GROUPS_X: 1, COUNT: 1 };
  expect(names(shader('pointwise/pointwise.wgsl', { HEADER: 'fn element(i: u32) {}', ...holes }))).toEqual([
    'element',
    'main',
  ]);
  expect(
    names(shader('pointwise/pointwise.wgsl', { HEADER: 'fn element(i: u32) { let x = inf_f32(); }', ...holes })),
  ).toEqual(['element', 'main', 'inf_f32', 'f32_from_bits']);
  // A shader's own function hides the prelude's.
  expect(
    names(
      shader('pointwise/pointwise.wgsl', {
        HEADER: 'fn is_nan(x: f32) {} fn element(i: u32) { is_nan(1.0); }',
        ...holes,
      }),
    ),
  ).toEqual(['is_nan', 'element', 'main']);
});

test('comments go, nested ones too', () => {
  expect(stripComments('a /* b /* c */ d */ e // f\n\n  g')).toBe('a  e\n  g');
});

test('declarations are found by name', () => {
  const text =
    'const A = 1u; @must_use fn f(x: u32) -> u32 { if (x > A) { return 1u; } return 2u; } struct S { a: u32, } alias Q = S;';
  expect(declarations(text, 'test').map(({ name }) => name)).toEqual(['A', 'f', 'S', 'Q']);
  expect(() => declarations('fn f() {', 'broken.wgsl')).toThrow('broken.wgsl');
});

test('numbers as WGSL literals', () => {
  expect(literal(0.1, 'float32')).toBe('0.10000000149011612f');
  expect(literal(3, 'float32')).toBe('3f');
  expect(literal(-2.5, 'float32')).toBe('(-2.5f)');
  expect(literal(1e-30, 'float32')).toMatch(/e-30f$|e-31f$/);
  expect(literal(3.4028234663852886e38, 'float32')).toBe('3.4028234663852886e+38f');
  expect(literal(Number.NaN, 'float32')).toBe('f32_from_bits(0x7fc00000u)');
  expect(literal(Infinity, 'float32')).toBe('f32_from_bits(0x7f800000u)');
  expect(literal(-Infinity, 'float32')).toBe('f32_from_bits(0xff800000u)');
  expect(literal(-0, 'float32')).toBe('f32_from_bits(0x80000000u)');
  expect(literal(1e300, 'float32')).toBe('f32_from_bits(0x7f800000u)');
  expect(literal(7, 'int32')).toBe('7i');
  expect(literal(-7, 'int32')).toBe('(-7i)');
  expect(literal(-2147483648, 'int32')).toBe('i32(-2147483648)');
  expect(literal(4294967295, 'uint32')).toBe('4294967295u');
  expect(literal(1, 'bool')).toBe('true');
  expect(() => literal(1, 'float64')).toThrow(DTypeError);
});

describe('layouts', () => {
  test('neighbouring dims that all layouts walk as one are merged', () => {
    expect(coalesce([2, 3, 1, 4], [[12, 4, 4, 1]])).toEqual({ shape: [24], strides: [[1]] });
    expect(
      coalesce(
        [2, 3, 4],
        [
          [12, 4, 1],
          [0, 4, 1],
        ],
      ),
    ).toEqual({
      shape: [2, 12],
      strides: [
        [12, 1],
        [0, 1],
      ],
    });
    expect(coalesce([1, 1], [[5, 7]])).toEqual({ shape: [], strides: [[]] });
  });

  test('coordinates are computed only where they are needed', () => {
    const dense = { shape: [4, 5], strides: [5, 1], offset: 3 };
    const constant = { shape: [4, 5], strides: [0, 0], offset: 2 };
    expect(positions([4, 5], [dense, constant], 'e')).toEqual({ lines: [], at: ['e + 3u', '2u'] });
    const transposed = { shape: [4, 5], strides: [1, 4], offset: 0 };
    expect(positions([4, 5], [dense, transposed], 'e')).toEqual({
      lines: ['let c1 = e % 5u;', 'let c0 = e / 5u;'],
      at: ['e + 3u', 'c0 + c1 * 4u'],
    });
    expect(positions([6], [{ shape: [6], strides: [-2], offset: 10 }], 'e')).toEqual({
      lines: [],
      at: ['10u - e * 2u'],
    });
  });
});
