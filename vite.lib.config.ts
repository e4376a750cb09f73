/** The package: ES modules with the shaders inside them; each backend is a chunk of its own, loaded when chosen. */
import { existsSync } from 'node:fs';
import { defineConfig } from 'vite';
import { compactShaders } from './tools/compact-shaders.mjs';

const root = import.meta.dirname;
const entries = ['index', 'nn/index', 'optim/index', 'data/index', 'io/index', 'func/index'];

export default defineConfig({
  root,
  publicDir: false,
  plugins: [compactShaders()],
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
      external: ['webgpu', /^node:/],
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
          const loadedLater = facadeModuleId?.match(/src\/(?:backends\/(\w+)\/index|tensor\/(surface|print))\.ts$/);
          return `chunks/${loadedLater?.[1] ?? loadedLater?.[2] ?? '[name]-[hash]'}.js`;
        },
      },
    },
  },
});
