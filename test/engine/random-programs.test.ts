/** Random programs over the public API, lazily and immediately, on the CPU. See ./programs/generate.ts. */
import { beforeAll } from 'vitest';
import { init } from '../../src/index.ts';
import { checkOn } from './programs/check.ts';
import { randomPrograms } from './programs/suite.ts';

beforeAll(() => init({ device: 'cpu' }));

randomPrograms({ count: 400, length: 18, firstSeed: 1_000_000 }, () => checkOn(['cpu']));
