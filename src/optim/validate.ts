import { OptionError } from '../core/errors.ts';

/** PyTorch's words for settings out of range. */
export function atLeast(what: string, value: number, least: number): void {
  if (!(value >= least)) throw new OptionError(`Invalid ${what}: ${value}`);
}
export function inUnitInterval(what: string, value: number): void {
  if (!(value >= 0 && value < 1)) throw new OptionError(`Invalid ${what}: ${value}`);
}
