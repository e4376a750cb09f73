/** What pages download; each backend is a chunk of its own, loaded when chosen, and so is the extended surface. */

/** What a page that trains names, and so all it loads before init(): the core of each entry point. */
const core = {
  'dist/index.js':
    'Tensor init flush throttle deviceInfo memoryStats onDeviceLost scope noGrad manualSeed Generator tensor fromArray zeros ones ' +
    'full arange rand randn randint cat stack where sum mean matmul softmax argmax max maximum',
  'dist/nn/index.js':
    'Module Parameter Sequential ModuleList Linear Conv2d MaxPool2d BatchNorm2d LayerNorm Dropout Embedding Flatten ReLU GELU Tanh ' +
    'Sigmoid CrossEntropyLoss MSELoss BCEWithLogitsLoss',
  // nn.init and nn.utils: namespaces that bundlers see through.
  'dist/nn/init.js':
    'uniform_ normal_ constant_ zeros_ ones_ kaimingUniform_ kaimingNormal_ xavierUniform_ xavierNormal_',
  'dist/nn/utils.js': 'clipGradNorm_ clipGradValue_ parametersToVector vectorToParameters',
  'dist/optim/index.js': 'SGD Adam AdamW',
  'dist/data/index.js': 'TensorDataset Subset DataLoader',
};

/** One bundle of the entry points: of these names, or of everything. */
const asOneBundle =
  (namesOf) =>
  ({ entryPoints, ...config }) => {
    const contents = entryPoints.map(namesOf).join('\n');
    return {
      ...config,
      format: 'esm',
      stdin: { contents, resolveDir: import.meta.dirname },
    };
  };
const apart = ['*/webgpu.js', '*/cpu.js', 'webgpu', '@huggingface/tokenizers', 'fast-png', 'node:*'];

export default [
  {
    name: 'core + nn + optim + data, as a page that trains names them',
    path: Object.keys(core),
    ignore: [...apart, '*/surface.js', '*/print.js'],
    gzip: true,
    limit: '60 kB',
    modifyEsbuildConfig: asOneBundle((file, i) => {
      const names = core[file.replace(/^.*?(?=dist\/)/, '')].split(' ');
      return `export { ${names.map((name) => `${name} as ${name}${i}`)} } from ${JSON.stringify(file)};`;
    }),
  },
  {
    name: 'everything of core + nn + optim + data, extended surface included',
    path: Object.keys(core),
    ignore: apart,
    gzip: true,
    limit: '250 kB',
    modifyEsbuildConfig: asOneBundle((file, i) => `export * as entry${i} from ${JSON.stringify(file)};`),
  },
  {
    name: 'WebGPU backend, shaders included',
    path: 'dist/chunks/webgpu.js',
    ignore: ['./*'],
    gzip: true,
    limit: '110 kB',
  },
  {
    name: 'CPU backend',
    path: 'dist/chunks/cpu.js',
    ignore: ['./*'],
    gzip: true,
    limit: '50 kB',
  },
];
