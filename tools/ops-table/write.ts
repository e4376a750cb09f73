/** `npm run docs:ops` writes docs/ops.md. */
import { writeFileSync } from 'node:fs';
import { init } from '../../src/index.ts';
import { opsTable } from './table.ts';

await init({ device: 'cpu' });
const { text, unexplained } = opsTable();
writeFileSync('docs/ops.md', text);
if (unexplained.length > 0) console.warn(`without a reason in missing.ts: ${unexplained.join(' ')}`);
