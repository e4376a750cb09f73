/** Where a contender's time goes: by dispatch on WebGPU, by function on the CPU. */
import type { Contender, Remote } from './contenders.ts';
import { type JobName, jobs } from './job.ts';
import { nameOf, table } from './report.ts';

const shown = 25;

export async function profile(name: JobName, contender: Contender, remote: Remote): Promise<void> {
  await remote.open(name);
  if (contender.device === 'webgpu') {
    const dispatches = await remote.dispatches();
    const total = dispatches.reduce((sum, { ms }) => sum + ms, 0);
    const rows = dispatches.map(({ label, workgroups, ms }, i) => [
      `${i + 1}. ${label}`,
      workgroups.filter((n) => n !== undefined).join('×'),
      ms.toFixed(2),
      `${((100 * ms) / total).toFixed(0)} %`,
    ]);
    const header = ['dispatch, run alone', 'workgroups', 'ms', 'share'];
    console.log(
      `\n### ${jobs[name].title}\n${nameOf(contender)}: ${total.toFixed(1)} ms\n\n${table([header, ...rows])}`,
    );
  } else if (contender.place === 'Node') {
    const spots = await remote.profile(name === 'mlp' ? 60 : 12);
    const total = spots.reduce((sum, { ms }) => sum + ms, 0);
    const rows = spots.slice(0, shown).map((s) => [s.name, s.ms.toFixed(2), `${((100 * s.ms) / total).toFixed(0)} %`]);
    const header = ['function:line of the bundle', 'ms per step', 'share'];
    console.log(
      `\n### ${jobs[name].title}\n${nameOf(contender)}: ${total.toFixed(1)} ms\n\n${table([header, ...rows])}`,
    );
  }
  await remote.close();
}
