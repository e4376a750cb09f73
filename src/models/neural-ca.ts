/** Neural cellular automata: patterns that grow from one cell. */
import { checkNumbers, checkOptions, ShapeError } from '../core/errors.ts';
import { formatShape } from '../core/shape.ts';
import { checkInput, checkIntegers } from '../nn/checks.ts';
import { Conv2d } from '../nn/conv.ts';
import { zeros_ } from '../nn/init.ts';
import { Module } from '../nn/module.ts';
import { rand, tensor, zeros } from '../tensor/create.ts';
import { conv2d, maxPool2d } from '../tensor/functional/index.ts';
import { logicalAnd } from '../tensor/functions/core.ts';
import { noGrad, type Tensor } from '../tensor/tensor.ts';

/** Channel that says how alive a cell is. */
const alpha = 3;
/** A cell is alive when it, or a neighbour, has more of that. */
const threshold = 0.1;

/** Settings of {@link NeuralCA}. */
export interface NeuralCAOptions {
  /** Numbers of a cell: red, green, blue, alpha, and what else it remembers. Default 16. */
  readonly channels?: number;
  /** Features of the hidden layer of the rule. Default 128. */
  readonly hidden?: number;
  /** Share of the cells that a step updates. Default 0.5. */
  readonly fireRate?: number;
}

/**
 * A cellular automaton whose rule is learned: grids (N, channels, H, W) give the grids `steps` later. Each cell sees itself and the slopes of
 * its neighbourhood (Sobel filters), a small network says how it changes, a random half of the cells does so, and cells without a
 * living neighbour are cleared. Source: Mordvintsev et al., "Growing Neural Cellular Automata", Distill 2020.
 *
 * @throws ShapeError for grids with other channels.
 * @example
 * const model = new models.NeuralCA({ channels: 8, hidden: 16 });
 * model.forward(model.seed(2, 9), 3).shape; // [2, 8, 9, 9]
 */
export class NeuralCA extends Module {
  readonly channels: number;
  readonly fireRate: number;
  conv1: Conv2d;
  conv2: Conv2d;
  /** The three filters that a cell sees through, for each channel. */
  declare kernel: Tensor;

  constructor(options: NeuralCAOptions = {}) {
    super();
    checkOptions('NeuralCA', options, ['channels', 'hidden', 'fireRate']);
    const { channels = 16, hidden = 128, fireRate = 0.5 } = options;
    checkIntegers('NeuralCA', { channels }, alpha + 1);
    checkIntegers('NeuralCA', { hidden }, 1);
    checkNumbers('NeuralCA', { fireRate });
    this.channels = channels;
    this.fireRate = fireRate;
    this.conv1 = new Conv2d(3 * channels, hidden, 1);
    this.conv2 = new Conv2d(hidden, channels, 1);
    // At first nothing changes.
    zeros_(this.conv2.weight);
    zeros_(this.conv2.bias!);
    const filters = [
      [[0, 0, 0], [0, 1, 0], [0, 0, 0]],
      [[-0.125, 0, 0.125], [-0.25, 0, 0.25], [-0.125, 0, 0.125]],
      [[-0.125, -0.25, -0.125], [0, 0, 0], [0.125, 0.25, 0.125]],
    ]; // biome-ignore format: filters as one sees them
    const kernel = noGrad(() => tensor(filters, { dtype: 'float32' }).unsqueeze(1).tile([channels, 1, 1, 1]));
    this.registerBuffer('kernel', kernel, { persistent: false });
  }

  /** Empty grids of size × size, with one living cell in the middle of each. */
  seed(batch: number, size: number): Tensor {
    const grid = zeros([batch, this.channels, size, size]);
    const middle = Math.floor(size / 2);
    return noGrad(() => {
      grid.put_([':', [alpha, this.channels], middle, middle], 1);
      return grid;
    });
  }

  override forward(grid: Tensor, steps = 1): Tensor {
    checkInput('NeuralCA', grid, 'grid');
    if (grid.ndim !== 4 || grid.shape[1] !== this.channels)
      throw new ShapeError(
        `NeuralCA: expected grids of (N, ${this.channels}, H, W), but got ${formatShape(grid.shape)}`,
      );
    checkIntegers('NeuralCA.forward', { steps });
    let x = grid;
    for (let i = 0; i < steps; i++) x = this.step(x);
    return x;
  }

  private step(x: Tensor): Tensor {
    const before = alive(x);
    const seen = conv2d(x, this.kernel, null, { padding: 1, groups: this.channels });
    let change = this.conv2.forward(this.conv1.forward(seen).relu());
    if (this.fireRate < 1) {
      const [n, , height, width] = x.shape as [number, number, number, number];
      change = change.mul(rand([n, 1, height, width], { device: x.device }).lt(this.fireRate).float());
    }
    const next = x.add(change);
    return next.mul(logicalAnd(before, alive(next)).float());
  }
}

/** Which cells are alive: bool (N, 1, H, W). */
const alive = (x: Tensor): Tensor =>
  noGrad(() => (maxPool2d(x.at(':', [alpha, alpha + 1]), 3, { stride: 1, padding: 1 }) as Tensor).gt(threshold));
