/** torchvision.transforms.v2: of images (C, H, W), and of batches of them, on any device. */
export * from './color.ts';
export * from './compose.ts';
export { RandomErasing, type RandomErasingOptions } from './erasing.ts';
export * from './geometry.ts';
export { CutMix, type Labelled, type MixOptions, MixUp } from './mixing.ts';
export type { Edge } from './padding.ts';
export type { Interpolation } from './resampling.ts';
export type { RandomOptions, Size, TransformLike } from './transform.ts';
