/**
 * Random programs in all four modes: immediate and lazy, on the CPU and on WebGPU. Short programs over few shapes, since most of
 * the time goes into compiling their kernels. A browser's WebGPU takes longer and runs the same code: a part will do.
 */
import { beforeAll } from 'vitest';
import { init } from '../../src/index.ts';
import { checkOn } from './programs/check.ts';
import { randomPrograms } from './programs/suite.ts';

beforeAll(async () => {
  await init({ device: 'cpu' });
  await init({ device: 'webgpu' });
});

const count = 'document' in globalThis ? 100 : 500;

randomPrograms({ count, length: 8, firstSeed: 2_000_000 }, () => checkOn(['cpu', 'webgpu']));
