import { describe, OptionError } from '../core/errors.ts';

/** PyTorch's words for settings out of range. */
export function atLeast(what: string, value: number, least: number): void {
  if (typeof value !== 'number' || !(value >= least)) throw new OptionError(`Invalid ${what}: ${describe(value)}`);
}
export function inUnitInterval(what: string, value: number): void {
  if (typeof value !== 'number' || !(value >= 0 && value < 1))
    throw new OptionError(`Invalid ${what}: ${describe(value)}`);
}
