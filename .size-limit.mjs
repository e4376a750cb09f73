/** What every page that trains downloads; each backend is a chunk of its own, loaded when chosen. */
const entries = ['dist/index.js', 'dist/nn/index.js', 'dist/optim/index.js', 'dist/data/index.js'];

/** All entries in one bundle, with every export kept. */
function asOneBundle({ entryPoints, ...config }) {
  const contents = entryPoints.map((file, i) => `export * as entry${i} from ${JSON.stringify(file)};`).join('\n');
  return { ...config, format: 'esm', stdin: { contents, resolveDir: import.meta.dirname } };
}

export default [
  {
    name: 'core + nn + optim + data',
    path: entries,
    ignore: ['*/webgpu.js', '*/cpu.js', 'webgpu', 'node:*'],
    gzip: true,
    limit: '60 kB',
    modifyEsbuildConfig: asOneBundle,
  },
  {
    name: 'WebGPU backend, shaders included',
    path: 'dist/chunks/webgpu.js',
    ignore: ['./*'],
    gzip: true,
    limit: '60 kB',
  },
  {
    name: 'CPU backend',
    path: 'dist/chunks/cpu.js',
    ignore: ['./*'],
    gzip: true,
    limit: '20 kB',
  },
];
