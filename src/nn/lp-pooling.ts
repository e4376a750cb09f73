/** Pooling by norms. */
import { checkNumbers } from '../core/errors.ts';
import { type OptionalArgs, optionalArgs } from '../tensor/arguments.ts';
import type { LpPoolOptions, Sizes } from '../tensor/functional/index.ts';
import * as functional from '../tensor/functional/index.ts';
import type { Tensor } from '../tensor/tensor.ts';
import { checkInput, integers } from './checks.ts';
import { Module } from './module.ts';
import { pythonBool, pythonNumber, pythonSizes } from './repr.ts';

type Args = OptionalArgs<[stride: Sizes | null], LpPoolOptions>;

/** What poolings by norms are in any number of dims. */
abstract class LPPoolNd extends Module {
  readonly normType: number;
  readonly kernelSize: Sizes;
  /** Null: the kernel's size. */
  readonly stride: Sizes | null;
  readonly ceilMode: boolean;

  constructor(dims: number, normType: number, kernelSize: Sizes, rest: readonly unknown[]) {
    super();
    const layer = this.constructor.name;
    const { stride = null, ceilMode = false } = optionalArgs<LpPoolOptions>(layer, ['stride', 'ceilMode'], rest);
    checkNumbers(layer, { normType });
    integers(layer, 'kernelSize', kernelSize, 1, dims);
    if (stride !== null) integers(layer, 'stride', stride, 1, dims);
    this.normType = normType;
    this.kernelSize = kernelSize;
    this.stride = stride;
    this.ceilMode = ceilMode;
  }

  override extraRepr(): string {
    const stride = this.stride === null ? 'None' : pythonSizes(this.stride);
    return `norm_type=${pythonNumber(this.normType)}, kernel_size=${pythonSizes(this.kernelSize)}, stride=${stride}, ceil_mode=${pythonBool(this.ceilMode)}`;
  }
}

function norm(
  layer: LPPoolNd,
  input: Tensor,
  fn: (input: Tensor, normType: number, kernelSize: Sizes, options: LpPoolOptions) => Tensor,
): Tensor {
  checkInput(layer.constructor.name, input);
  return fn(input, layer.normType, layer.kernelSize, { stride: layer.stride, ceilMode: layer.ceilMode });
}

/**
 * Norm (Σ x^p)^(1/p) of each window, p = normType: `(N, C, L)` or `(C, L)` gives `(N, C, L')`. p = 1 is the sum, infinity the
 * greatest magnitude. The stride is the window's size unless given, also positionally. Source: torch.nn.LPPool1d.
 *
 * @throws ShapeError for an input smaller than the window.
 * @example
 * await new nn.LPPool1d(2, 2).forward(tensor([[3.0, 4.0, 0.5, 0.0]])).tolist(); // [[5, 0.5]]
 */
export class LPPool1d extends LPPoolNd {
  constructor(normType: number, kernelSize: Sizes, ...rest: Args) {
    super(1, normType, kernelSize, rest);
  }
  override forward(input: Tensor): Tensor {
    return norm(this, input, functional.lpPool1d);
  }
}

/**
 * Norm of each window: `(N, C, H, W)` or `(C, H, W)` gives `(N, C, H', W')`; see {@link LPPool1d}. Source: torch.nn.LPPool2d.
 *
 * @throws ShapeError for an input smaller than the window.
 * @example
 * new nn.LPPool2d(2, 3, { stride: 2 }).forward(randn([2, 3, 9, 9])).shape; // [2, 3, 4, 4]
 */
export class LPPool2d extends LPPoolNd {
  constructor(normType: number, kernelSize: Sizes, ...rest: Args) {
    super(2, normType, kernelSize, rest);
  }
  override forward(input: Tensor): Tensor {
    return norm(this, input, functional.lpPool2d);
  }
}

/**
 * Norm of each window: `(N, C, D, H, W)` or `(C, D, H, W)` gives `(N, C, D', H', W')`; see {@link LPPool1d}. Source: torch.nn.LPPool3d.
 *
 * @throws ShapeError for an input smaller than the window.
 * @example
 * new nn.LPPool3d(1.2, 2).forward(rand([1, 2, 4, 4, 4])).shape; // [1, 2, 2, 2, 2]
 */
export class LPPool3d extends LPPoolNd {
  constructor(normType: number, kernelSize: Sizes, ...rest: Args) {
    super(3, normType, kernelSize, rest);
  }
  override forward(input: Tensor): Tensor {
    return norm(this, input, functional.lpPool3d);
  }
}
