/** The package: ES modules with the shaders inside them; each backend is a chunk of its own, loaded when chosen. */
import { existsSync } from 'node:fs';
import { defineConfig, type Plugin } from 'vite';
import { compactShaders } from './tools/compact-shaders.mjs';

const root = import.meta.dirname;
const entries = [
  'index',
  'nn/index',
  'nn/init',
  'nn/utils',
  'optim/index',
  'data/index',
  'io/index',
  'func/index',
  'distributions/index',
  'models/index',
  'vis/index',
];

/**
 * `nn.init` and `nn.utils` as namespaces of files of their own, which bundlers see through; as objects of functions they
 * would be part of every page that names one of these.
 */
const namespaces: Plugin = {
  name: 'namespaces',
  enforce: 'pre',
  resolveId(id, importer) {
    const name = id.match(/^\.\/(init|utils)\.ts$/)?.[1];
    return name && importer?.endsWith('src/nn/index.ts') ? { id: `./${name}.js`, external: 'relative' } : null;
  },
};

export default defineConfig({
  root,
  publicDir: false,
  plugins: [namespaces, compactShaders()],
  build: {
    outDir: 'dist',
    target: 'es2022',
    sourcemap: true,
    minify: false,
    lib: {
      entry: Object.fromEntries(
        entries.filter((name) => existsSync(`${root}/src/${name}.ts`)).map((name) => [name, `${root}/src/${name}.ts`]),
      ),
      formats: ['es'],
    },
    rolldownOptions: {
      external: ['webgpu', '@huggingface/tokenizers', 'fast-png', /^node:/],
      output: {
        // What every page needs in one file, and one for each family of functions: a bundler then moves the families that a
        // page does not name into what init() loads.
        codeSplitting: {
          groups: [
            {
              name: 'engine',
              priority: 2,
              // With all that these import.
              test: /src\/tensor\/(tensor|create|device|scope|functions\/core)\.ts/,
            },
            {
              priority: 1,
              test: /src\/(tensor\/(functions|functional|linalg|special|fft)\/|ops\/extended)/,
              name: (id) =>
                id
                  .replace(/^.*\/src\/(tensor\/)?/, '')
                  .replace(/\.ts$/, '')
                  .replaceAll('/', '-'),
            },
          ],
        },
        chunkFileNames: ({ facadeModuleId }) => {
          const loadedLater = facadeModuleId?.match(/src\/(?:backends\/(\w+)\/index|(surface)|tensor\/(print))\.ts$/);
          return `chunks/${loadedLater?.slice(1).find(Boolean) ?? '[name]-[hash]'}.js`;
        },
      },
    },
  },
});
