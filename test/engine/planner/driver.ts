/** Builds random graphs, and what they should give. */
import { expect } from 'vitest';
import { contiguousLayout, expandLayout, type Layout, numel, type Shape } from '../../../src/core/shape.ts';
import { makeHomes } from '../../../src/graph/arena.ts';
import { Engine } from '../../../src/graph/engine.ts';
import { type Home, type NodeInput, type Operand, Storage, type Value } from '../../../src/graph/node.ts';
import { inScope } from '../../../src/graph/scope.ts';
import { type OpName, row } from '../../../src/ops/index.ts';
import type { Attrs } from '../../../src/ops/types.ts';
import { HashBackend } from './hash-backend.ts';
import { type Contents, kernelResult, pointwiseElement, positions, readThrough, scalarElement } from './hashing.ts';

/** An instruction: what to do, and numbers to choose operands and variants by. */
export type Draw = readonly [kind: number, a: number, b: number, c: number];

const unary: readonly OpName[] = ['neg', 'exp', 'tanh', 'relu'];
const binary: readonly OpName[] = ['add', 'mul', 'sub'];

/** A storage, and what it ought to hold. */
interface Cell {
  readonly storage: Storage;
  contents: Contents;
}

export class Driver {
  readonly backend = new HashBackend();
  readonly engine = new Engine(this.backend);
  readonly checks: Promise<void>[] = [];
  private cells: Cell[] = [];
  private saved: { readonly value: Value; readonly contents: Contents }[] = [];
  private readonly base: number;
  /** A fixed place, as gradients have in their optimizer's arena, and what lives there. */
  private readonly home: Home;
  private resident: Cell | null = null;

  /** `base` is added to all scalars and data, so that a second run has other numbers in the same plans. */
  constructor(base: number) {
    this.base = base;
    [this.home] = makeHomes(this.engine, 'float32', [6]) as [Home];
    for (const shape of [[2, 3], [2, 3], [3], [6], [3, 2]]) {
      const data = Array.from({ length: numel(shape) }, (_, i) => base + i + 10 * this.cells.length);
      this.cells.push({
        storage: new Storage(this.engine.upload(Float32Array.from(data), shape, 'float32')),
        contents: data,
      });
    }
  }

  private pick(n: number, accept: (c: Cell) => boolean = () => true): Cell | undefined {
    const list = this.cells.filter(accept);
    return list[list.length - 1 - (n % Math.max(list.length, 1))];
  }

  /** A cell through some view of it. */
  private view(cell: Cell, n: number): Operand {
    const { value } = cell.storage;
    const { shape, strides } = value.layout;
    const views: Layout[] = [value.layout, value.layout];
    if (shape.length === 2) {
      views.push({ shape: [shape[1]!, shape[0]!], strides: [strides[1]!, strides[0]!], offset: 0 });
      views.push({ shape, strides: [-strides[0]!, strides[1]!], offset: strides[0]! * (shape[0]! - 1) });
      views.push(contiguousLayout([numel(shape)]));
    }
    if (numel(shape) === 6) views.push({ shape: [3], strides: [2], offset: 1 });
    if (shape.length === 1 && shape[0] === 3) views.push(expandLayout(value.layout, [2, 3]));
    return { value, layout: views[n % views.length]! };
  }

  private read(operand: Operand): number[] {
    const cell = this.cells.find((c) => c.storage.value === operand.value)!;
    return readThrough(cell.contents, operand.layout);
  }

  private inputsOf(inputs: readonly NodeInput[]): number[][] {
    return inputs.map((i) => ('value' in i ? this.read(i) : [scalarElement(i.scalar)]));
  }

  /** Records an op and computes at once what it should give. */
  private record(op: OpName, inputs: readonly NodeInput[], attrs: Attrs = {}): Cell {
    const given = this.inputsOf(inputs);
    const value = this.engine.record(op, inputs, attrs)[0]!;
    const contents =
      row(op).kind === 'pointwise'
        ? Array.from({ length: value.numel }, (_, i) =>
            pointwiseElement(
              op,
              value.dtype,
              given.map((g) => (g.length === 1 ? g[0]! : g[i]!)),
              i,
            ),
          )
        : kernelResult(op, attrs, given, 0, value.shape);
    return { storage: new Storage(value), contents };
  }

  private number(n: number): NodeInput {
    return { scalar: this.base + (n % 5), dtype: 'float32' };
  }

  private sameShape(shape: Shape, n: number): Operand | undefined {
    const candidates = this.cells
      .flatMap((c) => [0, 1, 2, 3, 4, 5, 6].map((v) => this.view(c, v)))
      .filter((o) => o.layout.shape.join() === shape.join());
    return candidates[n % Math.max(1, candidates.length)];
  }

  /** One instruction. Those for which there is no operand do nothing. */
  run([kind, a, b, c]: Draw): void {
    const cell = this.pick(a)!;
    const x = this.view(cell, b);
    switch (kind) {
      case 0:
      case 1:
        this.cells.push(this.record(unary[c % unary.length]!, [x]));
        return;
      case 2:
      case 3: {
        const y = this.sameShape(x.layout.shape, c);
        if (y) this.cells.push(this.record(binary[b % binary.length]!, [x, y]));
        return;
      }
      case 4:
        this.cells.push(this.record(binary[c % binary.length]!, [x, this.number(b)]));
        return;
      case 5:
        this.cells.push(this.record('fill', [this.number(c)], { shape: [2, 3], dtype: 'float32' }));
        return;
      case 6:
        this.cells.push(this.record('sum', [x], { dims: [c % x.layout.shape.length] }));
        return;
      case 7: {
        const [rows, columns] = x.layout.shape;
        const y = this.sameShape([columns ?? 0, rows ?? 0], c);
        if (columns !== undefined && y) this.cells.push(this.record('matmul', [x, y]));
        return;
      }
      case 8:
        this.cells.push(this.record('softmax', [x], { dim: 0 }));
        return;
      // In place: all of it, by an elementwise op.
      case 9:
      case 10: {
        const y = kind === 9 ? this.number(c) : this.sameShape(cell.storage.value.shape, c);
        if (!y) return;
        const made = this.record('mul', [{ value: cell.storage.value, layout: cell.storage.value.layout }, y]);
        this.replace(cell, made);
        return;
      }
      // In place: a part.
      case 11: {
        const { value } = cell.storage;
        const target = this.view(cell, b).layout;
        if (new Set(positions(target)).size !== numel(target.shape)) return;
        const source = this.sameShape(target.shape, c);
        if (!source) return;
        const base = { value, layout: value.layout };
        const offset = { scalar: target.offset, dtype: 'uint32' as const };
        this.replace(cell, this.record('scatterView', [base, source, offset], { strides: target.strides }));
        return;
      }
      // In place: a kernel that overwrites its operand, and one that adds rows.
      case 12: {
        const { value } = cell.storage;
        if (value.shape.length !== 2) return;
        const index = this.record(
          'arange',
          [
            { scalar: 0, dtype: 'int32' },
            { scalar: 1, dtype: 'int32' },
          ],
          { shape: [value.shape[0]!], dtype: 'int32' },
        );
        const source = this.sameShape(value.shape, c);
        if (!source) return;
        this.cells.push(index);
        const sum = this.record(
          'indexAdd',
          [{ value, layout: value.layout }, { value: index.storage.value, layout: index.storage.value.layout }, source],
          { dim: 0 },
        );
        this.cells.splice(this.cells.indexOf(index), 1);
        if (b % 2 === 0) this.replace(cell, sum);
        else this.cells.push(sum);
        return;
      }
      case 13:
        this.engine.flush();
        return;
      // Read, through a view, without waiting.
      case 14: {
        const expected = this.read(x);
        this.checks.push(this.engine.read(x).then((got) => expect(Array.from(got as Int32Array)).toEqual(expected)));
        return;
      }
      // The handle is dropped: what is still pending and read by nobody is dead code.
      case 15:
        if (this.cells.length < 4) return;
        if (cell === this.resident) return;
        this.cells.splice(this.cells.indexOf(cell), 1);
        cell.storage.value.kept = false;
        this.engine.releaseWhenIdle(cell.storage.value);
        return;
      // A tape saves a value, and lets go of the oldest.
      case 16: {
        const { value } = cell.storage;
        if (cell === this.resident) return;
        value.saved++;
        this.saved.push({ value, contents: cell.contents });
        if (c % 3 === 0) this.letGo();
        return;
      }
      // A new value takes the fixed place. The old one may no longer be used.
      case 17: {
        if (numel(x.layout.shape) !== 6) return;
        const made = this.record('exp', [x]);
        if (this.resident) {
          this.cells = this.cells.filter((other) => other !== this.resident);
          const { value } = this.resident.storage;
          if (!value.buffer) {
            value.home = null;
            value.kept = false;
          }
        }
        made.storage.value.settleIn(this.home);
        this.resident = made;
        this.cells.push(made);
        return;
      }
      default:
        // A scope: what it makes is interior, but for the last.
        inScope(
          () => {
            const before = this.cells;
            this.cells = [...before];
            this.run([0, a, b, c]);
            this.run([2, b, a, c]);
            this.run([6, 0, c, b]);
            const made = this.cells.filter((x) => !before.includes(x));
            this.cells = [...before, ...made.slice(-1)];
            return made[made.length - 1];
          },
          (last) => {
            if (last) last.storage.value.kept = true;
          },
        );
    }
  }

  private letGo(): void {
    const oldest = this.saved.shift();
    if (!oldest) return;
    oldest.value.saved--;
    if (oldest.value.saved === 0 && !oldest.value.kept) this.engine.releaseWhenIdle(oldest.value);
  }

  private replace(cell: Cell, made: Cell): void {
    cell.storage.replace(made.storage.value);
    cell.contents = made.contents;
  }

  /** Everything that can be read must be what it ought to be. */
  async finish(): Promise<void> {
    await Promise.all(this.checks);
    for (const { storage, contents } of this.cells) {
      const got = await this.engine.read({ value: storage.value, layout: storage.value.layout });
      expect(Array.from(got as Int32Array)).toEqual([...contents]);
    }
    for (const { value, contents } of this.saved) {
      if (value.superseded) continue;
      expect(Array.from((await this.engine.read({ value, layout: value.layout })) as Int32Array)).toEqual([
        ...contents,
      ]);
    }
  }
}
