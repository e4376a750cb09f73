// @ts-check
/** The package's own name, resolved to its sources: pages and scripts here import what a user would. */
import { fileURLToPath } from 'node:url';

const source = fileURLToPath(new URL('../src/', import.meta.url));

/** Aliases for Vite. tsconfig.json's `paths` say the same to TypeScript. */
export const aliases = [
  { find: /^lumigrad$/, replacement: `${source}index.ts` },
  { find: /^lumigrad\/(\w+)$/, replacement: `${source}$1/index.ts` },
];
