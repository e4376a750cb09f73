/** What distributions of `loc + scale·z` have in common, where z has no parameters. */
import type { Tensor, TensorOrNumber } from '../tensor/tensor.ts';
import { type Constraint, positive, real } from './constraints.ts';
import { Distribution } from './distribution.ts';
import { broadcastAll, type DistributionArgs, validateArgsOf } from './parameters.ts';

/** A distribution on the real line with a place and a width; what these measure, each kind says. */
export abstract class LocationScale extends Distribution {
  /** Where it lies. */
  readonly loc: Tensor;
  /** How wide it is. */
  readonly scale: Tensor;

  constructor(name: string, loc: TensorOrNumber, scale: TensorOrNumber, rest: DistributionArgs) {
    const validateArgs = validateArgsOf(name, rest);
    const wide = broadcastAll(name, { loc, scale });
    const parameters = { loc: [loc, real], scale: [scale, positive] } as const;
    super({ name, batchShape: wide.loc.shape, like: wide.loc, parameters, validateArgs });
    this.loc = wide.loc;
    this.scale = wide.scale;
  }
  override get hasRsample(): boolean {
    return true;
  }
  override get support(): Constraint {
    return real;
  }
}
