/** What becomes one kernel, what is left out, where results go, and when a plan is made anew. */
import { beforeEach, describe, expect, test } from 'vitest';
import type { Kernel, PlanSpec } from '../../../src/backends/backend.ts';
import { contiguousLayout, type Shape } from '../../../src/core/shape.ts';
import { Engine } from '../../../src/graph/engine.ts';
import { type NodeInput, Storage, type Value } from '../../../src/graph/node.ts';
import { inScope } from '../../../src/graph/scope.ts';
import type { OpName } from '../../../src/ops/index.ts';
import type { Attrs } from '../../../src/ops/types.ts';
import { HashBackend } from './hash-backend.ts';

let backend: HashBackend;
let engine: Engine;

beforeEach(() => {
  backend = new HashBackend();
  engine = new Engine(backend);
});

const data = (shape: Shape): Value =>
  engine.upload(new Float32Array(shape.reduce((a, b) => a * b, 1)), shape, 'float32');
const arg = (input: Value | number): NodeInput =>
  typeof input === 'number' ? { scalar: input, dtype: 'float32' } : { value: input, layout: input.layout };
const op = (name: OpName, inputs: readonly (Value | number)[], attrs: Attrs = {}): Value =>
  engine.record(name, inputs.map(arg), attrs)[0]!;
/** Ops whose results are interior, but for the last. */
const interior = (fn: () => Value): Value =>
  inScope(fn, (last) => {
    last.kept = true;
  });

/** The plan of what is pending. */
function plan(): PlanSpec {
  engine.flush();
  return backend.plans[backend.plans.length - 1]!;
}
const opsOf = (k: Kernel): string[] => {
  if (k.kind === 'pointwise') return k.program.instrs.map((i) => i.op);
  const before = k.inputs.flatMap((i) => (i.kind === 'program' ? i.program.instrs.map((x) => x.op) : []));
  return [...before, k.op, ...(k.epilogue?.program.instrs.map((i) => i.op) ?? [])];
};
/** The ops of each kernel. */
const fused = (spec: PlanSpec): string[] => spec.kernels.map((k) => opsOf(k).join(' '));

function buffersOf(k: Kernel): number {
  const refs = new Set<number>();
  const visit = (a: {
    kind: string;
    ref?: number;
    program?: { args: readonly { kind: string; ref?: number }[] };
  }): void => {
    if (a.kind === 'buffer') refs.add(a.ref!);
    else for (const inner of a.program?.args ?? []) visit(inner);
  };
  if (k.kind === 'pointwise') {
    k.program.args.forEach(visit);
    for (const s of k.stores) refs.add(s.ref);
    return refs.size;
  }
  k.inputs.forEach(visit);
  k.epilogue?.program.args.forEach(visit);
  for (const o of [...k.outputs, ...(k.epilogue?.stores ?? [])]) if (o.ref >= 0) refs.add(o.ref);
  return refs.size;
}

describe('fusion', () => {
  test('pointwise chains are one kernel', () => {
    const x = data([2, 3]);
    interior(() => op('relu', [op('add', [op('exp', [x]), op('neg', [x])])]));
    expect(fused(plan())).toEqual(['exp neg add relu']);
  });

  test('a reduction takes what comes before and after into its kernel', () => {
    const x = data([2, 3]);
    interior(() => op('tanh', [op('sum', [op('exp', [x])], { dims: [1] })]));
    expect(fused(plan())).toEqual(['exp sum tanh']);
  });

  test('a product takes bias and activation, and does not evaluate costly operands again and again', () => {
    const [x, w, b] = [data([4, 3]), data([3, 2]), data([4, 2])];
    interior(() => op('relu', [op('add', [op('matmul', [x, w]), b])]));
    expect(fused(plan())).toEqual(['matmul add relu']);
    interior(() => op('matmul', [op('tanh', [x]), w]));
    expect(fused(plan())).toEqual(['tanh', 'matmul']);
  });

  test('a kernel never waits for itself', () => {
    const x = data([2, 3]);
    // x − its row sums: the sum is needed before, its operand after.
    interior(() => {
      const e = op('exp', [x]);
      const total = op('sum', [e], { dims: [1] });
      const wide: NodeInput = { value: total, layout: { shape: [2, 3], strides: [1, 0], offset: 0 } };
      return engine.record('div', [arg(e), wide], {})[0]!;
    });
    expect(fused(plan())).toEqual(['exp', 'sum', 'div']);
  });

  test('what a kernel computes is at hand at the same element only', () => {
    const x = data([3, 3]);
    interior(() => {
      const product = op('matmul', [x, x]);
      const turned = engine.record(
        'neg',
        [{ value: product, layout: { shape: [3, 3], strides: [1, 3], offset: 0 } }],
        {},
      )[0]!;
      return op('add', [turned, product]);
    });
    expect(fused(plan())).toEqual(['matmul', 'neg add']);
  });

  test('an epilogue does not compute its own kernel’s operands', () => {
    const [x, w] = [data([1, 3]), data([3, 3])];
    interior(() => {
      const left = op('exp', [x]);
      const product = op('matmul', [op('copy', [left]), w]);
      return op('add', [op('mul', [product, 2]), op('sub', [left, product])]);
    });
    const spec = plan();
    expect(fused(spec)[0]).toContain('exp');
    expect(spec.kernels.length).toBeGreaterThan(1);
  });

  test('no kernel binds more than eight buffers', () => {
    const operands = Array.from({ length: 20 }, () => data([2, 3]));
    interior(() => operands.reduce((sum, x) => op('add', [sum, x])));
    const spec = plan();
    expect(Math.max(...spec.kernels.map(buffersOf))).toBeLessThanOrEqual(8);
    // Seven operands into the first, six more and the sum so far into each further one.
    expect(spec.kernels.length).toBe(4);
    for (const x of operands) op('neg', [x]);
    expect(plan().kernels.map(buffersOf)).toEqual(Array.from({ length: 20 }, () => 2));
  });

  test('no kernel holds more than 64 ops', () => {
    const x = data([2, 3]);
    interior(() => Array.from({ length: 300 }).reduce<Value>((y) => op('neg', [y]), x));
    const lengths = plan().kernels.map((k) => opsOf(k).length);
    expect(lengths).toEqual([64, 64, 64, 64, 44]);
  });

  test('nothing is fused in immediate mode', async () => {
    engine.immediate = true;
    const x = data([2, 3]);
    const y = op('relu', [op('exp', [x])]);
    expect(backend.plans.map((p) => fused(p))).toEqual([['exp'], ['relu']]);
    await engine.read({ value: y, layout: y.layout });
    expect(backend.plans.length).toBe(2);
  });
});

describe('what is left out', () => {
  test('results that nobody can read', () => {
    const x = data([2, 3]);
    const y = interior(() => {
      op('exp', [op('tanh', [x])]);
      return op('neg', [x]);
    });
    expect(fused(plan())).toEqual(['neg']);
    expect(y.buffer).not.toBeNull();
    op('exp', [x]).kept = false;
    engine.flush();
    expect(backend.plans.length).toBe(1);
  });

  test('fills that only pointwise ops read', () => {
    const x = data([2, 3]);
    interior(() => op('mul', [x, op('fill', [3], { shape: [2, 3], dtype: 'float32' })]));
    const spec = plan();
    expect(fused(spec)).toEqual(['mul']);
    expect((spec.kernels[0] as Extract<Kernel, { kind: 'pointwise' }>).program.args.map((a) => a.kind)).toEqual([
      'buffer',
      'scalar',
    ]);
    const kept = op('fill', [3], { shape: [2, 3], dtype: 'float32' });
    op('mul', [x, kept]);
    expect(fused(plan()).join(' ')).toContain('fill');
  });

  test('copies of contiguous operands', () => {
    const x = data([2, 3]);
    op('softmax', [x], { dim: 1 });
    expect(fused(plan())).toEqual(['softmax']);
  });
});

describe('memory', () => {
  test('temporaries are used again after their last reader', () => {
    const w = data([3, 3]);
    interior(() => Array.from({ length: 10 }).reduce<Value>((x) => op('matmul', [x, w]), w));
    const spec = plan();
    expect(spec.kernels.length).toBe(10);
    expect(spec.temporaries.length).toBe(2);
  });

  test('a write in place stays where it was', () => {
    const storage = new Storage(data([2, 3]));
    const { buffer } = storage.value;
    storage.replace(op('mul', [storage.value, 2]));
    const spec = plan();
    expect([spec.results.length, spec.temporaries.length, spec.kernels.length]).toEqual([0, 0, 1]);
    expect(storage.value.buffer).toBe(buffer);
    storage.replace(op('scatterView', [storage.value, data([3]), 3], { strides: [1] }));
    expect(fused(plan())).toEqual(['scatterView']);
    expect(storage.value.buffer).toBe(buffer);
  });

  test('readers of the old value come first, or are given a copy', () => {
    const storage = new Storage(data([2, 3]));
    const old = storage.value;
    const before = op('sum', [old], { dims: [0, 1] });
    storage.replace(op('mul', [old, 2]));
    const turned: NodeInput = { value: storage.value, layout: { shape: [3, 2], strides: [1, 3], offset: 0 } };
    const after = engine.record('neg', [turned], {})[0]!;
    const spec = plan();
    expect(fused(spec)).toEqual(['sum', 'mul', 'neg']);
    expect([before.buffer, after.buffer].every((b) => b !== null)).toBe(true);
    // The old value is read after the write, by a view that the write's kernel cannot serve.
    const value = storage.value;
    storage.replace(op('exp', [value]));
    const late = engine.record(
      'matmul',
      [arg(storage.value), { value, layout: { shape: [3, 2], strides: [1, 3], offset: 0 } }],
      {},
    )[0]!;
    expect(fused(plan()).join(' ')).toContain('matmul');
    expect(late.buffer).not.toBeNull();
  });

  test('a result made in memory that goes to a later one is copied out', async () => {
    const storage = new Storage(data([3, 2]));
    const old = storage.value;
    const index = engine.upload(Int32Array.of(0, 1, 2), [3], 'int32');
    const kept = op('indexAdd', [old, index, data([3, 2])], { dim: 0 });
    storage.replace(op('exp', [data([3, 2])]));
    const spec = plan();
    expect(kept.buffer).not.toBe(storage.value.buffer);
    expect(spec.results.length).toBe(1);
    await engine.read({ value: kept, layout: kept.layout });
  });

  test('endless graphs run in between, also inside a scope', async () => {
    const x = data([2, 3]);
    const y = interior(() => Array.from({ length: 10_000 }).reduce<Value>((y) => op('neg', [y]), x));
    const other = Array.from({ length: 10_000 }).reduce<Value>((y) => op('exp', [y]), x);
    expect(backend.plans.length).toBe(2);
    await engine.read({ value: y, layout: y.layout });
    await engine.read({ value: other, layout: other.layout });
    // Those of the scope have gone with it, but for what it returned.
    expect(backend.liveBuffers).toBe(1 + 1 + 10_000);
  });

  test('a kernel that is run again for one result leaves its others alone', () => {
    const x = data([2, 3]);
    let values: readonly Value[] = [];
    inScope(() => {
      values = engine.record('layerNorm', [arg(x), arg(1e-5)], { dims: 1 });
      values[1]!.saved++;
    });
    engine.flush();
    const { buffer } = values[1]!;
    expect([values[0]!.buffer === null, buffer !== null]).toEqual([true, true]);
    const again = op('exp', [values[1]!]);
    op('neg', [values[0]!]);
    engine.flush();
    expect(values[1]!.buffer).toBe(buffer);
    expect(again.buffer).not.toBeNull();
  });
});

describe('keys', () => {
  const build = (number: number, shape: Shape = [2, 3], dims: readonly number[] = [1], keepFirst = false): void => {
    const x = data(shape);
    interior(() => {
      const first = op('mul', [x, number]);
      first.kept = keepFirst;
      return op('sum', [first], { dims });
    });
    engine.flush();
  };

  test('the same structure hits, whatever the numbers', () => {
    build(1);
    build(2);
    build(Number.NaN);
    expect(engine.stats).toMatchObject({ planMisses: 1, planHits: 2 });
  });

  test('shapes, static attributes and what survives make a difference', () => {
    build(1);
    build(1, [3, 2]);
    build(1, [2, 3], [0]);
    build(1, [2, 3], [1], true);
    expect(engine.stats).toMatchObject({ planMisses: 4, planHits: 0 });
  });

  test('so do layouts, and which operand is which', () => {
    const [x, y] = [data([3, 3]), data([3, 3])];
    const turned = { shape: [3, 3], strides: [1, 3], offset: 0 };
    const cases: readonly (readonly NodeInput[])[] = [
      [arg(x), arg(y)],
      [arg(x), arg(x)],
      [arg(x), { value: y, layout: turned }],
      [
        { value: x, layout: contiguousLayout([9]) },
        { value: y, layout: contiguousLayout([9]) },
      ],
    ];
    for (const inputs of cases) {
      engine.record('sub', inputs, {});
      engine.flush();
    }
    expect(engine.stats).toMatchObject({ planMisses: 4, planHits: 0 });
    engine.record('sub', [arg(y), arg(x)], {});
    engine.flush();
    expect(engine.stats).toMatchObject({ planMisses: 4, planHits: 1 });
  });
});
