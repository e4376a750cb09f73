/**
 * Makes random programs. Each instruction is run at once, for both variants of the numbers, on the CPU in immediate mode: that
 * tells shapes, and lets instructions be dropped that would make values large or put them near a kink, where a difference in
 * the last bit would show.
 */

import type { Storage } from '../../../src/graph/node.ts';
import { Generator, isGradEnabled, noGrad, scope, type Tensor } from '../../../src/index.ts';
import { drawCall } from './draw.ts';
import { type Block, type Instr, type LeafDType, Machine, type Pair, type Program } from './language.ts';
import { Random } from './random.ts';
import { CallDraft, type Drawing, peek, Variable } from './variables.ts';

export interface GenerateOptions {
  /** Instructions in the main body, blocks counting as one. */
  readonly length: number;
  /** Leave out what PyTorch does not have, or defines otherwise: to compare with it. */
  readonly torch?: boolean;
}

/** What is known of one stretch of memory. */
interface Memory {
  /** Memory whose contents this one was computed from, directly or not. */
  readonly from: Set<Storage>;
  /** Made inside a scope and not returned from it. */
  interior: boolean;
  /** Interior, and something it was computed from has been written since. */
  stale: boolean;
}

const tame = (t: Tensor): boolean => {
  const limit = t.dtype === 'float32' ? 20 : 500;
  return peek(t).every((v) => Math.abs(v) <= limit);
};

class Draft implements Drawing {
  readonly random: Random;
  readonly torch: boolean;
  readonly variables = new Map<string, Variable>();
  private readonly memory = new Map<Storage, Memory>();
  private readonly generators = [new Generator(7), new Generator(7)] as const;
  private readonly machines: readonly [Machine, Machine];
  private body: Instr[] = [];
  private depth = 0;
  private names = 0;
  private backwards = 0;
  private optimized: readonly Variable[] = [];
  private stopped = false;

  constructor(seed: number, options: GenerateOptions) {
    this.random = new Random(seed);
    this.torch = options.torch ?? false;
    this.machines = [new Machine('cpu', 0, this.generators[0]), new Machine('cpu', 1, this.generators[1])];
  }

  fresh(): string {
    return `t${this.names++}`;
  }

  pick(accept: (v: Variable) => boolean): Variable | undefined {
    const usable = [...this.variables.values()].filter((v) => !this.memory.get(v.storage)!.stale && accept(v));
    if (usable.length === 0) return undefined;
    return this.random.pick(this.random.chance(0.6) ? usable.slice(-4) : usable);
  }

  // ---- running and recording ----------------------------------------------------------------------------------------

  private onBoth(instr: Instr): void {
    for (const machine of this.machines) void machine.run(instr);
  }

  leaf(shape: readonly number[], dtype: LeafDType, draw: () => number, requiresGrad = false): Variable {
    const n = shape.reduce((p, d) => p * d, 1);
    const values = [0, 1].map(() => Array.from({ length: n }, draw)) as [number[], number[]];
    const out = this.fresh();
    const instr: Instr = { kind: 'leaf', out, dtype, shape, values, requiresGrad };
    this.onBoth(instr);
    this.body.push(instr);
    return this.define(out, [], true, requiresGrad);
  }

  private define(name: string, operands: readonly Variable[], writable: boolean, isLeaf = false): Variable {
    const tensors = this.machines.map((m) => m.get(name)) as unknown as readonly [Tensor, Tensor];
    const v = new Variable(name, tensors, writable, isLeaf);
    this.variables.set(name, v);
    if (!this.memory.has(v.storage)) {
      this.memory.set(v.storage, {
        from: this.sources(operands),
        interior: this.depth > 0 && this.scopes > 0,
        stale: false,
      });
    }
    return v;
  }

  private sources(operands: readonly Variable[]): Set<Storage> {
    return new Set(operands.flatMap((o) => [o.storage, ...(this.memory.get(o.storage)?.from ?? [])]));
  }

  call(draft: CallDraft): boolean {
    const instr: Instr = {
      kind: 'call',
      op: draft.op,
      in: draft.in.map((v) => v.name),
      numbers: draft.numbers,
      args: draft.args,
      out: draft.out,
    };
    const states = this.generators.map((g) => g.getState());
    const drop = (): false => {
      for (const name of draft.out) for (const m of this.machines) m.tensors.delete(name);
      this.generators.forEach((g, i) => {
        g.setState(states[i]!);
      });
      return false;
    };
    if (draft.op === 'grad') {
      if (this.fails(instr)) return true;
    } else this.onBoth(instr);
    const made = draft.out.map((name) => this.machines.map((m) => m.get(name)));
    if (!made.flat().every(tame)) return drop();
    this.body.push(instr);
    for (const name of draft.out)
      this.define(name, draft.in, draft.writable && draft.in.every((v) => v.writable || !draft.isView));
    return true;
  }

  write(draft: CallDraft): boolean {
    const [target, ...sources] = draft.in as [Variable, ...Variable[]];
    const instr: Instr = {
      kind: 'call',
      op: draft.op,
      in: draft.in.map((v) => v.name),
      numbers: draft.numbers,
      args: {},
      out: [],
    };
    if (this.fails(instr)) return true;
    if (![...this.variables.values()].every((v) => v.tensors.every(tame))) {
      this.stopped = true;
      return true;
    }
    this.body.push(instr);
    const memory = this.memory.get(target.storage)!;
    for (const s of this.sources(sources)) memory.from.add(s);
    if (this.scopes === 0) memory.interior = false;
    this.touched(new Set([target.storage]));
    return true;
  }

  /** Runs an instruction that may throw by right; then it is the program's last, and what it throws is compared too. */
  private fails(instr: Instr): boolean {
    try {
      this.onBoth(instr);
      return false;
    } catch {
      this.body.push(instr);
      this.stopped = true;
      return true;
    }
  }

  /** Interior values computed from what was just written can no longer be recomputed. */
  private touched(written: ReadonlySet<Storage>): void {
    for (const [storage, m] of this.memory) {
      if (m.interior && !written.has(storage) && [...m.from].some((s) => written.has(s))) m.stale = true;
    }
  }

  private get gradients(): Set<Storage> {
    const grads = [...this.variables.values()].map((v) => v.tensor.impl.leaf?.grad?.storage);
    return new Set(grads.filter((g) => g !== undefined));
  }

  // ---- instructions -------------------------------------------------------------------------------------------------

  private scopes = 0;

  private block(): boolean {
    if (this.depth >= 2) return false;
    const kind = this.random.pick(['scope', 'scope', 'forward', 'noGrad'] as const);
    const outer = this.body;
    const before = new Set(this.variables.keys());
    const inner: Instr[] = [];
    this.body = inner;
    this.depth++;
    if (kind !== 'noGrad') this.scopes++;
    const run = (): void => {
      for (let n = 2 + this.random.below(4); n > 0 && !this.stopped; n--) this.step();
    };
    if (kind === 'noGrad') noGrad(run);
    else scope(run);
    this.depth--;
    if (kind !== 'noGrad') this.scopes--;
    this.body = outer;
    const made = [...this.variables.keys()].filter((name) => !before.has(name));
    const returns = kind === 'noGrad' ? made : made.filter(() => this.random.chance(0.35));
    const block: Block = { kind, body: inner, returns };
    this.body.push(block);
    if (kind !== 'noGrad' && this.scopes === 0) {
      for (const name of returns) this.memory.get(this.variables.get(name)!.storage)!.interior = false;
    }
    return true;
  }

  private read(): boolean {
    const all = [...this.variables.values()];
    const v = this.random.pick(all);
    this.readVariable(v);
    return true;
  }

  private readVariable(v: Variable): void {
    // Inside a block nothing can be awaited, and the memory may still be there.
    const wait = this.depth === 0 && this.random.chance(0.4);
    this.body.push({ kind: 'read', of: v.name, wait, stale: this.memory.get(v.storage)!.stale });
  }

  private withGrad(): Variable[] {
    return [...this.variables.values()].filter((v) => v.isLeaf && v.tensor.grad !== null);
  }

  private backward(): boolean {
    if (!isGradEnabled() || this.backwards >= 3) return false;
    const from = this.pick((v) => v.tensor.requiresGrad && v.tensor.dtype === 'float32' && !v.isLeaf);
    if (!from) return false;
    let loss = from;
    if (from.tensor.numel() !== 1) {
      const out = this.fresh();
      const op = this.random.pick(['sum', 'mean']);
      if (!this.call(new CallDraft(op, [from], { args: { dim: null, keepdim: false }, out: [out] }))) return false;
      loss = this.variables.get(out)!;
    }
    const instr: Instr = { kind: 'backward', of: loss.name, retainGraph: this.random.chance(0.5) };
    const written = this.gradients;
    this.backwards++;
    if (this.fails(instr)) return true;
    const grads = [...this.variables.values()].flatMap((v) => v.tensors.flatMap((t) => t.grad ?? []));
    if (!grads.every(tame)) {
      this.stopped = true;
      return true;
    }
    this.body.push(instr);
    this.touched(written);
    return true;
  }

  private takeGrad(): boolean {
    const owners = this.withGrad();
    if (owners.length === 0) return false;
    const of = this.random.pick(owners);
    const out = this.fresh();
    const instr: Instr = { kind: 'grad', of: of.name, out };
    this.onBoth(instr);
    this.body.push(instr);
    this.define(out, [], true);
    return true;
  }

  private readGrad(): boolean {
    const owners = this.withGrad();
    if (owners.length === 0) return false;
    this.body.push({
      kind: 'readGrad',
      of: this.random.pick(owners).name,
      wait: this.depth === 0 && this.random.chance(0.4),
    });
    return true;
  }

  private dropGrads(): boolean {
    const owners = this.withGrad();
    if (owners.length === 0 || this.depth > 0) return false;
    const useOptimizer = this.optimized.length > 0 && this.random.chance(0.7);
    const of = this.random.shuffled(owners).slice(0, 2);
    const written = this.gradients;
    const instr: Instr = useOptimizer ? { kind: 'zeroGrad' } : { kind: 'dropGrad', of: of.map((v) => v.name) };
    this.onBoth(instr);
    this.body.push(instr);
    this.touched(written);
    return true;
  }

  private optimizer(): boolean {
    if (this.depth > 0) return false;
    if (this.optimized.length === 0) {
      const leaves = this.random.shuffled([...this.variables.values()].filter((v) => v.isLeaf)).slice(0, 3);
      if (leaves.length === 0) return false;
      const instr: Instr = {
        kind: 'optimizer',
        of: leaves.map((v) => v.name),
        algorithm: this.random.pick(['SGD', 'Adam']),
        momentum: this.random.pick([0, 0.5]),
      };
      this.onBoth(instr);
      this.body.push(instr);
      this.optimized = leaves;
      return true;
    }
    if (!this.optimized.some((v) => v.tensor.grad)) return false;
    const instr: Instr = { kind: 'step', lr: this.pair(0.0625, 0.5) };
    this.onBoth(instr);
    this.body.push(instr);
    this.touched(new Set([...this.optimized.map((v) => v.storage), ...this.gradients]));
    return true;
  }

  pair(low: number, high: number): Pair {
    return [this.random.number(low, high), this.random.number(low, high)];
  }

  private keep(): boolean {
    const v = this.pick((x) => this.memory.get(x.storage)!.interior);
    if (!v) return false;
    this.body.push({ kind: 'keep', of: v.name });
    this.onBoth({ kind: 'keep', of: v.name });
    this.memory.get(v.storage)!.interior = false;
    return true;
  }

  private step(): void {
    const { random } = this;
    const kind = random.next();
    for (let attempts = 0; attempts < 20; attempts++) {
      const done =
        kind < 0.68
          ? drawCall(this)
          : kind < 0.74
            ? this.block()
            : kind < 0.82
              ? this.backward()
              : kind < 0.86
                ? this.read()
                : kind < 0.89
                  ? this.optimizer()
                  : kind < 0.91
                    ? this.takeGrad()
                    : kind < 0.93
                      ? this.readGrad()
                      : kind < 0.95
                        ? this.dropGrads()
                        : kind < 0.97
                          ? this.keep()
                          : this.flush();
      if (done || this.stopped) return;
    }
  }

  private flush(): boolean {
    this.body.push({ kind: 'flush' });
    return true;
  }

  program(length: number): Program {
    const { random } = this;
    for (let n = 2 + random.below(2); n > 0; n--) {
      this.leaf(random.pick(leafShapes), 'float32', () => this.away(random.number(-2, 2)), random.chance(0.7));
    }
    for (let n = 0; n < length && !this.stopped; n++) this.step();
    // At the end everything that can be read is, for a few variables and all gradients.
    for (const v of random.shuffled([...this.variables.values()]).slice(0, 4)) this.readVariable(v);
    for (const v of this.withGrad()) this.body.push({ kind: 'readGrad', of: v.name, wait: false });
    return this.body;
  }

  away(v: number): number {
    return Math.abs(v) < 0.2 ? (v < 0 ? v - 0.25 : v + 0.25) : v;
  }
}

const leafShapes = [[3], [2, 3], [2, 3], [3, 2], [2, 1], [2, 2, 3]];

/** The program of a seed. Leaves the CPU in the mode it found it in. */
export function generate(seed: number, options: GenerateOptions): Program {
  return new Draft(seed, options).program(options.length);
}
