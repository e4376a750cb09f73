/** Arguments that functions of torch.nn.functional share. */
import { wrongType } from '../../core/errors.ts';
import { type Tensor, varOf } from '../tensor.ts';

/** One number for both spatial dims, or [height, width]. */
export type Pair = number | readonly [number, number] | readonly number[];

export function pair(name: string, option: string, v: Pair): readonly [number, number] {
  const [a, b] = sizes(name, option, v, 2);
  return [a!, b!];
}
/** One number for all spatial dims, or one for each. */
export type Sizes = number | readonly number[];

const words = ['', 'one', 'two', 'three'];

/** One number per spatial dim. */
export function sizes(name: string, option: string, v: Sizes, dims: number): readonly number[] {
  const list: unknown = typeof v === 'number' ? [v] : v;
  if (!Array.isArray(list) || (list.length !== dims && list.length !== 1) || !list.every(Number.isInteger))
    wrongType(name, option, `an integer or a list of ${words[dims]}`, v);
  return list.length === dims ? [...list] : Array.from({ length: dims }, () => list[0]);
}
/** The Var of a tensor that may be left out. */
export const optional = (op: string, t: Tensor | null | undefined, argument: string) =>
  t === null || t === undefined ? null : varOf(op, t, argument);
