/** Where a contender's time goes: by dispatch on WebGPU, by function on the CPU. */
import type { Contender, Remote } from './contenders.ts';
import { type JobName, jobs } from './job.ts';
import { nameOf, table } from './report.ts';

const shown = 25;

export async function profile(name: JobName, contender: Contender, remote: Remote): Promise<void> {
  await remote.open(name);
  const print = (what: string, total: number, header: string[], rows: string[][]): void => {
    const title = `### ${jobs[name].title}\n${nameOf(contender)}: ${total.toFixed(1)} ms of ${what}`;
    console.log(`\n${title}\n\n${table([header, ...rows])}`);
  };
  if (contender.device === 'webgpu') {
    const dispatches = await remote.dispatches();
    const total = sum(dispatches);
    const rows = dispatches.map(({ label, workgroups, ms }, i) => [
      `${i + 1}. ${label}`,
      workgroups.filter((n) => n !== undefined).join('×'),
      ...share(ms, total),
    ]);
    print('dispatches, each run alone', total, ['dispatch', 'workgroups', 'ms', 'share'], rows);
  }
  if (contender.place === 'Node') {
    const spots = await remote.profile(name === 'mlp' ? 60 : 12);
    const total = sum(spots);
    const rows = spots.slice(0, shown).map((spot) => [spot.name, ...share(spot.ms, total)]);
    print('JavaScript per step', total, ['function:line of the bundle', 'ms', 'share'], rows);
  }
  await remote.close();
}

const sum = (entries: readonly { readonly ms: number }[]): number => entries.reduce((total, { ms }) => total + ms, 0);
const share = (ms: number, total: number): string[] => [ms.toFixed(2), `${((100 * ms) / total).toFixed(0)} %`];
