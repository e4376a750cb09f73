import type { ModelName } from './settings.ts';

/** One layer of a model as the page shows it: the shape of what comes out of it, for one picture. */
export interface Layer {
  name: string;
  shape: readonly number[];
  parameters: number;
}

const picture: Layer = { name: 'Picture', shape: [1, 28, 28], parameters: 0 };

export const layers: Readonly<Record<ModelName, readonly Layer[]>> = {
  cnn: [
    picture,
    { name: 'Convolution 3 × 3, ReLU', shape: [16, 28, 28], parameters: 16 * 9 + 16 },
    { name: 'Max pooling', shape: [16, 14, 14], parameters: 0 },
    { name: 'Convolution 3 × 3, ReLU', shape: [32, 14, 14], parameters: 32 * 16 * 9 + 32 },
    { name: 'Max pooling', shape: [32, 7, 7], parameters: 0 },
    { name: 'Linear: ten scores', shape: [10], parameters: 1568 * 10 + 10 },
  ],
  mlp: [
    picture,
    { name: 'Flatten', shape: [784], parameters: 0 },
    { name: 'Linear, ReLU', shape: [256], parameters: 784 * 256 + 256 },
    { name: 'Linear, ReLU', shape: [128], parameters: 256 * 128 + 128 },
    { name: 'Linear: ten scores', shape: [10], parameters: 128 * 10 + 10 },
  ],
};
