/**
 * Programs as data: what random tests generate, run in every mode, and shrink. A program is straight-line code over the
 * public API, with blocks for scope(), a module's forward and noGrad().
 */
import {
  type DisposedError,
  flush,
  fromArray,
  type Generator,
  noGrad,
  scope,
  type Tensor,
} from '../../../src/index.ts';
import * as nn from '../../../src/nn/index.ts';
import * as optim from '../../../src/optim/index.ts';
import { type CallArgs, calls } from './calls.ts';

/** Each number has two variants: a plan made for the first must be right for the second. */
export type Pair = readonly [number, number];
export type Variant = 0 | 1;
export type LeafDType = 'float32' | 'int32' | 'bool';

export interface Leaf {
  readonly kind: 'leaf';
  readonly out: string;
  readonly dtype: LeafDType;
  readonly shape: readonly number[];
  readonly values: readonly [readonly number[], readonly number[]];
  readonly requiresGrad: boolean;
}
/** A function of tensors and numbers; in-place methods end in `_` and have no result. */
export interface Call {
  readonly kind: 'call';
  readonly op: string;
  readonly in: readonly string[];
  readonly numbers: readonly Pair[];
  readonly args: CallArgs;
  readonly out: readonly string[];
}
export interface Block {
  readonly kind: 'scope' | 'forward' | 'noGrad';
  readonly body: readonly Instr[];
  readonly returns: readonly string[];
}
export type Instr =
  | Leaf
  | Call
  | Block
  /** `wait`: the read is awaited before the program goes on. `stale`: an operand of an interior tensor was written since. */
  | { readonly kind: 'read'; readonly of: string; readonly wait: boolean; readonly stale: boolean }
  | { readonly kind: 'readGrad'; readonly of: string; readonly wait: boolean }
  /** A handle to a leaf's gradient. */
  | { readonly kind: 'grad'; readonly of: string; readonly out: string }
  | { readonly kind: 'backward'; readonly of: string; readonly retainGraph: boolean }
  | { readonly kind: 'keep'; readonly of: string }
  | { readonly kind: 'dropGrad'; readonly of: readonly string[] }
  | {
      readonly kind: 'optimizer';
      readonly of: readonly string[];
      readonly algorithm: 'SGD' | 'Adam';
      readonly momentum: number;
    }
  | { readonly kind: 'step'; readonly lr: Pair }
  | { readonly kind: 'zeroGrad' }
  | { readonly kind: 'flush' };
export type Program = readonly Instr[];

/** What one read, or a call that threw, gave. */
export interface Seen {
  readonly label: string;
  readonly stale: boolean;
  readonly values?: { readonly dtype: string; readonly shape: readonly number[]; readonly data: readonly number[] };
  readonly error?: string;
}

/** A module whose forward is a block of the program. */
class BlockModule extends nn.Module {
  private readonly body: () => Tensor[];
  constructor(body: () => Tensor[]) {
    super();
    this.body = body;
  }
  override forward(): Tensor[] {
    return this.body();
  }
}

/** One run of a program: its variables, its generator and what was read so far. */
export class Machine {
  readonly tensors = new Map<string, Tensor>();
  readonly reads: Promise<Seen>[] = [];
  private readonly variant: Variant;
  private readonly device: 'cpu' | 'webgpu';
  private readonly generator: Generator;
  private optimizer: optim.SGD | optim.Adam | null = null;

  constructor(device: 'cpu' | 'webgpu', variant: Variant, generator: Generator) {
    this.device = device;
    this.variant = variant;
    this.generator = generator;
  }

  get(name: string): Tensor {
    const t = this.tensors.get(name);
    if (!t) throw new MissingVariable(name);
    return t;
  }

  /** Runs one instruction. Returns a promise where the program has to wait. */
  run(instr: Instr): Promise<unknown> | undefined {
    switch (instr.kind) {
      case 'leaf':
        this.tensors.set(instr.out, this.leaf(instr));
        return;
      case 'call': {
        const numbers = instr.numbers.map((p) => p[this.variant]);
        const call = calls[instr.op]!;
        const made = call({
          t: instr.in.map((n) => this.get(n)),
          n: numbers,
          a: instr.args,
          device: this.device,
          generator: this.generator,
        });
        instr.out.forEach((name, i) => {
          this.tensors.set(name, made[i]!);
        });
        return;
      }
      case 'scope':
        scope(() => this.body(instr));
        return;
      case 'forward':
        new BlockModule(() => this.body(instr)).forward();
        return;
      case 'noGrad':
        noGrad(() => this.body(instr));
        return;
      case 'read':
        return this.read(instr.of, () => this.get(instr.of), instr.stale, instr.wait);
      case 'readGrad':
        return this.read(`${instr.of}.grad`, () => this.get(instr.of).grad, false, instr.wait);
      case 'grad': {
        const { grad } = this.get(instr.of);
        if (!grad) throw new MissingVariable(`${instr.of}.grad`);
        this.tensors.set(instr.out, grad);
        return;
      }
      case 'backward':
        this.get(instr.of).backward(null, { retainGraph: instr.retainGraph });
        return;
      case 'keep':
        this.get(instr.of).keep();
        return;
      case 'dropGrad':
        for (const name of instr.of) this.get(name).grad = null;
        return;
      case 'optimizer': {
        const parameters = instr.of.map((n) => this.get(n));
        this.optimizer =
          instr.algorithm === 'SGD'
            ? new optim.SGD(parameters, { momentum: instr.momentum })
            : new optim.Adam(parameters, { eps: 1e-3 });
        return;
      }
      case 'step':
        if (!this.optimizer) throw new MissingVariable('optimizer');
        for (const group of this.optimizer.paramGroups) group.lr = instr.lr[this.variant];
        this.optimizer.step();
        return;
      case 'zeroGrad':
        this.optimizer?.zeroGrad();
        return;
      case 'flush':
        flush();
        return;
    }
  }

  private body({ body, returns }: Block): Tensor[] {
    for (const instr of body) void this.run(instr);
    return returns.flatMap((n) => this.tensors.get(n) ?? []);
  }

  private leaf({ dtype, shape, values, requiresGrad }: Leaf): Tensor {
    const data = values[this.variant];
    const typed =
      dtype === 'float32' ? new Float32Array(data) : dtype === 'int32' ? new Int32Array(data) : new Uint8Array(data);
    return fromArray(typed, [...shape], { dtype, device: this.device, requiresGrad });
  }

  private read(label: string, of: () => Tensor | null, stale: boolean, wait: boolean): Promise<unknown> | undefined {
    const t = of();
    const seen = t ? see(label, t, stale) : Promise.resolve({ label, stale });
    this.reads.push(seen);
    return wait ? seen : undefined;
  }
}

/** Cutting instructions out of a program leaves others without operands. */
export class MissingVariable extends Error {}

async function see(label: string, t: Tensor, stale: boolean): Promise<Seen> {
  const { dtype, shape } = t;
  try {
    return { label, stale, values: { dtype, shape, data: Array.from((await t.data()) as Float32Array) } };
  } catch (error) {
    return { label, stale, error: String(error) };
  }
}

export const isDisposed = (seen: Seen): boolean =>
  seen.error?.startsWith('DisposedError' satisfies DisposedError['name']) ?? false;

/** Runs all of a program. A call that throws ends it and is among what was seen. */
export async function execute(
  program: Program,
  device: 'cpu' | 'webgpu',
  variant: Variant,
  generator: Generator,
): Promise<Seen[]> {
  const machine = new Machine(device, variant, generator);
  for (const instr of program) {
    try {
      await machine.run(instr);
    } catch (error) {
      if (error instanceof MissingVariable) continue;
      machine.reads.push(Promise.resolve({ label: list([instr]).join(' '), stale: false, error: String(error) }));
      break;
    }
  }
  return Promise.all(machine.reads);
}

// ---- text -----------------------------------------------------------------------------------------------------------

const pair = ([a, b]: Pair): string => (a === b ? `${a}` : `${a}|${b}`);

/** A readable listing; numbers that differ between the variants are written `first|second`. */
export function list(program: Program, indent = ''): string[] {
  return program.flatMap((instr) => lines(instr, indent));
}

function lines(instr: Instr, indent: string): string[] {
  switch (instr.kind) {
    case 'leaf': {
      const grad = instr.requiresGrad ? ', requiresGrad' : '';
      return [
        `${indent}${instr.out} = ${instr.dtype}[${instr.shape}](${instr.values[0].map((v) => +v.toFixed(4)).join(' ')}${grad})`,
      ];
    }
    case 'call': {
      const args = [
        ...instr.in,
        ...instr.numbers.map(pair),
        ...Object.entries(instr.args).map(([k, v]) => `${k}: ${JSON.stringify(v)}`),
      ];
      return [`${indent}${instr.out.length > 0 ? `${instr.out.join(', ')} = ` : ''}${instr.op}(${args.join(', ')})`];
    }
    case 'scope':
    case 'forward':
    case 'noGrad':
      return [
        `${indent}${instr.kind} {`,
        ...list(instr.body, `${indent}  `),
        `${indent}} -> ${instr.returns.join(', ')}`,
      ];
    case 'read':
      return [`${indent}read ${instr.of}${instr.wait ? ', await' : ''}${instr.stale ? ' (stale)' : ''}`];
    case 'readGrad':
      return [`${indent}read ${instr.of}.grad${instr.wait ? ', await' : ''}`];
    case 'grad':
      return [`${indent}${instr.out} = ${instr.of}.grad`];
    case 'backward':
      return [`${indent}${instr.of}.backward(${instr.retainGraph ? 'retainGraph' : ''})`];
    case 'keep':
      return [`${indent}${instr.of}.keep()`];
    case 'dropGrad':
      return [`${indent}${instr.of.map((n) => `${n}.grad`).join(' = ')} = null`];
    case 'optimizer':
      return [`${indent}optimizer = ${instr.algorithm}(${instr.of.join(', ')}; momentum ${instr.momentum})`];
    case 'step':
      return [`${indent}optimizer.step(lr ${pair(instr.lr)})`];
    case 'zeroGrad':
      return [`${indent}optimizer.zeroGrad()`];
    case 'flush':
      return [`${indent}flush()`];
  }
}
