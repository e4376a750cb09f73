// Prints the op database's samples (resolved data and options) as JSON, for generate.py.
import { fileURLToPath } from 'node:url';
import { runnerImport } from 'vite';

const root = fileURLToPath(new URL('../../', import.meta.url));
const load = async (file) =>
  (await runnerImport(`${root}test/ops/db/${file}`, { root, configFile: false, logLevel: 'error' })).module;
const { asyncFamilies, families } = await load('index.ts');
const { baseShape, baseValues, fingerprint, seedOf } = await load('kit.ts');

// JSON has no -0, NaN or infinities.
const text = (v) => (Number.isFinite(v) && !Object.is(v, -0) ? v : Object.is(v, -0) ? '-0' : String(v));
const sampleOf = (row, sample, index, key) => ({
  key,
  options: JSON.parse(JSON.stringify(sample.options ?? {}, (_, v) => (typeof v === 'number' ? text(v) : v))),
  inputs: sample.inputs.map((operand, i) => ({
    shape: operand.shape,
    base: baseShape(operand),
    dtype: operand.dtype ?? 'float32',
    view: operand.view ?? null,
    data: baseValues(operand, seedOf(row.name, index, i)).map(text),
  })),
});
const out = Object.fromEntries(
  Object.entries({ ...families, ...asyncFamilies }).map(([family, rows]) => [
    family,
    rows.map((row) => ({
      name: row.name,
      constants: row.constants ?? [],
      tolerance: row.tolerance ?? { rtol: 1e-5, atol: 1e-5 },
      samples: row.samples.map((sample, i) => sampleOf(row, sample, i, fingerprint(row, i))),
      errors: (row.errors ?? []).map((sample, i) => ({
        ...sampleOf(row, sample, i, ''),
        message: sample.message.source,
      })),
    })),
  ]),
);
process.stdout.write(JSON.stringify(out));
