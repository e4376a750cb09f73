/** The jobs in TensorFlow.js: its core operations, in its own layouts (NHWC, weights in-by-out). */
import * as tf from '@tensorflow/tfjs';
import '@tensorflow/tfjs-backend-webgpu';
import {
  adam,
  type Batch,
  checksum,
  classes,
  cnnBatch,
  cnnData,
  cnnWeights,
  mlpData,
  mlpWeights,
  oneHot,
  randomArray,
  type Six,
  sgd,
  transpose,
  type Weight,
} from '../data.ts';
import type { Job, Library } from '../job.ts';

/** Its WebGPU backend batches dispatches; the last batch must be sent by hand. */
async function finish(): Promise<void> {
  if (tf.getBackend() !== 'webgpu') return;
  const backend = tf.backend();
  if (backend.commandEncoder) {
    backend.endComputePassEncoder();
    backend.submitQueue();
  }
  await backend.queue.onSubmittedWorkDone();
}

/** A tensor with the axes of `data` in another order. */
function transposed(data: Float32Array, shape: readonly number[], permutation: readonly number[]): tf.Tensor {
  return tf.tensor(
    transpose(data, shape, permutation),
    permutation.map((axis) => shape[axis]!),
  );
}

/** The order of a weight's axes here, by how many it has. */
const axes: Readonly<Record<number, readonly number[]>> = { 1: [0], 2: [1, 0], 4: [2, 3, 1, 0] };

const variable = ({ data, shape }: Pick<Weight, 'data' | 'shape'>): tf.Tensor =>
  tf.variable(transposed(data, shape, axes[shape.length]!));

function training(
  predict: (images: tf.Tensor) => tf.Tensor,
  optimizer: tf.Optimizer,
  images: tf.Tensor,
  { labels }: Batch,
): Job {
  const targets = tf.tensor(oneHot(labels), [labels.length, classes]);
  let loss: tf.Tensor;
  return {
    step() {
      loss?.dispose();
      loss = optimizer.minimize(() => tf.losses.softmaxCrossEntropy(targets, predict(images)), true);
    },
    finish,
    value: async () => (await loss.data())[0]!,
  };
}

export const tfjs: Library = {
  async start(device) {
    if (!(await tf.setBackend(device))) throw new Error(`TensorFlow.js has no '${device}' here`);
    await tf.ready();
    return `TensorFlow.js ${tf.version.tfjs}, ${tf.getBackend()}`;
  },

  async mlp() {
    const [w1, b1, w2, b2, w3, b3] = mlpWeights().map(variable) as Six<tf.Tensor>;
    const predict = (x: tf.Tensor) => {
      const h1 = tf.relu(tf.add(tf.matMul(x, w1), b1));
      const h2 = tf.relu(tf.add(tf.matMul(h1, w2), b2));
      return tf.add(tf.matMul(h2, w3), b3);
    };
    const data = mlpData();
    const [beta1, beta2] = adam.betas;
    return training(predict, tf.train.adam(adam.lr, beta1, beta2, adam.eps), tf.tensor(data.images, data.shape), data);
  },

  async cnn() {
    const weights = cnnWeights();
    // The flattened features come in the order height, width, channel here.
    const linear = { data: transpose(weights[4].data, [10, 32, 7, 7], [0, 2, 3, 1]), shape: weights[4].shape };
    const [w1, b1, w2, b2, w3, b3] = [...weights.slice(0, 4), linear, weights[5]].map(variable) as Six<tf.Tensor>;
    const predict = (x: tf.Tensor) => {
      const h1 = tf.maxPool(tf.relu(tf.add(tf.conv2d(x, w1, 1, 'same'), b1)), 2, 2, 'valid');
      const h2 = tf.maxPool(tf.relu(tf.add(tf.conv2d(h1, w2, 1, 'same'), b2)), 2, 2, 'valid');
      return tf.add(tf.matMul(tf.reshape(h2, [cnnBatch, 32 * 7 * 7]), w3), b3);
    };
    const data = cnnData();
    const images = transposed(data.images, data.shape, [0, 2, 3, 1]);
    return training(predict, tf.train.momentum(sgd.lr, sgd.momentum), images, data);
  },

  async matmul(n) {
    const a = tf.tensor(randomArray(n * n, 1, 1), [n, n]);
    const b = tf.tensor(randomArray(n * n, 1, 2), [n, n]);
    let c: tf.Tensor;
    return {
      step() {
        c?.dispose();
        c = tf.matMul(a, b);
      },
      finish,
      value: async () => checksum(await c.data()),
    };
  },
};
