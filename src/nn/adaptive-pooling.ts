/** Adaptive pooling: the number of windows is given, and they share the input out. */
import { wrongType } from '../core/errors.ts';
import { type OptionalArgs, optionalArgs } from '../tensor/arguments.ts';
import type { AdaptiveMaxPoolOptions, AdaptiveSizes } from '../tensor/functional/index.ts';
import * as functional from '../tensor/functional/index.ts';
import type { Tensor } from '../tensor/tensor.ts';
import { checkInput, checkSwitches } from './checks.ts';
import { Module } from './module.ts';
import type { MaybeIndexed } from './pooling.ts';

/** What adaptive poolings are in any number of dims. */
abstract class AdaptivePoolNd extends Module {
  readonly outputSize: AdaptiveSizes;

  constructor(dims: number, outputSize: AdaptiveSizes) {
    super();
    const list: unknown = Array.isArray(outputSize) ? outputSize : [outputSize];
    const whole = (n: unknown): boolean => (Number.isInteger(n) && Number(n) >= 0) || (n === null && dims > 1);
    if (!Array.isArray(list) || !list.every(whole) || (Array.isArray(outputSize) && list.length !== dims)) {
      const one = dims > 1 ? `an integer, null or a list of ${dims} of those` : 'an integer';
      wrongType(this.constructor.name, 'outputSize', one, outputSize);
    }
    this.outputSize = outputSize;
  }

  override extraRepr(): string {
    const { outputSize } = this;
    const text = (n: number | null): string => (n === null ? 'None' : `${n}`);
    if (typeof outputSize === 'number' || outputSize === null) return `output_size=${text(outputSize)}`;
    return `output_size=(${outputSize.map(text).join(', ')}${outputSize.length === 1 ? ',' : ''})`;
  }
}

/** Options of adaptive max pooling layers. */
export type AdaptiveMaxPoolLayerOptions<I extends boolean = boolean> = AdaptiveMaxPoolOptions & {
  readonly returnIndices?: I;
};
type MaxArgs<I extends boolean> = OptionalArgs<[returnIndices: I], AdaptiveMaxPoolLayerOptions<I>>;

/** What adaptive max poolings are in any number of dims. */
abstract class AdaptiveMaxPoolNd extends AdaptivePoolNd {
  readonly returnIndices: boolean;

  constructor(dims: number, outputSize: AdaptiveSizes, rest: readonly unknown[]) {
    super(dims, outputSize);
    const layer = this.constructor.name;
    const { returnIndices = false } = optionalArgs<AdaptiveMaxPoolOptions>(layer, ['returnIndices'], rest);
    checkSwitches(layer, { returnIndices });
    this.returnIndices = returnIndices;
  }
}

function greatest<I extends boolean>(
  layer: AdaptiveMaxPoolNd,
  input: Tensor,
  fn: (input: Tensor, outputSize: AdaptiveSizes, options: AdaptiveMaxPoolOptions) => unknown,
): MaybeIndexed<I> {
  checkInput(layer.constructor.name, input);
  return fn(input, layer.outputSize, { returnIndices: layer.returnIndices }) as MaybeIndexed<I>;
}

/**
 * Greatest elements of `outputSize` windows that share out each line of `(N, C, L)` or `(C, L)`: the i-th of n from floor(i·L/n) up to ceil((i + 1)·L/n).
 * With `returnIndices` (also positionally) forward returns `[values, indices]`. Source: torch.nn.AdaptiveMaxPool1d.
 *
 * @throws ShapeError for an empty line.
 * @example
 * new nn.AdaptiveMaxPool1d(5).forward(randn([1, 4, 8])).shape; // [1, 4, 5]
 */
export class AdaptiveMaxPool1d<I extends boolean = false> extends AdaptiveMaxPoolNd {
  constructor(outputSize: AdaptiveSizes, ...rest: MaxArgs<I>) {
    super(1, outputSize, rest);
  }
  override forward(input: Tensor): MaybeIndexed<I> {
    return greatest(this, input, functional.adaptiveMaxPool1d);
  }
}

/**
 * Greatest elements of `outputSize` windows that share out each plane of `(N, C, H, W)` or `(C, H, W)`: see {@link AdaptiveMaxPool1d}. A list gives one number per dim; null keeps the input's size.
 * With `returnIndices` (also positionally) forward returns `[values, indices]`. Source: torch.nn.AdaptiveMaxPool2d.
 *
 * @throws ShapeError for an empty plane.
 * @example
 * new nn.AdaptiveMaxPool2d([5, null]).forward(randn([1, 4, 8, 9])).shape; // [1, 4, 5, 9]
 */
export class AdaptiveMaxPool2d<I extends boolean = false> extends AdaptiveMaxPoolNd {
  constructor(outputSize: AdaptiveSizes, ...rest: MaxArgs<I>) {
    super(2, outputSize, rest);
  }
  override forward(input: Tensor): MaybeIndexed<I> {
    return greatest(this, input, functional.adaptiveMaxPool2d);
  }
}

/**
 * Greatest elements of `outputSize` windows that share out each volume of `(N, C, D, H, W)` or `(C, D, H, W)`: see {@link AdaptiveMaxPool1d}. A list gives one number per dim; null keeps the input's size.
 * With `returnIndices` (also positionally) forward returns `[values, indices]`. Source: torch.nn.AdaptiveMaxPool3d.
 *
 * @throws ShapeError for an empty volume.
 * @example
 * new nn.AdaptiveMaxPool3d(2).forward(randn([1, 4, 3, 5, 4])).shape; // [1, 4, 2, 2, 2]
 */
export class AdaptiveMaxPool3d<I extends boolean = false> extends AdaptiveMaxPoolNd {
  constructor(outputSize: AdaptiveSizes, ...rest: MaxArgs<I>) {
    super(3, outputSize, rest);
  }
  override forward(input: Tensor): MaybeIndexed<I> {
    return greatest(this, input, functional.adaptiveMaxPool3d);
  }
}

/**
 * Means of `outputSize` windows that share out each line of `(N, C, L)` or `(C, L)`: the i-th of n from floor(i·L/n) up to ceil((i + 1)·L/n).
 * Source: torch.nn.AdaptiveAvgPool1d.
 *
 * @throws ShapeError for an empty line.
 * @example
 * await new nn.AdaptiveAvgPool1d(2).forward(tensor([[1.0, 2.0, 3.0, 4.0, 5.5]])).tolist(); // [[2, 4.1667]]
 */
export class AdaptiveAvgPool1d extends AdaptivePoolNd {
  constructor(outputSize: AdaptiveSizes) {
    super(1, outputSize);
  }
  override forward(input: Tensor): Tensor {
    checkInput(this.constructor.name, input);
    return functional.adaptiveAvgPool1d(input, this.outputSize);
  }
}

/**
 * Means of `outputSize` windows that share out each plane of `(N, C, H, W)` or `(C, H, W)`: see {@link AdaptiveAvgPool1d}. A list gives one number per dim; null keeps the input's size.
 * Source: torch.nn.AdaptiveAvgPool2d.
 *
 * @throws ShapeError for an empty plane.
 * @example
 * new nn.AdaptiveAvgPool2d(1).forward(randn([8, 16, 7, 7])).shape; // [8, 16, 1, 1]
 */
export class AdaptiveAvgPool2d extends AdaptivePoolNd {
  constructor(outputSize: AdaptiveSizes) {
    super(2, outputSize);
  }
  override forward(input: Tensor): Tensor {
    checkInput(this.constructor.name, input);
    return functional.adaptiveAvgPool2d(input, this.outputSize);
  }
}

/**
 * Means of `outputSize` windows that share out each volume of `(N, C, D, H, W)` or `(C, D, H, W)`: see {@link AdaptiveAvgPool1d}. A list gives one number per dim; null keeps the input's size.
 * Source: torch.nn.AdaptiveAvgPool3d.
 *
 * @throws ShapeError for an empty volume.
 * @example
 * new nn.AdaptiveAvgPool3d([2, null, 1]).forward(randn([1, 4, 3, 5, 4])).shape; // [1, 4, 2, 5, 1]
 */
export class AdaptiveAvgPool3d extends AdaptivePoolNd {
  constructor(outputSize: AdaptiveSizes) {
    super(3, outputSize);
  }
  override forward(input: Tensor): Tensor {
    checkInput(this.constructor.name, input);
    return functional.adaptiveAvgPool3d(input, this.outputSize);
  }
}
