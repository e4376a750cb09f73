/** What helps those who give optional arguments one after the other where they go by name. */
import { describe, OptionError } from '../core/errors.ts';
import { isPlain } from './arguments.ts';

const shown = (value: unknown): string =>
  typeof value === 'string'
    ? `'${value}'`
    : Array.isArray(value)
      ? `[${value.join(', ')}]`
      : value === null || typeof value !== 'object'
        ? String(value)
        : describe(value);

/** Refuses optional arguments, and shows them as they should be: `{ stride: 1, padding: 1 }`. */
export function refusePositional(op: string, names: readonly string[], given: readonly unknown[]): never {
  const byName = given.flatMap((value, i) =>
    isPlain(value)
      ? Object.entries(value).map(([name, v]) => `${name}: ${shown(v)}`)
      : i < names.length
        ? [`${names[i]}: ${shown(value)}`]
        : [],
  );
  throw new OptionError(
    `${op}: optional arguments go by name, in one object that comes last: { ${byName.join(', ')} }`,
  );
}
