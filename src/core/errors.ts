/** Base of every error Lumigrad throws on purpose. The first line uses PyTorch's words where PyTorch has them. */
export class LumigradError extends Error {
  override name = 'LumigradError';
}
/** Shapes, dims, indices or sizes that do not fit. */
export class ShapeError extends LumigradError {
  override name = 'ShapeError';
}
/** A dtype an op does not take, or a value a dtype cannot hold. */
export class DTypeError extends LumigradError {
  override name = 'DTypeError';
}
/** No device, mixed devices, limits exceeded, out of memory. */
export class DeviceError extends LumigradError {
  override name = 'DeviceError';
}
/** The GPU went away: pending reads reject with this, later calls throw it. */
export class DeviceLostError extends DeviceError {
  override name = 'DeviceLostError';
}
/** Wrong use of autograd. */
export class GradError extends LumigradError {
  override name = 'GradError';
}
/** A tensor whose memory is gone: disposed, or an interior value whose inputs changed since. */
export class DisposedError extends LumigradError {
  override name = 'DisposedError';
}
/** A file or buffer that is not what it claims to be. */
export class FormatError extends LumigradError {
  override name = 'FormatError';
}
/** An unknown or ill-typed option or argument. */
export class OptionError extends LumigradError {
  override name = 'OptionError';
}

/** A value that should not be there, in the words of a message. */
export function describe(value: unknown): string {
  if (value === null || typeof value === 'number' || typeof value === 'boolean') return String(value);
  if (Array.isArray(value)) {
    const shown = value.slice(0, 8).map((v) => (Array.isArray(v) ? '[…]' : describe(v)));
    return `[${shown.join(', ')}${value.length > 8 ? ', …' : ''}]`;
  }
  if (typeof value === 'object') return `${value.constructor?.name ?? 'Object'}`;
  if (typeof value === 'string') return `'${value.length > 80 ? `${value.slice(0, 80)}…` : value}'`;
  return typeof value;
}

/** Throws, in PyTorch's words, for an argument of the wrong type. */
export function wrongType(op: string, argument: string, expected: string, value: unknown, wayOut = ''): never {
  throw new OptionError(
    `${op}(): argument '${argument}' must be ${expected}, not ${describe(value)}${wayOut && `\n  ${wayOut}`}`,
  );
}
/** Throws unless each named value is a number. */
export function checkNumbers(op: string, values: Readonly<Record<string, unknown>>): void {
  for (const [name, value] of Object.entries(values))
    if (typeof value !== 'number') wrongType(op, name, 'a number', value);
}
/** Throws unless `fn` can be called. */
export function checkFunction(op: string, fn: unknown): void {
  if (typeof fn !== 'function') wrongType(op, 'fn', 'a function', fn, `write ${op}(() => …)`);
}

/** The candidate nearest to `word` by edit distance, or undefined when nothing is close. */
export function nearest(word: string, candidates: readonly string[]): string | undefined {
  let best: string | undefined;
  let bestDistance = Math.max(2, Math.floor(word.length / 2)) + 1;
  for (const c of candidates) {
    const d = editDistance(word.toLowerCase(), c.toLowerCase());
    if (d < bestDistance) {
      best = c;
      bestDistance = d;
    }
  }
  return best;
}

function editDistance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, i) => i);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      next[j] = Math.min(next[j - 1]! + 1, row[j]! + 1, row[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1));
    }
    row = next;
  }
  return row[b.length]!;
}

/** Options that are switches, and options that are numbers, wherever they occur. */
const switches = new Set(
  (
    'keepdim requiresGrad retainGraph createGraph allowUnused setToNone training ceilMode countIncludePad affine elementwiseAffine ' +
    'trackRunningStats shuffle dropLast nesterov maximize strict persistent freeze errorIfNonfinite source'
  ).split(' '),
);
const numbers = new Set(
  'alpha eps labelSmoothing ignoreIndex normType lr dampening weightDecay scale offset atol rtol'.split(' '),
);

/**
 * Throws when `options` has a key outside `known`, naming the nearest known one, or a switch or number of another type; not for
 * those in `open`, which may be something else, too.
 */
export function checkOptions(
  op: string,
  options: object | undefined,
  known: readonly string[],
  open: readonly string[] = [],
): void {
  if (options === undefined) return;
  if (options === null || typeof options !== 'object') {
    throw new OptionError(`${op}: options must be an object, got ${describe(options)}`);
  }
  for (const [key, value] of Object.entries(options)) {
    if (known.includes(key)) {
      if (value === undefined || open.includes(key)) continue;
      if (switches.has(key) && typeof value !== 'boolean') wrongType(op, key, 'true or false', value);
      // Python's booleans are numbers: alpha=True. Adafactor has two of eps.
      const isNumber =
        typeof value === 'number' ||
        (key === 'alpha' && typeof value === 'boolean') ||
        (key === 'eps' && Array.isArray(value));
      if (numbers.has(key) && !isNumber) wrongType(op, key, 'a number', value);
      continue;
    }
    const near = nearest(key, known);
    throw new OptionError(
      `${op}() got an unexpected option '${key}'` +
        (near
          ? `; did you mean '${near}'?`
          : known.length
            ? `; it takes ${known.join(', ')}`
            : '; it takes no options'),
    );
  }
}
