/** Runs every example that the documentation shows, and checks the values that its comments promise. */
import { describe, expect, test } from 'vitest';
import * as data from '../../src/data/index.ts';
import * as distributions from '../../src/distributions/index.ts';
import * as func from '../../src/func/index.ts';
import * as lumigrad from '../../src/index.ts';
import * as io from '../../src/io/index.ts';
import * as models from '../../src/models/index.ts';
import * as nn from '../../src/nn/index.ts';
import * as optim from '../../src/optim/index.ts';
import * as vis from '../../src/vis/index.ts';
import { filesIn, textOf } from '../meta/files.ts';
import {
  agree,
  type Check,
  compileExample,
  docExamples,
  type Example,
  markdownExamples,
  promised,
} from './examples.ts';

const { manualSeed, setImmediateMode } = lumigrad;

const images = new Uint8Array(60_000 * 28 * 28);
const labels = new Uint8Array(60_000);

function once<T>(make: () => T): () => T {
  let made: { readonly value: T } | null = null;
  return () => {
    made ??= { value: make() };
    return made.value;
  };
}

/** What examples may use without declaring it. */
function stage(): Readonly<Record<string, () => unknown>> {
  const x = once(() => lumigrad.randn([2, 3]));
  const model = once(() => new nn.Sequential(new nn.Linear(3, 4), new nn.ReLU(), new nn.Linear(4, 2)));
  return {
    x,
    model,
    images: () => images,
    labels: () => labels,
    dataset: () => new data.TensorDataset(lumigrad.randn([128, 3]), lumigrad.randint(0, 2, [128])),
    optimizer: () => new optim.SGD(model().parameters(), { lr: 0.1 }),
    loss: () => model().forward(x()).sum(),
    bytes: () => io.saveSafetensors(model().stateDict()),
  };
}

const publicNames: Readonly<Record<string, unknown>> = {
  ...data,
  ...func,
  ...io,
  ...lumigrad,
  ...vis,
  data,
  distributions,
  func,
  io,
  models,
  nn,
  optim,
  vis,
  init: () => lumigrad.init({ device: 'cpu' }),
  console: { log: () => {} },
};

async function namesFor({ code }: Example): Promise<Record<string, unknown>> {
  const names: Record<string, unknown> = {};
  const made = stage();
  for (const word of new Set(code.match(/[A-Za-z_]\w*/g))) {
    if (Object.hasOwn(made, word)) names[word] = await made[word]!();
    else if (Object.hasOwn(publicNames, word)) names[word] = publicNames[word];
  }
  return names;
}

const check: Check = async (run, comment) => {
  const promise = promised(comment);
  if (promise.kind !== 'error') {
    const actual = await run();
    if (promise.kind === 'value' && !agree(actual, promise.value)) {
      throw new Error(
        `gives ${JSON.stringify(ArrayBuffer.isView(actual) ? Array.from(actual as Float32Array) : actual)}, promises ${comment}`,
      );
    }
    return;
  }
  const error = await Promise.resolve()
    .then(run)
    .then(
      () => new Error('nothing was thrown'),
      (e: Error) => e,
    );
  if (error.name !== promise.name || !error.message.includes(promise.message)) {
    throw new Error(`promises ${comment}, but: ${error.name}: ${error.message}`);
  }
};

async function run(example: Example): Promise<void> {
  manualSeed(0);
  await lumigrad.init({ device: 'cpu' });
  const names = await namesFor(example);
  const body = await compileExample(example, Object.keys(names));
  try {
    await body(names, check);
  } catch (error) {
    // The stack would show the encoded module.
    const told = new Error(`${example.place}: ${error}\n${example.code}`);
    delete told.stack;
    throw told;
  } finally {
    setImmediateMode(false);
  }
}

const examples = [
  ...filesIn('src', '.ts').flatMap((path) => docExamples(path, textOf(path))),
  ...['README.md', ...filesIn('docs', '.md')].flatMap((path) => markdownExamples(path, textOf(path))),
];

describe('examples', () => {
  test.each(examples.map((example) => [example.place, example] as const))('%s', async (_, example) => {
    await run(example);
  });

  test('are all found', () => {
    const tags = filesIn('src', '.ts').map((path) => textOf(path).split('@example').length - 1);
    expect(examples.filter(({ place }) => place.startsWith('src/'))).toHaveLength(tags.reduce((a, b) => a + b));
    expect(examples.length).toBeGreaterThan(45);
  });

  test('fail when they are wrong', async () => {
    const fails = (code: string) => expect(run({ place: 'test', code })).rejects;
    await run({
      place: 'test',
      code: 'await ones([2]).tolist(); // [1, 1]\nconst n = await ones([2]).data(); // Float32Array [1, 1]',
    });
    await fails('await ones([2]).tolist(); // [1, 2]').toThrow('gives [1,1], promises [1, 2]');
    await fails('for (const n of [2]) { await ones([n]).sum().item(); // 3\n}').toThrow('promises 3');
    await fails('console.log(await ones([2]).tolist()); // [1]').toThrow('promises [1]');
    await fails('const n = await ones([2]).sum().item(); // 3').toThrow('promises 3');
    await fails('await ones([2]).tolist(); // [1, 1').toThrow('cannot read');
    await fails('ones([2]).backward(); // ShapeError').toThrow('GradError');
    await fails('ones([2]).add(1); // ShapeError').toThrow('nothing was thrown');
    await fails('missing();').toThrow('missing is not defined');
    await fails('const = 1;').toThrow();
  });
});
