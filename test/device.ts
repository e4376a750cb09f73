import { inject } from 'vitest';

declare module 'vitest' {
  interface ProvidedContext {
    testDevice: 'cpu' | 'webgpu';
  }
}

/** The device that this project's tests run on. */
export const testDevice: 'cpu' | 'webgpu' = inject('testDevice');
