import { init } from '../src/index.ts';

// Every test may use the CPU; those of a device call init() themselves.
await init({ device: 'cpu' });
