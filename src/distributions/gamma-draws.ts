/** Draws of the gamma distribution, and how they follow its shape. */
import type { Shape } from '../core/shape.ts';
import { AutogradFunction, type FunctionContext } from '../func/function.ts';
import { where } from '../tensor/functions/core.ts';
import type { Tensor } from '../tensor/tensor.ts';
import { exponentialDraw, normalDraw, uniformDraw } from './draws.ts';
import { logGammaSlope } from './gamma-integrals.ts';

/** Of every twenty-one proposals at most one is refused: that this many are happens once in 10^10 draws. */
const proposals = 8;

/**
 * Logarithms of draws with rate 1, one for each element of `shape`; those of small shapes would be 0 themselves. Source: G. Marsaglia,
 * W. W. Tsang, "A simple method for generating gamma variables" (2000).
 */
function draw(concentration: Tensor): Tensor {
  const { shape } = concentration;
  const isSmall = concentration.lt(1);
  const d = concentration.add(isSmall.to(concentration.dtype)).sub(1 / 3);
  const c = d.mul(9).rsqrt();
  const many: Shape = [proposals, ...shape];
  const normal = normalDraw(concentration, many);
  const step = normal.mul(c).clamp({ min: -0.999 });
  const logV = step.log1p().mul(3);
  // 1 - v, exact for v near 1.
  const fall = step.add(3).mul(step).add(3).mul(step).neg();
  const bound = normal
    .square()
    .mul(0.5)
    .add(d.mul(fall.add(logV)));
  const isTaken = uniformDraw(concentration, many).log().lt(bound).logicalAnd(normal.mul(c).gt(-0.999));
  const first = isTaken.to('int32').argmax(0, { keepdim: true });
  const drawn = logV.gather(0, first).squeeze(0).add(d.log());
  // A draw of shape 1 + a, times a power of a uniform number, is one of shape a.
  const boost = exponentialDraw(concentration, shape).div(concentration);
  return where(isSmall, drawn.sub(boost), drawn);
}

/** Logarithms of gamma draws of rate 1; their gradient is implicit. */
class LogGammaDraw extends AutogradFunction {
  static forward(ctx: FunctionContext, concentration: Tensor): Tensor {
    const drawn = draw(concentration);
    ctx.saveForBackward(concentration, drawn);
    return drawn;
  }
  static backward(ctx: FunctionContext, grad: Tensor): Tensor {
    const [concentration, drawn] = ctx.savedTensors;
    return grad.mul(logGammaSlope(concentration!, drawn!));
  }
}
/** Logarithms of gamma draws with rate 1, one for each element of `concentration`, which they follow. */
export const logGammaDraw = (concentration: Tensor): Tensor => LogGammaDraw.apply(concentration);
