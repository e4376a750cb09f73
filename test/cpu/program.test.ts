import { describe, expect, test } from 'vitest';
import type { Program, Store } from '../../src/backends/backend.ts';
import { programText } from '../../src/backends/cpu/describe.ts';
import { createCpuBackend } from '../../src/backends/cpu/index.ts';
import { chunkSize } from '../../src/backends/cpu/program.ts';
import { contiguousLayout, numel, type Shape } from '../../src/core/shape.ts';
import { bufferArg, instr, noise, runPlan, scalarArg, upload } from './helpers.ts';

/** Runs a program on float32 operands; its stores go to fresh results. */
function evaluate(
  program: Omit<Program, 'carried'>,
  values: readonly number[],
  operands: readonly number[][],
  scalars: readonly number[] = [],
): Promise<number[][]> {
  const n = numel(program.shape);
  const stores = values.map((value, i): Store => ({ value, ref: operands.length + i, dtype: 'float32' }));
  return runPlan(
    {
      kernels: [{ kind: 'pointwise', program: { ...program, carried: null }, stores }],
      results: values.map(() => ({ dtype: 'float32', numel: n })),
      temporaries: [],
    },
    operands.map((o) => ({ dtype: 'float32', values: o })),
    scalars,
  );
}
const fround = Math.fround;

describe('operands', () => {
  // Sizes around a chunk, so that strided walks stop and go on in the middle of a row.
  const shapes: Shape[] = [[1], [7], [3, 5], [chunkSize], [chunkSize + 1], [3, chunkSize - 1], [7, 11, 41], [2, 1, 3]];
  test.each(shapes.map((s) => [s]))('strided, reversed and broadcast operands of %j', async (shape) => {
    const n = numel(shape);
    const x = noise(n);
    const layout = contiguousLayout(shape);
    // Read back to front, and along reversed dims.
    const backwards = { shape, strides: layout.strides.map((s) => -s), offset: n - 1 };
    const permuted = { shape, strides: shape.map((_, d) => shape.slice(0, d).reduce((a, b) => a * b, 1)), offset: 0 };
    const lastDim = { shape, strides: shape.map((_, d) => (d === shape.length - 1 ? 1 : 0)), offset: 0 };
    const args = [bufferArg(0, layout), bufferArg(0, backwards), bufferArg(0, permuted), bufferArg(0, lastDim)];
    const instrs = [instr('add', [0, 1]), instr('sub', [4, 2]), instr('mul', [5, 3])];
    const [y] = await evaluate({ shape, args, instrs }, [6], [x]);
    const position = (i: number, strides: readonly number[]): number => {
      let rest = i;
      let p = 0;
      for (let d = shape.length - 1; d >= 0; d--) {
        p += (rest % shape[d]!) * strides[d]!;
        rest = Math.floor(rest / shape[d]!);
      }
      return p;
    };
    const expected = x.map((v, i) => {
      const sum = fround(v + x[n - 1 - i]!);
      return fround(fround(sum - x[position(i, permuted.strides)]!) * x[position(i, lastDim.strides)]!);
    });
    expect(y).toEqual(expected);
  });

  test('scalars are rounded to their dtype, and each run brings new ones', async () => {
    const backend = createCpuBackend();
    const x = upload(backend, 'float32', [1, 2, 3]);
    const y = upload(backend, 'float32', [0, 0, 0]);
    const program: Program = {
      shape: [3],
      carried: null,
      args: [bufferArg(0, contiguousLayout([3])), scalarArg(0)],
      instrs: [instr('mul', [0, 1])],
    };
    const executable = backend.compile({
      kernels: [{ kind: 'pointwise', program, stores: [{ value: 2, ref: 1, dtype: 'float32' }] }],
      externals: [{ dtype: 'float32', numel: 3 }],
      results: [{ dtype: 'float32', numel: 3 }],
      temporaries: [],
      scalars: ['float32'],
    });
    executable.run([x, y], [0.1]);
    expect(Array.from(await backend.read(y))).toEqual([1, 2, 3].map((v) => fround(v * fround(0.1))));
    executable.run([x, y], [-2]);
    expect(Array.from(await backend.read(y))).toEqual([-2, -4, -6]);
  });

  test('an empty domain writes nothing', async () => {
    expect(
      await evaluate(
        { shape: [0, 3], args: [bufferArg(0, contiguousLayout([0, 3]))], instrs: [instr('neg', [0])] },
        [1],
        [[]],
      ),
    ).toEqual([[]]);
  });
});

describe('results', () => {
  test('each instruction rounds to its dtype', async () => {
    const [y] = await evaluate(
      {
        shape: [1],
        args: [bufferArg(0, contiguousLayout([1])), scalarArg(0)],
        instrs: [instr('add', [0, 1]), instr('sub', [2, 1])],
      },
      [3],
      [[1e-3]],
      [1e5],
    );
    expect(y).toEqual([fround(fround(fround(1e-3) + 1e5) - 1e5)]);
  });

  test('several stores: of an instruction, of the same one again, of one that is used later, and of an operand', async () => {
    const n = 2 * chunkSize + 5;
    const x = noise(n);
    const layout = contiguousLayout([n]);
    const instrs = [instr('add', [0, 0]), instr('mul', [1, 0]), instr('neg', [2])];
    const [a, b, c, d] = await evaluate({ shape: [n], args: [bufferArg(0, layout)], instrs }, [1, 3, 1, 0], [x]);
    expect(a).toEqual(x.map((v) => v + v));
    expect(b).toEqual(x.map((v) => -fround((v + v) * v)));
    expect(c).toEqual(a);
    expect(d).toEqual(x);
  });

  test('a result may overwrite an operand, read in place, shifted or backwards', async () => {
    const n = 2 * chunkSize + 3;
    const x = noise(n + 1);
    for (const layout of [
      contiguousLayout([n]),
      { shape: [n], strides: [1], offset: 1 },
      { shape: [n], strides: [-1], offset: n - 1 },
    ]) {
      const backend = createCpuBackend();
      const buffer = upload(backend, 'float32', x);
      const program: Program = {
        shape: [n],
        carried: null,
        args: [bufferArg(0, layout)],
        // Reads the operand again after the first value that could already be stored.
        instrs: [instr('add', [0, 0]), instr('mul', [1, 0])],
      };
      const executable = backend.compile({
        kernels: [
          {
            kind: 'pointwise',
            program,
            stores: [
              { value: 1, ref: 0, dtype: 'float32' },
              { value: 2, ref: 1, dtype: 'float32' },
            ],
          },
        ],
        externals: [{ dtype: 'float32', numel: n + 1 }],
        results: [{ dtype: 'float32', numel: n }],
        temporaries: [],
        scalars: [],
      });
      const other = backend.alloc('float32', n);
      executable.run([buffer, other], []);
      const read = Array.from({ length: n }, (_, i) => x[layout.offset + i * layout.strides[0]!]!);
      expect(Array.from(await backend.read(buffer)).slice(0, n)).toEqual(read.map((v) => v + v));
      expect(Array.from(await backend.read(other))).toEqual(read.map((v) => fround((v + v) * v)));
    }
  });

  test('masks live in lanes of their own dtype', async () => {
    const x = [1, -1, 3, Number.NaN];
    const layout = contiguousLayout([4]);
    const [y] = await evaluate(
      {
        shape: [4],
        args: [bufferArg(0, layout), scalarArg(0)],
        instrs: [instr('gt', [0, 1], 'bool'), instr('cast', [2]), instr('where', [2, 0, 3])],
      },
      [4],
      [x],
      [0],
    );
    expect(y).toEqual([1, 0, 3, 0]);
  });

  test('a long chain reuses lanes without mixing values up', async () => {
    const n = chunkSize + 100;
    const x = noise(n);
    const layout = contiguousLayout([n]);
    const instrs = Array.from({ length: 40 }, (_, i) => instr('add', [i, i > 2 ? i - 2 : 0]));
    const [y] = await evaluate({ shape: [n], args: [bufferArg(0, layout)], instrs }, [40], [x]);
    const expected = x.map((v) => {
      const values = [v];
      for (let i = 0; i < 40; i++) values.push(fround(values[i]! + values[i > 2 ? i - 2 : 0]!));
      return values[40]!;
    });
    expect(y).toEqual(expected);
  });
});

test('a program reads as text', () => {
  const layout = contiguousLayout([2]);
  const program: Program = {
    shape: [2],
    carried: null,
    args: [bufferArg(0, layout), bufferArg(1, layout), scalarArg(3)],
    instrs: [instr('mul', [0, 1]), instr('add', [3, 2]), instr('cast', [4], 'bool')],
  };
  expect(programText(program, [{ value: 5 }, { value: 0 }])).toBe(
    't3 = mul(in0, in1); t4 = add(t3, scalar3); out0 = cast<bool>(t4); out1 = in0',
  );
  expect(programText({ ...program, carried: 'float32', args: [], instrs: [instr('relu', [0])] }, [{ value: 1 }])).toBe(
    'out0 = relu(result)',
  );
});
