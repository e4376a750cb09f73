/** What a page that trains downloads, less the WebGPU backend: a chunk of its own, loaded when chosen. */
const entries = ['dist/index.js', 'dist/nn/index.js', 'dist/optim/index.js', 'dist/data/index.js'];

export default [
  {
    name: 'core + nn + optim + data',
    path: entries,
    ignore: ['*/chunks/webgpu.js', 'webgpu', 'node:*'],
    gzip: true,
    limit: '60 kB',
    // Code that the entries share is counted once; names differ, because size-limit tells files apart by name alone.
    modifyEsbuildConfig: (config) => ({ ...config, format: 'esm', splitting: true, entryNames: '[name]-[hash]' }),
  },
  { name: 'WebGPU backend, shaders included', path: 'dist/chunks/webgpu.js', gzip: true, limit: '120 kB' },
];
