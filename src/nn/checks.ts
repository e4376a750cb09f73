/** What layers check of their arguments, and how they make parameters. */
import type { DType } from '../core/dtype.ts';
import { checkOptions, describe, OptionError, wrongType } from '../core/errors.ts';
import type { Shape } from '../core/shape.ts';
import { empty } from '../tensor/create.ts';
import type { DeviceName } from '../tensor/device.ts';
import type { Sizes } from '../tensor/functional/index.ts';
import { late } from '../tensor/late.ts';
import { Parameter } from './parameter.ts';

/** Throws when the input of a layer is not a tensor. */
export { checkTensor as checkInput } from '../tensor/tensor.ts';

/** Options of every layer that has parameters. */
export interface FactoryOptions {
  /** Default: the device chosen by init(). */
  readonly device?: DeviceName;
  /** Default `'float32'`. */
  readonly dtype?: DType;
}
export const factoryNames: readonly (keyof FactoryOptions)[] = ['device', 'dtype'];

/** The options of `options` that a tensor factory takes. */
export function factory({ device, dtype }: FactoryOptions): FactoryOptions {
  return { ...(device && { device }), ...(dtype && { dtype }) };
}

/** A parameter yet to be initialised. */
export function makeParameter(shape: Shape, options: FactoryOptions): Parameter {
  return new Parameter(empty(shape, factory(options)));
}

/** The options of a call: one object, which comes last. What came positionally is shown by name. */
export function optionsOf<O extends object>(layer: string, names: readonly string[], given: readonly unknown[]): O {
  const [options = {}] = given;
  if (given.length > 1 || typeof options !== 'object') late.refusePositional(layer, names, given);
  checkOptions(layer, options as O, names);
  return options as O;
}

/** Throws unless each named value is an integer of at least `least`. */
export function checkIntegers(layer: string, values: Readonly<Record<string, number>>, least = 0): void {
  for (const [name, value] of Object.entries(values)) {
    if (Number.isInteger(value) && value >= least) continue;
    throw new OptionError(
      `${layer}: ${name} must be an integer of at least ${least}, got ${describe(value)}${afterRequired(value)}`,
    );
  }
}

/** What helps where options stand in the place of something required. */
const afterRequired = (value: unknown): string =>
  value && typeof value === 'object' && !Array.isArray(value)
    ? '\n  options come last, in one object, after the required arguments'
    : '';

/** Throws unless each named value that is given is a truth value. */
export function checkSwitches(layer: string, values: Readonly<Record<string, unknown>>): void {
  for (const [name, value] of Object.entries(values)) {
    if (value !== undefined && typeof value !== 'boolean') wrongType(layer, name, 'true or false', value);
  }
}

const words = ['', 'one', 'two', 'three', 'four', '', 'six'];

/** One integer for all of `n` places, or one for each, as a list. */
export function integers(layer: string, name: string, value: Sizes, least: number, n: number): readonly number[] {
  const list = typeof value === 'number' ? Array<number>(n).fill(value) : value;
  if (!Array.isArray(list) || list.length !== n || !list.every((v) => Number.isInteger(v) && v >= least)) {
    throw new OptionError(
      `${layer}: ${name} must be an integer of at least ${least} or ${words[n]} of them, got ${describe(value)}${afterRequired(value)}`,
    );
  }
  return [...list];
}
