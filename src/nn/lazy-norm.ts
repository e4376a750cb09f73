/** Norms that take their number of features from their first input. */
import { ShapeError } from '../core/errors.ts';
import { type OptionalArgs, optionalArgs } from '../tensor/arguments.ts';
import { zeros } from '../tensor/create.ts';
import { checkInput, checkSwitches, factory, factoryNames } from './checks.ts';
import { InstanceNorm1d, InstanceNorm2d, InstanceNorm3d } from './group-norm.ts';
import { type LazyKind, lazy, settle } from './lazy.ts';
import { BatchNorm1d, BatchNorm2d, BatchNorm3d, type BatchNormLayerOptions, type FeatureNorm } from './norm.ts';
import { UninitializedBuffer, UninitializedParameter } from './uninitialized.ts';

type Args = OptionalArgs<[eps: number, momentum: number | null, affine: boolean], BatchNormLayerOptions>;
const names = ['eps', 'momentum', 'affine', 'trackRunningStats', 'bias', ...factoryNames] as const;

/** The options of a lazy norm, with PyTorch's defaults: those of batch norms, for instance norms too. */
function settings(layer: string, rest: readonly unknown[]) {
  const given = optionalArgs<BatchNormLayerOptions>(layer, names, rest);
  checkSwitches(layer, { bias: given.bias });
  return { affine: true, trackRunningStats: true, bias: true, ...given };
}
type Settings = ReturnType<typeof settings>;

/** Puts parameters and statistics without a shape into a norm of no features. */
function expectFeatures(layer: FeatureNorm, { affine, trackRunningStats, bias, ...options }: Settings): void {
  const own = factory(options);
  Object.assign(layer, {
    affine,
    trackRunningStats,
    ...(affine && { weight: new UninitializedParameter(own) }),
    ...(affine && bias && { bias: new UninitializedParameter(own) }),
  });
  if (!trackRunningStats) return;
  layer.registerBuffer('runningMean', new UninitializedBuffer(own));
  layer.registerBuffer('runningVar', new UninitializedBuffer(own));
  layer.registerBuffer(
    'numBatchesTracked',
    zeros([], { dtype: 'int32', ...(options.device && { device: options.device }) }),
  );
}

/** Norms with PyTorch's defaults; `batchless` is the number of dims of an input that is no batch. */
/* @__NO_SIDE_EFFECTS__ */
function norms(batchless?: number): LazyKind<FeatureNorm, [numFeatures: number, options: BatchNormLayerOptions], Args> {
  return {
    size: 'numFeatures',
    prepare(name, rest) {
      const options = settings(name, rest);
      return {
        // One of no features has neither parameters nor statistics.
        plain: [0, { ...options, affine: false, trackRunningStats: false }],
        expect: (layer) => expectFeatures(layer, options),
      };
    },
    infer(layer, input) {
      checkInput(layer.constructor.name, input);
      if (input.ndim < 2) throw new ShapeError(`expected at least 2D input (got ${input.ndim}D input)`);
      const features = input.shape[input.ndim === batchless ? 0 : 1]!;
      const shape = [features];
      const shapes = { weight: shape, bias: shape, runningMean: shape, runningVar: shape };
      settle(layer, 'numFeatures', features, () => shapes);
    },
  };
}
const batchNorms = /* @__PURE__ */ norms();

/**
 * {@link BatchNorm1d} that takes numFeatures from its first input, and is a BatchNorm1d from then on; see {@link LazyLinear}.
 * Source: torch.nn.LazyBatchNorm1d.
 *
 * @throws ShapeError for an input of the wrong rank.
 * @example
 * const layer = new nn.LazyBatchNorm1d();
 * layer.forward(randn([4, 3, 5])).shape; // [4, 3, 5]
 * layer.numFeatures; // 3
 */
export class LazyBatchNorm1d extends lazy(BatchNorm1d, batchNorms) {}

/**
 * {@link BatchNorm2d} that takes numFeatures from its first input, and is a BatchNorm2d from then on; see {@link LazyLinear}.
 * Source: torch.nn.LazyBatchNorm2d.
 *
 * @throws ShapeError for an input of the wrong rank.
 * @example
 * const layer = new nn.LazyBatchNorm2d();
 * layer.forward(randn([4, 3, 5, 5])).shape; // [4, 3, 5, 5]
 * layer.numFeatures; // 3
 */
export class LazyBatchNorm2d extends lazy(BatchNorm2d, batchNorms) {}

/**
 * {@link BatchNorm3d} that takes numFeatures from its first input, and is a BatchNorm3d from then on; see {@link LazyLinear}.
 * Source: torch.nn.LazyBatchNorm3d.
 *
 * @throws ShapeError for an input of the wrong rank.
 * @example
 * const layer = new nn.LazyBatchNorm3d();
 * layer.forward(randn([4, 3, 2, 2, 2])).shape; // [4, 3, 2, 2, 2]
 * layer.numFeatures; // 3
 */
export class LazyBatchNorm3d extends lazy(BatchNorm3d, batchNorms) {}

/**
 * {@link InstanceNorm1d} that takes numFeatures from its first input, and is an InstanceNorm1d from then on; see {@link LazyLinear}. Unlike there,
 * `affine` and `trackRunningStats` are on unless told, as in PyTorch.
 * Source: torch.nn.LazyInstanceNorm1d.
 *
 * @throws ShapeError for an input of the wrong rank.
 * @example
 * const layer = new nn.LazyInstanceNorm1d();
 * layer.forward(randn([4, 3, 5])).shape; // [4, 3, 5]
 * layer.numFeatures; // 3
 */
export class LazyInstanceNorm1d extends lazy(InstanceNorm1d, norms(2)) {}

/**
 * {@link InstanceNorm2d} that takes numFeatures from its first input, and is an InstanceNorm2d from then on; see {@link LazyLinear}. Unlike there,
 * `affine` and `trackRunningStats` are on unless told, as in PyTorch.
 * Source: torch.nn.LazyInstanceNorm2d.
 *
 * @throws ShapeError for an input of the wrong rank.
 * @example
 * const layer = new nn.LazyInstanceNorm2d();
 * layer.forward(randn([4, 3, 5, 5])).shape; // [4, 3, 5, 5]
 * layer.numFeatures; // 3
 */
export class LazyInstanceNorm2d extends lazy(InstanceNorm2d, norms(3)) {}

/**
 * {@link InstanceNorm3d} that takes numFeatures from its first input, and is an InstanceNorm3d from then on; see {@link LazyLinear}. Unlike there,
 * `affine` and `trackRunningStats` are on unless told, as in PyTorch.
 * Source: torch.nn.LazyInstanceNorm3d.
 *
 * @throws ShapeError for an input of the wrong rank.
 * @example
 * const layer = new nn.LazyInstanceNorm3d();
 * layer.forward(randn([4, 3, 2, 2, 2])).shape; // [4, 3, 2, 2, 2]
 * layer.numFeatures; // 3
 */
export class LazyInstanceNorm3d extends lazy(InstanceNorm3d, norms(4)) {}
