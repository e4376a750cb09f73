import { checkOptions, DTypeError, GradError, OptionError, ShapeError } from '../core/errors.ts';
import { formatShape } from '../core/shape.ts';
import { arange, zeros } from '../tensor/create.ts';
import { scope } from '../tensor/scope.ts';
import { noGrad, type Tensor } from '../tensor/tensor.ts';
import { checkInput, checkIntegers, type FactoryOptions, factory, factoryNames } from './checks.ts';

/** The memory of one layer. */
interface Store {
  readonly keys: Tensor;
  readonly values: Tensor;
}

/** Room for the next tokens in a {@link KVCache}: what all layers need to know of it, computed once. */
export interface KVCacheStep {
  /** Tokens before these. */
  readonly start: number;
  /** Where the tokens stand: int32 (L). */
  readonly positions: Tensor;
  /** Which keys each token may see, up to its own: bool (L, capacity), as scaledDotProductAttention takes it. */
  readonly mask: Tensor;
  /**
   * Writes the tokens' keys and values (N, heads, L, headDim) of a layer; returns those of all tokens, (N, heads, capacity,
   * headDim).
   */
  update(layer: number, key: Tensor, value: Tensor): [keys: Tensor, values: Tensor];
}

/**
 * The keys and values that the attention layers of a model have seen while a text is generated, so that each new token costs one
 * row. The memory, (N, heads, capacity, headDim) twice for each layer, is there from the start and written in place, at a position
 * that is data: every token repeats the same plan, and nothing grows. What is not yet written, the mask hides.
 *
 * @throws ShapeError for more than `capacity` tokens, GradError where a gradient would be lost.
 * @example
 * const cache = new nn.KVCache(1, 2, 4, 8, 16); // one layer, two texts, four heads, eight tokens of 16 features
 * const [q, k, v] = [randn([2, 4, 3, 16]), randn([2, 4, 3, 16]), randn([2, 4, 3, 16])];
 * const step = cache.step(3);
 * const [keys, values] = step.update(0, k, v);
 * keys.shape; // [2, 4, 8, 16]
 * functional.scaledDotProductAttention(q, keys, values, { attnMask: step.mask }).shape; // [2, 4, 3, 16]
 * cache.length; // 3
 */
export class KVCache {
  /** Tokens that it can hold. */
  readonly capacity: number;
  readonly #stores: readonly Store[];
  #length = 0;

  constructor(
    layers: number,
    batch: number,
    heads: number,
    capacity: number,
    headDim: number,
    options: FactoryOptions = {},
  ) {
    checkIntegers('KVCache', { layers, batch, heads, capacity, headDim }, 1);
    checkOptions('KVCache', options, factoryNames);
    this.capacity = capacity;
    const store = () => zeros([batch, heads, capacity, headDim], factory(options)).keep();
    this.#stores = Array.from({ length: layers }, () => ({ keys: store(), values: store() }));
  }

  /** Tokens that it holds. */
  get length(): number {
    return this.#length;
  }

  /** Room for `count` more tokens, which every layer is to fill once. */
  step(count: number): KVCacheStep {
    checkIntegers('KVCache.step', { count }, 1);
    const start = this.#length;
    const end = start + count;
    if (end > this.capacity)
      throw new ShapeError(
        `KVCache: ${start} tokens and ${count} more are over the capacity of ${this.capacity}\n  make a larger cache, or reset() it`,
      );
    this.#length = end;
    const { device } = this.#stores[0]!.keys;
    const positions = arange(start, end, { device });
    const mask = scope(() => arange(this.capacity, { device }).le(positions.unsqueeze(1)));
    return {
      start,
      positions,
      mask,
      update: (layer, key, value) => this.write(layer, positions, key, value),
    };
  }

  /** Forgets all tokens. */
  reset(): void {
    this.#length = 0;
    // What the mask hides still counts as zero times itself, so that none may be NaN.
    noGrad(() => {
      for (const { keys, values } of this.#stores) {
        keys.zero_();
        values.zero_();
      }
    });
  }

  private write(layer: number, positions: Tensor, key: Tensor, value: Tensor): [Tensor, Tensor] {
    const store = this.#stores[layer];
    if (!store) throw new OptionError(`KVCache: it has ${this.#stores.length} layers, and no layer ${layer}`);
    const { keys, values } = store;
    const [batch, heads, , headDim] = keys.shape as [number, number, number, number];
    checkGiven('key', key, [batch, heads, positions.shape[0]!, headDim], keys);
    checkGiven('value', value, [batch, heads, positions.shape[0]!, headDim], values);
    noGrad(() => {
      keys.indexCopy_(2, positions, key);
      values.indexCopy_(2, positions, value);
    });
    return [keys, values];
  }
}

function checkGiven(name: string, given: Tensor, expected: readonly number[], into: Tensor): void {
  checkInput('KVCache', given, name);
  if (formatShape(given.shape) !== formatShape(expected))
    throw new ShapeError(
      `KVCache: expected a ${name} of ${formatShape(expected)}, but got ${formatShape(given.shape)}`,
    );
  if (given.dtype !== into.dtype)
    throw new DTypeError(`KVCache: it holds ${into.dtype}, but the ${name} is ${given.dtype}`);
  if (given.requiresGrad)
    throw new GradError(
      `KVCache: no gradient goes through it, but the ${name} requires grad\n  generate inside noGrad(() => …)`,
    );
}
