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
        chunkFileNames: ({ facadeModuleId }) => {
          const backend = facadeModuleId?.match(/src\/backends\/(\w+)\/index\.ts$/)?.[1];
          return `chunks/${backend ?? '[name]-[hash]'}.js`;
        },
      },
    },
  },
});
