// @ts-check
/**
 * Which tests are to notice a mutant of a family: stages, run one after another until one fails. A stage is a list of test
 * files and, optionally, a pattern of test names.
 */

/**
 * @typedef {{ files: readonly string[], names?: string }} Stage
 * @typedef {{ label: string, stages: readonly Stage[] }} Family
 */

const kernels = (/** @type {string[]} */ ...names) => ({ files: names.map((n) => `test/webgpu/${n}.webgpu.test.ts`) });

/** The tests generated from those families of the op database. */
const ops = (/** @type {string[]} */ ...names) => ({
  files: ['results', 'views', 'special-values', 'async'].map((n) => `test/ops/${n}.device.test.ts`),
  names: `(^|\\s)(${names.join('|')}): `,
});

/** @type {Readonly<Record<string, Family>>} */
export const families = {
  pointwise: {
    label: 'element-wise snippets and their driver',
    stages: [
      kernels('snippets', 'arithmetic-snippets', 'pointwise'),
      ops('unary', 'binary', 'compare', 'activations', 'arithmetic', 'integers'),
    ],
  },
  special: {
    label: 'special functions',
    stages: [kernels('special-functions'), ops('elementary', 'special')],
  },
  prelude: {
    label: 'prelude',
    stages: [
      kernels('prelude', 'snippets', 'arithmetic-snippets'),
      { files: ['test/tensor/float16.device.test.ts'] },
      ops('unary', 'binary', 'arithmetic'),
    ],
  },
  access: {
    label: 'loads and stores that TypeScript writes',
    stages: [
      kernels('pointwise', 'fused-kernels', 'reduce'),
      ops('unary', 'binary', 'reduce', 'softmax', 'matmul', 'views'),
    ],
  },
  reduce: { label: 'reductions', stages: [kernels('reduce'), ops('reduce', 'quantiles')] },
  scan: { label: 'running sums', stages: [kernels('scan'), ops('scans', 'counting')] },
  softmax: { label: 'softmax, teams of rows', stages: [kernels('softmax'), ops('softmax', 'attention')] },
  norm: { label: 'layer norm', stages: [kernels('norm', 'rms-norm'), ops('norm', 'normalisation')] },
  loss: { label: 'cross-entropy', stages: [kernels('loss'), ops('loss', 'losses')] },
  recurrent: { label: 'recurrent layers', stages: [kernels('recurrent'), ops('recurrent')] },
  ctc: { label: 'CTC loss', stages: [kernels('ctc'), ops('ctc')] },
  pool: { label: 'pooling', stages: [kernels('pool'), ops('pooling', 'conv')] },
  matmul: { label: 'matrix products', stages: [kernels('fused-kernels', 'matmul'), ops('matmul', 'linalg')] },
  conv: { label: 'convolutions', stages: [kernels('conv'), ops('conv', 'convolution')] },
  resample: {
    label: 'resampling',
    stages: [{ files: ['test/tensor/resampling.device.test.ts'] }, ops('resampling')],
  },
  index: {
    label: 'gather, scatter, segments, cat',
    stages: [kernels('scatter', 'index'), ops('indexing', 'indexingWrite', 'scatter', 'embedding', 'joining')],
  },
  sort: { label: 'sorting and search', stages: [kernels('sort'), ops('sorting', 'sets', 'counting', 'dynamic')] },
  fold: { label: 'adding through views', stages: [kernels('fold'), ops('views', 'convolution')] },
  linalg: {
    label: 'factorisations',
    stages: [kernels('decompositions'), ops('factorisations', 'triangular', 'linalg')],
  },
  fft: { label: 'Fourier transforms', stages: [kernels('fft'), ops('fft')] },
  update: {
    label: 'optimizer steps',
    stages: [
      kernels('update', 'lists'),
      {
        files: ['optim/averages', 'optim/clipping', 'optim/trajectories', 'nn/trajectories', 'tensor/float16'].map(
          (name) => `test/${name}.device.test.ts`,
        ),
        // How many dispatches there are is not what a fault in a formula changes.
        names: '^(?!.*dispatch)',
      },
    ],
  },
};

/** Names of the tests that know a prelude file best. */
const hints = {
  bases: 'exp2|log2|log10',
  bessel: 'i0|i0e|i1|i1e',
  division: 'quotients|precise_div',
  erf: 'precise_erf|normal_cdf|erf|gelu',
  erfc: 'erfc|erfcx|erfinv|ndtri|logNdtr',
  gamma: 'lgamma|digamma|polygamma|sinc',
  'inverse-hyperbolic': 'asinh|acosh|atanh',
  'inverse-trigonometric': 'tan|asin|acos|atan',
  log: 'precise_log|precise_log1p|subnormal',
};

/**
 * The stages for one mutant: tests with the name of its op come first.
 * @param {import('./table/kit.mjs').Mutant} mutant
 * @returns {Stage[]}
 */
export function stagesOf({ family, file }) {
  const { stages } = families[family] ?? { stages: [] };
  const base = /(?:pointwise|prelude)\/([\w-]+)/.exec(file)?.[1];
  if (base === undefined || base === 'pointwise') return [...stages];
  const name = file.includes('/prelude/') ? hints[/** @type {keyof typeof hints} */ (base)] : base;
  return name === undefined
    ? [...stages]
    : [...stages.map(({ files }) => ({ files, names: `\\b(${name})\\b` })).slice(0, 1), ...stages];
}
