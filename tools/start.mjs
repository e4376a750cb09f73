// @ts-check
/**
 * `npm start`: serves the site with Vite, and opens the MNIST page where there is a desktop to open it on.
 * Options: --port 5173, --host (serve the network too), --no-open.
 */
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { createServer } from 'vite';

const PAGE = '/demos/mnist-cnn/';

const { values } = parseArgs({
  options: {
    port: { type: 'string' },
    host: { type: 'boolean', default: false },
    open: { type: 'boolean', default: true },
  },
  allowNegative: true,
});

/** A headless machine has no browser to open: the address on the terminal is then enough. */
function hasDesktop() {
  if (process.env.CI || process.env.SSH_CONNECTION) return false;
  if (process.platform !== 'linux') return true;
  return Boolean(process.env.DISPLAY || process.env.WAYLAND_DISPLAY);
}

const server = await createServer({
  configFile: fileURLToPath(new URL('../vite.config.ts', import.meta.url)),
  server: { open: PAGE, host: values.host, ...(values.port ? { port: Number(values.port) } : {}) },
});
await server.listen();
const home = server.resolvedUrls?.local[0] ?? server.resolvedUrls?.network[0] ?? '';
server.config.logger.info(`\n  MNIST, trained in this browser: ${new URL(PAGE, home)}`);
server.printUrls();
server.bindCLIShortcuts({ print: true });
if (values.open && hasDesktop()) server.openBrowser();
