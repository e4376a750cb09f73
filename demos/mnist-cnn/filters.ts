import { rgb } from './digit-image.ts';
import { side } from './digits.ts';
import { byId, cssColor, onSchemeChange } from './dom.ts';

const columns = 8;
const shown = 32;

/** The first layer's weights as pictures: one colour for positive, one for negative, paper for zero. */
export class Filters {
  private readonly canvas = byId('filters', HTMLCanvasElement);
  private readonly text = byId('filters-text', HTMLElement);
  private last: { weights: Float32Array; shape: readonly number[] } | null = null;

  constructor() {
    onSchemeChange(() => {
      if (this.last) this.show(this.last.weights, this.last.shape);
    });
  }

  /** `shape` is (16, 1, 3, 3) for the convolution, (256, 784) for the MLP's first layer. */
  show(weights: Float32Array, shape: readonly number[]): void {
    this.last = { weights, shape };
    const convolution = shape.length === 4;
    const size = convolution ? shape[3]! : side;
    const number = Math.min(shape[0]!, shown);
    const rows = Math.ceil(number / columns);
    // One pixel of the canvas per weight and one between pictures; the stylesheet scales it up, unsmoothed.
    const pitch = size + 1;
    this.canvas.width = columns * pitch - 1;
    this.canvas.height = rows * pitch - 1;
    const context = this.canvas.getContext('2d')!;
    const picture = context.createImageData(this.canvas.width, this.canvas.height);
    const positive = rgb(cssColor('--accent'));
    const negative = rgb(cssColor('--warm'));
    for (let n = 0; n < number; n++) {
      const own = weights.subarray(n * size * size, (n + 1) * size * size);
      const greatest = own.reduce((max, w) => Math.max(max, Math.abs(w)), 1e-12);
      own.forEach((weight, i) => {
        const x = (n % columns) * pitch + (i % size);
        const y = Math.floor(n / columns) * pitch + Math.floor(i / size);
        const color = weight > 0 ? positive : negative;
        picture.data.set([...color, (255 * Math.abs(weight)) / greatest], 4 * (y * this.canvas.width + x));
      });
    }
    context.putImageData(picture, 0, 0);
    this.text.textContent = convolution
      ? `Its ${shape[0]} filters, 3 by 3 weights each: blue adds where there is ink, orange takes away. At first they are random.`
      : `The weights of ${number} of its ${shape[0]} units, one per pixel of the picture: blue adds where there is ink, orange takes away. At first they are random.`;
  }
}
