/** Padding: more elements at the edges, or fewer. */
import { DTypeError, describe, OptionError, ShapeError, wrongType } from '../../core/errors.ts';
import { contiguousStrides, formatShape } from '../../core/shape.ts';
import { type OptionalArgs, optionalArgs } from '../arguments.ts';
import { composed } from '../compose.ts';
import { full } from '../create.ts';
import { cat } from '../functions/core.ts';
import { narrow, sliceAlong } from '../functions/views.ts';
import { written } from '../impl/parts.ts';
import { checkTensor, Tensor } from '../tensor.ts';

/** What padding is filled with: one value, the mirror image (without the edge), the edge, or the other end. */
export type PaddingMode = 'constant' | 'reflect' | 'replicate' | 'circular';
/** Options of {@link pad}. */
export interface PadOptions {
  /** 'constant' by default. */
  readonly mode?: PaddingMode;
  /** For 'constant': 0 by default. */
  readonly value?: number | boolean | null;
}
/** How much one dim grows at its start and its end; negative numbers crop. */
interface Growth {
  readonly dim: number;
  readonly before: number;
  readonly after: number;
}

/**
 * Pads the last dims: `[before, after]` of the last, then of the one before it, and so on; negative numbers crop. 'constant'
 * pads any number of dims; the other modes the last one of (C, W) and (N, C, W), two of (C, H, W) and (N, C, H, W), three of
 * (C, D, H, W) and (N, C, D, H, W). Source: torch.nn.functional.pad.
 *
 * @throws ShapeError for a padding that does not fit the dims, OptionError for an unknown mode.
 * @example
 * await functional.pad(tensor([[1, 2]]), [1, 2]).tolist(); // [[0, 1, 2, 0, 0]]
 * await functional.pad(tensor([[1, 2, 3]]), [2, 0], { mode: 'reflect' }).tolist(); // [[3, 2, 1, 2, 3]]
 */
export function pad(
  input: Tensor,
  pad: readonly number[],
  ...rest: OptionalArgs<[mode: PaddingMode, value: number | boolean | null], PadOptions>
): Tensor {
  checkTensor('pad', input);
  if (!Array.isArray(pad) || !pad.every(Number.isInteger)) wrongType('pad', 'pad', 'a list of ints', pad);
  const { mode = 'constant', value = null } = optionalArgs<PadOptions>('pad', ['mode', 'value'], rest);
  if (pad.length % 2 !== 0) throw new ShapeError(`Padding length must be divisible by 2\n  in pad: got ${pad.length}`);
  if (pad.length > 2 * input.ndim) {
    throw new ShapeError(
      `Padding length should be less than or equal to two times the input dimension but got padding length ${pad.length} and input of dimension ${input.ndim}`,
    );
  }
  const growth = Array.from(
    { length: pad.length / 2 },
    (_, i): Growth => ({
      dim: input.ndim - 1 - i,
      before: pad[2 * i]!,
      after: pad[2 * i + 1]!,
    }),
  );
  if (mode === 'constant') return constant(input, growth, value ?? 0);
  if (!Object.hasOwn(modes, mode)) {
    throw new OptionError(
      `Unrecognised padding mode ${describe(mode)}\n  in pad: it takes constant, ${Object.keys(modes).join(', ')}`,
    );
  }
  if (value !== null) throw new OptionError(`Padding mode "${mode}" doesn't take in value argument`);
  const { name, check, pad: one } = modes[mode];
  checkSpatial(input, growth, mode);
  for (const g of growth) check(input, g);
  return composed(`${name}Pad${growth.length}DBackward0`, () => {
    const grown = growth.reduce((x, g) => one(x, g), input);
    return growth.some(({ before, after }) => before > 0 || after > 0) ? grown : grown.clone();
  });
}

// ---- constant -------------------------------------------------------------------------------------------------------

function constant(input: Tensor, growth: readonly Growth[], value: number | boolean): Tensor {
  if (typeof value !== 'number' && typeof value !== 'boolean') wrongType('pad', 'value', 'a number', value);
  return composed('ConstantPadNdBackward0', () => {
    const kept = growth.reduce(cropped, input);
    const shape = [...kept.shape];
    const start = shape.map(() => 0);
    for (const { dim, before, after } of growth) {
      start[dim] = Math.max(before, 0);
      shape[dim]! += start[dim]! + Math.max(after, 0);
    }
    if (shape.every((d, i) => d === kept.shape[i])) return kept.clone();
    const strides = contiguousStrides(shape);
    const offset = start.reduce((sum, s, i) => sum + s * strides[i]!, 0);
    const base = full(shape, value, { dtype: input.dtype, device: input.device });
    return new Tensor(written(base.impl, kept.impl, { strides, offset }));
  });
}
/** The negative part of a padding. */
function cropped(x: Tensor, { dim, before, after }: Growth): Tensor {
  const [first, last] = [Math.max(-before, 0), Math.max(-after, 0)];
  return first + last === 0 ? x : narrow(x, dim, first, x.shape[dim]! - first - last);
}

// ---- from the input itself ------------------------------------------------------------------------------------------

/** Where position j, counted from the input's first, reads: start + step·j. */
type Line = readonly [start: number, step: -1 | 0 | 1];
/** How positions before the input, of n elements, and behind it read. */
type Lines = (n: number) => readonly [before: Line, behind: Line];

interface Mode {
  /** As PyTorch names the gradient. */
  readonly name: string;
  /** Throws where PyTorch refuses. */
  readonly check: (input: Tensor, g: Growth) => void;
  readonly pad: (x: Tensor, g: Growth) => Tensor;
}
const modes: Readonly<Record<Exclude<PaddingMode, 'constant'>, Mode>> = {
  reflect: {
    name: 'Reflection',
    check(input, g) {
      const size = input.shape[g.dim]!;
      if (g.before >= size || g.after >= size) {
        throw new ShapeError(
          `Argument #4: Padding size should be less than the corresponding input dimension, but got: padding (${g.before}, ${g.after}) at dimension ${g.dim} of input ${formatShape(input.shape)}`,
        );
      }
      leavesSome(input, g);
    },
    pad: (x, g) =>
      extended(x, g, (n) => [
        [0, -1],
        [2 * (n - 1), -1],
      ]),
  },
  replicate: {
    name: 'Replication',
    check: leavesSome,
    pad: (x, g) =>
      extended(x, g, (n) => [
        [0, 0],
        [n - 1, 0],
      ]),
  },
  circular: {
    name: 'Circular',
    check(input, { dim, before, after }) {
      const size = input.shape[dim]!;
      const left = size + Math.min(before, 0) + Math.min(after, 0);
      if (size + before + after < 0)
        throw new ShapeError('Negative padding value is resulting in an empty dimension\n  in pad');
      if (before > left || after > left) {
        throw new ShapeError(
          `Padding value causes wrapping around more than once.\n  in pad: dim ${dim} has ${left} elements, padding is (${before}, ${after})`,
        );
      }
    },
    // Cropped first: what comes round is what is left.
    pad: (x, { dim, before, after }) =>
      extended(
        cropped(x, { dim, before, after }),
        { dim, before: Math.max(before, 0), after: Math.max(after, 0) },
        (n) => [
          [n, 1],
          [-n, 1],
        ],
      ),
  },
};

function leavesSome(input: Tensor, { dim, before, after }: Growth): void {
  const size = input.shape[dim]! + before + after;
  if (size >= 1) return;
  const name = 'WHD'[input.ndim - 1 - dim];
  throw new ShapeError(
    `input (${name}: ${input.shape[dim]}) is too small. Calculated output ${name}: ${size}\n  in pad`,
  );
}

/** The part of … before | the input | behind … that a padding leaves, joined of as many views. */
function extended(x: Tensor, { dim, before, after }: Growth, lines: Lines): Tensor {
  const n = x.shape[dim]!;
  const [ahead, behind] = lines(n);
  const stretches: readonly (readonly [from: number, to: number, line: Line])[] = [
    [-before, 0, ahead],
    [0, n, [0, 1]],
    [n, n + after, behind],
  ];
  const views = stretches.flatMap(([from, to, [start, step]]) => {
    const first = Math.max(from, -before);
    const size = Math.min(to, n + after) - first;
    if (size <= 0) return [];
    const at = start + step * first;
    if (size === n && step === 1) return [x];
    if (step !== 0) return [sliceAlong(x, dim, at, size, step)];
    return [sliceAlong(x, dim, at, 1).expand(x.shape.map((d, i) => (i === dim ? size : d)))];
  });
  return views.length === 1 ? views[0]! : cat(views, dim);
}

function checkSpatial(input: Tensor, growth: readonly Growth[], mode: PaddingMode): void {
  const dims = growth.length;
  if (dims < 1 || dims > 3 || (input.ndim !== dims + 1 && input.ndim !== dims + 2)) {
    throw new ShapeError(
      `Padding size ${2 * dims} is not supported for ${input.ndim}D input tensor.\n  2 numbers pad (C, W) and (N, C, W), 4 pad (C, H, W) and (N, C, H, W), 6 pad (C, D, H, W) and (N, C, D, H, W)`,
    );
  }
  const batched = input.ndim === dims + 2;
  if (input.shape.some((d, i) => d === 0 && !(batched && i === 0))) {
    throw new ShapeError(
      `Expected ${dims + 1}D or ${dims + 2}D (batch mode) tensor with possibly 0 batch size and other non-zero dimensions for input, but got: ${formatShape(input.shape)}\n  in pad`,
    );
  }
  if (input.dtype === 'bool' && mode !== 'circular')
    throw new DTypeError('pad: only the modes constant and circular take bool\n  cast with .int() first');
}
