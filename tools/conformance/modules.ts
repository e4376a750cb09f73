/** Runs PyTorch's module database, as export_modules.py wrote it, through Lumigrad: modules.ts file [cpu | webgpu] [name,name,…] */
import { readFileSync } from 'node:fs';
import { init, manualSeed, noGrad, type Tensor } from '../../src/index.ts';
import * as nn from '../../src/nn/index.ts';
import {
  type Call,
  callArguments,
  cotangent,
  difference,
  flatTensors,
  leaf,
  tolerance,
  type Values,
} from './values.ts';

interface Sample {
  readonly make: Call;
  readonly state: Readonly<Record<string, Values>>;
  readonly text: string;
  readonly training: boolean;
  readonly call?: Call;
  readonly out?: readonly Values[];
  readonly buffers?: Readonly<Record<string, Values>>;
  readonly grads?: readonly (Values | null)[] | null;
  readonly parameterGrads?: readonly (Values | null)[];
}
interface Entry {
  readonly name: string;
  readonly samples: readonly Sample[];
}

const [file = '.cache/modules.json', device = 'cpu', only] = process.argv.slice(2);
if (device !== 'cpu' && device !== 'webgpu') throw new Error(`the device is cpu or webgpu, not ${device}`);
await init({ device });

async function compare(
  got: readonly (Tensor | null | undefined)[],
  want: readonly (Values | null)[],
  allowed: number,
  what: string,
): Promise<void> {
  if (got.length !== want.length) throw new Error(`${got.length} ${what}, expected ${want.length}`);
  for (const [i, w] of want.entries()) {
    const wrong = await difference(got[i] ?? null, w, allowed);
    if (wrong) throw new Error(`${what} ${i}: ${wrong}`);
  }
}

async function check(name: string, sample: Sample): Promise<void> {
  const Layer = (nn as unknown as Record<string, new (...args: unknown[]) => nn.Module>)[name]!;
  manualSeed(0);
  const module = new Layer(...callArguments(sample.make, sample.make.inputs.map(leaf)));
  const keys = [...module.stateDict().keys()];
  if (keys.join() !== Object.keys(sample.state).join())
    throw new Error(`keys ${keys}, expected ${Object.keys(sample.state)}`);
  module.loadStateDict(new Map(Object.entries(sample.state).map(([k, v]) => [k, leaf({ ...v, grad: false })])));
  module.train(sample.training);
  if (String(module) !== sample.text) throw new Error(`text ${String(module)}\n, expected ${sample.text}`);
  const { call, out, grads } = sample;
  if (!call || !out) return;
  const leaves = call.inputs.map(leaf);
  const result = flatTensors((module.forward as (...args: unknown[]) => unknown)(...callArguments(call, leaves)));
  await compare(result, out, tolerance.result, 'results');
  const buffers = new Map(module.namedBuffers());
  for (const [key, want] of Object.entries(sample.buffers ?? {}))
    await compare([buffers.get(key)], [want], tolerance.result, `buffer ${key}`);
  if (!grads) return;
  const carriers = result.filter((t) => t.requiresGrad);
  if (carriers.length === 0) throw new Error('no result requires grad');
  const weights = noGrad(() => carriers.map(cotangent));
  carriers
    .map((t, i) => t.mul(weights[i]!).sum())
    .reduce((a, b) => a.add(b))
    .backward();
  const wanted = leaves.filter((t) => t.requiresGrad);
  await compare(
    wanted.map((t) => t.grad),
    grads,
    tolerance.gradient,
    'input gradients',
  );
  await compare(
    module.parameters().map((p) => p.grad),
    sample.parameterGrads ?? [],
    tolerance.gradient,
    'parameter gradients',
  );
}

const entries = (JSON.parse(readFileSync(file, 'utf8')) as Entry[]).filter(
  ({ name }) => !only || only.split(',').includes(name),
);
const missing: string[] = [];
let passed = 0;
let all = 0;
for (const { name, samples } of entries) {
  if (!(name in nn)) {
    missing.push(name);
    continue;
  }
  const problems: string[] = [];
  for (const sample of samples) {
    try {
      await check(name, sample);
    } catch (error) {
      const inputs = sample.call?.inputs.map(({ dtype, shape }) => `${dtype}[${shape}]`);
      problems.push(
        `${String(error).split('\n').slice(0, 2).join(' ')}\n      ${JSON.stringify([sample.make.positional, sample.make.options, sample.call?.options, inputs])}`,
      );
    }
  }
  passed += samples.length - problems.length;
  all += samples.length;
  if (problems.length === 0) continue;
  console.log(`${name}: ${samples.length - problems.length} of ${samples.length}`);
  for (const problem of problems.slice(0, only ? 20 : 2)) console.log(`    ${problem}`);
}
console.log(`not there: ${missing.join(', ')}`);
console.log(`${device}: ${passed} of ${all} samples of ${entries.length - missing.length} modules`);
process.exit(0);
