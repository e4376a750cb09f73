/** Degrees and radians. */
import { composed } from '../compose.ts';
import { checkTensor, type Tensor } from '../tensor.ts';
import { inPlaceTwins, type Twins } from './elementary.ts';

/**
 * Degrees to radians: x·π/180. Source: torch.deg2rad.
 *
 * @example
 * await deg2rad(tensor([0, 180])).tolist(); // [0, 3.1416]
 */
export function deg2rad(input: Tensor): Tensor {
  checkTensor('deg2rad', input);
  return composed('Deg2RadBackward0', () => input.mul(Math.PI / 180));
}
/**
 * Radians to degrees: x·180/π. Source: torch.rad2deg.
 *
 * @example
 * await rad2deg(tensor([0, Math.PI / 2])).tolist(); // [0, 90]
 */
export function rad2deg(input: Tensor): Tensor {
  checkTensor('rad2deg', input);
  return composed('Rad2DegBackward0', () => input.mul(180 / Math.PI));
}

/** Methods whose result has the dtype of floating-point arithmetic. */
export const angleMethods = { deg2rad, rad2deg };
/** The same in place. */
export const angleInPlaceMethods: Twins<typeof angleMethods> = inPlaceTwins(angleMethods);
