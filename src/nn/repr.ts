/** Values as Python prints them, for `String(module)`. */

/** repr() of a float: 0.1, 1.0, 1e-05. Python turns to exponents below 1e-4 and from 1e16 on. */
export function pythonFloat(value: number): string {
  if (Number.isNaN(value)) return 'nan';
  if (!Number.isFinite(value)) return value > 0 ? 'inf' : '-inf';
  const [mantissa, exponent] = value.toExponential().split('e') as [string, string];
  const power = Number(exponent);
  if (value !== 0 && (power < -4 || power >= 16)) {
    return `${mantissa}e${power < 0 ? '-' : '+'}${String(Math.abs(power)).padStart(2, '0')}`;
  }
  if (Object.is(value, -0)) return '-0.0';
  if (Number.isInteger(value)) return `${value}.0`;
  // JavaScript turns to exponents below 1e-6 only, so this is plain decimal.
  return String(value);
}

/** A tuple of integers: `(3, 3)`, `(8,)`. */
export function pythonTuple(values: readonly number[]): string {
  return `(${values.join(', ')}${values.length === 1 ? ',' : ''})`;
}

/** A number that may be of either kind: 2, 2.5. */
export const pythonNumber = (value: number): string => (Number.isInteger(value) ? `${value}` : pythonFloat(value));

/** A number or a tuple of them, as it was given. */
export const pythonSizes = (v: number | readonly number[]): string => (typeof v === 'number' ? `${v}` : pythonTuple(v));

export const pythonBool = (value: boolean): string => (value ? 'True' : 'False');
