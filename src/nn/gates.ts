/** Smooth activations, as layers: each takes any shape, and all but GLU return the same. */
import type { OptionalArgs } from '../tensor/arguments.ts';
import * as functional from '../tensor/functional/index.ts';
import type { Tensor } from '../tensor/tensor.ts';
import { Activation, type InplaceArgs } from './activation.ts';

/**
 * x·tanh(softplus(x)). Source: torch.nn.Mish, arXiv 1908.08681.
 *
 * @example
 * await new nn.Mish().forward(tensor([-1, 0.5])).tolist(); // [-0.3034, 0.3752]
 */
export class Mish extends Activation {
  declare readonly inplace: boolean;
  constructor(...given: InplaceArgs) {
    super({ inplace: false }, given);
  }
  protected override compute(input: Tensor): Tensor {
    return functional.mish(input);
  }
}

/**
 * log(σ(x)). Source: torch.nn.LogSigmoid.
 *
 * @example
 * await new nn.LogSigmoid().forward(tensor([0, 2.5])).tolist(); // [-0.6931, -0.0789]
 */
export class LogSigmoid extends Activation {
  constructor() {
    super({}, []);
  }
  protected override compute(input: Tensor): Tensor {
    return functional.logsigmoid(input);
  }
}

/**
 * x/(1 + |x|). Source: torch.nn.Softsign.
 *
 * @example
 * await new nn.Softsign().forward(tensor([-3, 1])).tolist(); // [-0.75, 0.5]
 */
export class Softsign extends Activation {
  constructor() {
    super({}, []);
  }
  protected override compute(input: Tensor): Tensor {
    return functional.softsign(input);
  }
}

/**
 * x − tanh x. Source: torch.nn.Tanhshrink.
 *
 * @example
 * await new nn.Tanhshrink().forward(tensor([-1, 2])).tolist(); // [-0.2384, 1.036]
 */
export class Tanhshrink extends Activation {
  constructor() {
    super({}, []);
  }
  protected override compute(input: Tensor): Tensor {
    return functional.tanhshrink(input);
  }
}

/**
 * a·σ(b), with the halves a and b of the input along `dim`. Source: torch.nn.GLU, arXiv 1612.08083.
 *
 * @throws ShapeError when the dim is of odd size.
 * @example
 * new nn.GLU().forward(randn([4, 6])).shape; // [4, 3]
 */
export class GLU extends Activation {
  /** Default −1. */
  declare readonly dim: number;
  constructor(...given: OptionalArgs<[dim: number], { readonly dim?: number }>) {
    super({ dim: -1 }, given);
  }
  protected override compute(input: Tensor): Tensor {
    return functional.glu(input, this.dim);
  }
  override extraRepr(): string {
    return `dim=${this.dim}`;
  }
}
