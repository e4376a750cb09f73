/** Random numbers that distributions are made of, of a shape, with dtype and device of a parameter. */
import type { Shape } from '../core/shape.ts';
import { rand, randn } from '../tensor/create.ts';
import type { Tensor } from '../tensor/tensor.ts';

const of = ({ dtype, device }: Tensor) => ({ dtype, device });
/** Uniform in [0, 1). */
export const uniformDraw = (like: Tensor, shape: Shape): Tensor => rand([...shape], of(like));
/** Standard normal. */
export const normalDraw = (like: Tensor, shape: Shape): Tensor => randn([...shape], of(like));

const least = 2 ** -25;
/** Of the exponential distribution with rate 1, and never 0, so that it has a logarithm. */
export const exponentialDraw = (like: Tensor, shape: Shape): Tensor =>
  uniformDraw(like, shape).neg().log1p().neg().clamp({ min: least });
/** Of the Gumbel distribution with location 0 and scale 1. */
export const gumbelDraw = (like: Tensor, shape: Shape): Tensor => exponentialDraw(like, shape).log().neg();
