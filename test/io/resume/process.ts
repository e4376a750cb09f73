/** A process that trains until it is killed: `node process.js <checkpoint> <log> <last step>`. */
import { appendFileSync } from 'node:fs';
import { init } from 'lumigrad';
import { train } from './training.ts';

const [, , checkpoint, log, end] = process.argv as [string, string, string, string, string];
await init({ device: 'cpu' });
await train(checkpoint, Number(end), ([step, loss]) => appendFileSync(log, `${step} ${loss}\n`));
