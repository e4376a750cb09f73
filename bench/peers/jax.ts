/** The jobs in jax-js: the whole step under jit, as its documentation advises, with the layouts of its MNIST demo. */
import {
  blockUntilReady,
  defaultDevice,
  init,
  type Array as JaxArray,
  jit,
  lax,
  nn,
  numpy as np,
  tree,
  valueAndGrad,
} from '@jax-js/jax';
import {
  adam,
  type Batch,
  checksum,
  classes,
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

type Predict = (params: JaxArray[], x: JaxArray) => JaxArray;
/** New parameters and new optimizer state. */
type Update = (params: JaxArray[], grads: JaxArray[], state: JaxArray[]) => [JaxArray[], JaxArray[]];

const array = (data: Float32Array, shape: readonly number[]): JaxArray => np.array(data).reshape([...shape]);
/** Linear weights as in-by-out, biases of convolutions with the axes to broadcast over. */
function parameter({ data, shape }: Weight, before: Weight | undefined): JaxArray {
  if (shape.length === 2) return array(transpose(data, shape, [1, 0]), [shape[1]!, shape[0]!]);
  return array(data, before?.shape.length === 4 ? [shape[0]!, 1, 1] : shape);
}
const parameters = (weights: readonly Weight[]): JaxArray[] => weights.map((w, i) => parameter(w, weights[i - 1]));

function training(
  predict: Predict,
  update: Update,
  weights: readonly Weight[],
  state: JaxArray[],
  { images, shape, labels }: Batch,
): Job {
  const lossOf = (params: JaxArray[], x: JaxArray, targets: JaxArray): JaxArray =>
    nn
      .logSoftmax(predict(params, x))
      .mul(targets)
      .sum()
      .mul(-1 / labels.length);
  type Result = [JaxArray, JaxArray[], JaxArray[]];
  const run = jit((params: JaxArray[], optimizerState: JaxArray[], x: JaxArray, targets: JaxArray): Result => {
    const [loss, grads] = valueAndGrad(lossOf)(tree.ref(params), x, targets);
    return [loss, ...update(params, grads, optimizerState)];
  });
  const x = array(images, shape);
  const targets = array(oneHot(labels), [labels.length, classes]);
  let params = parameters(weights);
  let current = state;
  let loss: JaxArray;
  return {
    step() {
      loss?.dispose();
      [loss, params, current] = run(params, current, x.ref, targets.ref);
    },
    finish: async () => {
      await blockUntilReady([loss, params, current]);
    },
    value: () => loss.ref.jsAsync(),
  };
}

const zeros = (weights: readonly Weight[]): JaxArray[] => parameters(weights).map((p) => np.zerosLike(p));

/** State: the number of steps, then the first and the second moments. */
const adamUpdate: Update = (params, grads, [t, ...moments]) => {
  const [beta1, beta2] = adam.betas;
  const steps = t!.add(1);
  const correction1 = np
    .exp(steps.ref.mul(Math.log(beta1)))
    .mul(-1)
    .add(1);
  const correction2 = np
    .exp(steps.ref.mul(Math.log(beta2)))
    .mul(-1)
    .add(1);
  const n = params.length;
  const m = grads.map((g, i) => moments[i]!.mul(beta1).add(g.ref.mul(1 - beta1)));
  const v = grads.map((g, i) => moments[n + i]!.mul(beta2).add(np.square(g).mul(1 - beta2)));
  const next = params.map((p, i) => {
    const root = np.sqrt(v[i]!.ref.div(correction2.ref)).add(adam.eps);
    return p.sub(m[i]!.ref.div(correction1.ref).div(root).mul(adam.lr));
  });
  correction1.dispose();
  correction2.dispose();
  return [next, [steps, ...m, ...v]];
};

const sgdUpdate: Update = (params, grads, velocities) => {
  const next = velocities.map((v, i) => v.mul(sgd.momentum).add(grads[i]!));
  return [params.map((p, i) => p.sub(next[i]!.ref.mul(sgd.lr))), next];
};

const pad = [
  [1, 1],
  [1, 1],
];
const block = (x: JaxArray, w: JaxArray, b: JaxArray): JaxArray =>
  lax.reduceWindow(nn.relu(lax.convGeneralDilated(x, w, [1, 1], pad).add(b)), np.max, [2, 2], [2, 2]);

export const jax: Library = {
  async start(device) {
    if (!(await init(device)).includes(device)) throw new Error(`jax-js has no '${device}' here`);
    defaultDevice(device);
    return `jax-js, ${device}`;
  },

  async mlp() {
    const predict: Predict = (params, x) => {
      const [w1, b1, w2, b2, w3, b3] = params as Six<JaxArray>;
      const h1 = nn.relu(np.dot(x, w1).add(b1));
      const h2 = nn.relu(np.dot(h1, w2).add(b2));
      return np.dot(h2, w3).add(b3);
    };
    const weights = mlpWeights();
    return training(predict, adamUpdate, weights, [np.array(0), ...zeros(weights), ...zeros(weights)], mlpData());
  },

  async cnn() {
    const predict: Predict = (params, x) => {
      const [w1, b1, w2, b2, w3, b3] = params as Six<JaxArray>;
      const features = block(block(x, w1, b1), w2, b2);
      return np.dot(features.reshape([-1, 32 * 7 * 7]), w3).add(b3);
    };
    const weights = cnnWeights();
    return training(predict, sgdUpdate, weights, zeros(weights), cnnData());
  },

  async matmul(n) {
    const a = array(randomArray(n * n, 1, 1), [n, n]);
    const b = array(randomArray(n * n, 1, 2), [n, n]);
    const product = jit((x: JaxArray, y: JaxArray) => np.matmul(x, y));
    // Products wait until they are asked for, so those of a burst are kept: what is dropped before is never computed.
    const products: JaxArray[] = [];
    return {
      step() {
        products.push(product(a.ref, b.ref));
      },
      finish: async () => {
        await blockUntilReady(products);
        for (const c of products.splice(1)) c.dispose();
      },
      value: async () => checksum(await products.at(-1)!.ref.data()),
    };
  },
};
