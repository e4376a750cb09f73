import {
  batchSizes,
  defaults,
  deviceChoices,
  isRate,
  isSeed,
  modelNames,
  optimizerNames,
  type Settings,
  usualRate,
} from './settings.ts';

/** What `npm run train` takes. */
export interface TrainOptions extends Settings {
  epochs: number;
  /** Path of the weights file to write. */
  out: string;
}

export class FlagError extends Error {}

interface Flag {
  help: string;
  read(value: string): unknown;
}
const choice = (values: readonly string[]) => ({
  help: values.join(' | '),
  read: (value: string) => values.find((v) => v === value),
});
const number = (help: string, valid: (n: number) => boolean) => ({
  help,
  read: (value: string) => (value.trim() !== '' && valid(Number(value)) ? Number(value) : undefined),
});
const positiveInteger = (n: number) => Number.isSafeInteger(n) && n > 0;

const flags: Readonly<Record<string, Flag>> = {
  model: choice(modelNames),
  device: choice(deviceChoices),
  optimizer: choice(optimizerNames),
  epochs: number('a whole number from 1', positiveInteger),
  'batch-size': number(`a whole number from 1, such as ${batchSizes.join(', ')}`, positiveInteger),
  lr: number('a number above 0, at most 10', isRate),
  seed: number('a whole number from 0 to 2^32 - 1', isSeed),
  out: { help: 'a file name', read: (value) => value || undefined },
};

export const usage = `npm run train -- [--flag value] …\n${Object.entries(flags)
  .map(([name, { help }]) => `  --${name.padEnd(12)}${help}`)
  .join('\n')}`;

/** Reads `--flag value` and `--flag=value`. */
export function parseFlags(args: readonly string[]): TrainOptions {
  const given = new Map<string, unknown>();
  for (let i = 0; i < args.length; i++) {
    const [, name, inline] = /^--([^=]+)(?:=(.*))?$/s.exec(args[i]!) ?? [];
    if (name === undefined) throw new FlagError(`'${args[i]}' is not a flag: flags start with --`);
    const flag = Object.hasOwn(flags, name) ? flags[name] : undefined;
    if (!flag) throw new FlagError(`unknown flag --${name}; the nearest is --${nearest(name)}`);
    const text = inline ?? args[++i];
    if (text === undefined) throw new FlagError(`--${name} needs a value: ${flag.help}`);
    const value = flag.read(text);
    if (value === undefined) throw new FlagError(`--${name} ${text}: expected ${flag.help}`);
    given.set(name, value);
  }
  const get = <T>(name: string, fallback: T): T => (given.get(name) as T | undefined) ?? fallback;
  const model = get('model', defaults.model);
  const optimizer = get('optimizer', defaults.optimizer);
  return {
    model,
    optimizer,
    lr: get('lr', usualRate[optimizer]),
    batchSize: get('batch-size', defaults.batchSize),
    seed: get('seed', defaults.seed),
    device: get('device', defaults.device),
    epochs: get('epochs', 1),
    out: get('out', `mnist-${model}.safetensors`),
  };
}

/** The flag with the fewest letters to change. */
function nearest(word: string): string {
  return Object.keys(flags).reduce((best, name) => (distance(word, name) < distance(word, best) ? name : best));
}

function distance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, i) => i);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      next.push(Math.min(next[j - 1]! + 1, row[j]! + 1, row[j - 1]! + Number(a[i - 1] !== b[j - 1])));
    }
    row = next;
  }
  return row[b.length]!;
}
