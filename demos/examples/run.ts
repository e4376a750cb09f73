/** How an example starts when its file is what Node was told to run, and how it talks. */
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { type DeviceName, init } from 'lumigrad';

/** What every example takes: `--device cpu`, `--seed 1`. */
const common = { device: 'auto', seed: 0 };
type Flags = Readonly<Record<string, string | number>>;

/**
 * Runs `main` with the flags of the command line, if the file at `url` was started and not imported. A flag's default says whether
 * it is a number.
 */
export async function example<F extends Flags>(
  url: string,
  defaults: F,
  main: (flags: F & typeof common) => Promise<unknown>,
): Promise<void> {
  if (process.argv[1] !== fileURLToPath(url)) return;
  const all: Flags = { ...common, ...defaults };
  const names = Object.keys(all);
  const { values } = parseArgs({
    options: Object.fromEntries(names.map((name) => [name, { type: 'string' as const }])),
  });
  const flags = names.map((name) => {
    const given = values[name] ?? all[name]!;
    return [name, typeof all[name] === 'number' ? Number(given) : given];
  });
  const chosen = Object.fromEntries(flags) as F & typeof common;
  const { device, description, fallbackReason } = await init({ device: chosen.device as DeviceName | 'auto' });
  if (fallbackReason) console.log(fallbackReason);
  console.log(`${device === 'webgpu' ? 'WebGPU' : 'CPU'}: ${description}`);
  await main(chosen);
}

/** Shows a line of progress. */
export type Log = (line: string) => void;
export const silent: Log = () => {};
