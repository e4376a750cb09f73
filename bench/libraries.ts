import type { Library } from './job.ts';

export type LibraryName = 'lumigrad' | 'jax-js' | 'tfjs';

/** Loaded one at a time: a contender has a process or a page of its own. */
export const libraries: Readonly<Record<LibraryName, () => Promise<Library>>> = {
  lumigrad: async () => (await import('./models/lumigrad.ts')).lumigrad,
  'jax-js': async () => (await import('./peers/jax.ts')).jax,
  tfjs: async () => (await import('./peers/tfjs.ts')).tfjs,
};
