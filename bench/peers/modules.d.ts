/** What the benchmark uses of the peers: they are installed on demand, so the type check cannot count on theirs. */

declare module '@jax-js/jax' {
  export type Tree = JaxArray | readonly Tree[];
  class JaxArray {
    /** The same array, counted once more: every use of an array consumes it. */
    readonly ref: JaxArray;
    add(other: JaxArray | number): JaxArray;
    sub(other: JaxArray | number): JaxArray;
    mul(other: JaxArray | number): JaxArray;
    div(other: JaxArray | number): JaxArray;
    sum(): JaxArray;
    reshape(shape: readonly number[]): JaxArray;
    data(): Promise<Float32JaxArray>;
    jsAsync(): Promise<number>;
    dispose(): void;
  }

  export { JaxArray as Array };
  export const numpy: {
    array(data: Float32JaxArray | number): JaxArray;
    zerosLike(x: JaxArray): JaxArray;
    dot(a: JaxArray, b: JaxArray): JaxArray;
    matmul(a: JaxArray, b: JaxArray): JaxArray;
    exp(x: JaxArray): JaxArray;
    sqrt(x: JaxArray): JaxArray;
    square(x: JaxArray): JaxArray;
    max(x: JaxArray): JaxArray;
  };
  export const nn: { relu(x: JaxArray): JaxArray; logSoftmax(x: JaxArray): JaxArray };
  type Sizes = readonly number[];
  export const lax: {
    convGeneralDilated(x: JaxArray, w: JaxArray, strides: Sizes, padding: readonly Sizes[]): JaxArray;
    reduceWindow(x: JaxArray, reduce: (x: JaxArray) => JaxArray, sizes: Sizes, strides: Sizes): JaxArray;
  };
  export const tree: { ref<T extends Tree>(tree: T): T };
  export function jit<A extends Tree[], R>(f: (...args: A) => R): (...args: A) => R;
  export function valueAndGrad<P, A extends Tree[]>(
    f: (params: P, ...args: A) => JaxArray,
  ): (params: P, ...args: A) => [JaxArray, P];
  export function blockUntilReady(tree: Tree): Promise<unknown>;
  export function init(device: string): Promise<string[]>;
  export function defaultDevice(device: string): string;
}

declare module '@tensorflow/tfjs' {
  export interface Tensor {
    readonly shape: number[];
    data(): Promise<Float32Array>;
    dispose(): void;
  }
  export interface Optimizer {
    minimize(loss: () => Tensor, returnCost: true): Tensor;
  }
  /** The parts of the WebGPU backend that send what it has batched. */
  export interface WebGpuBackend {
    readonly commandEncoder: GPUCommandEncoder | null;
    readonly queue: GPUQueue;
    endComputePassEncoder(): void;
    submitQueue(): void;
  }
  type Sizes = readonly number[];
  export const version: { readonly tfjs: string };
  export function setBackend(name: string): Promise<boolean>;
  export function getBackend(): string;
  export function ready(): Promise<void>;
  export function backend(): WebGpuBackend;
  export function tensor(data: Float32Array, shape: Sizes): Tensor;
  export function variable(value: Tensor): Tensor;
  export function relu(x: Tensor): Tensor;
  export function add(a: Tensor, b: Tensor): Tensor;
  export function matMul(a: Tensor, b: Tensor): Tensor;
  export function reshape(x: Tensor, shape: Sizes): Tensor;
  export function conv2d(x: Tensor, filter: Tensor, strides: number, pad: string): Tensor;
  export function maxPool(x: Tensor, size: number, strides: number, pad: string): Tensor;
  export const losses: { softmaxCrossEntropy(labels: Tensor, logits: Tensor): Tensor };
  export const train: {
    adam(lr: number, beta1: number, beta2: number, epsilon: number): Optimizer;
    momentum(lr: number, momentum: number): Optimizer;
  };
}

declare module '@tensorflow/tfjs-backend-webgpu';
