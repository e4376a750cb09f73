/** The results as Markdown tables. */
import type { Contender } from './contenders.ts';
import type { Sample } from './host.ts';
import { type JobName, jobs } from './job.ts';
import type { Counts } from './webgpu-calls.ts';

export interface Result {
  readonly contender: Contender;
  readonly samples: readonly Sample[];
  /** Milliseconds of processor time per step, all threads and processes together; NaN where unknown. */
  readonly cpu: number;
  readonly counts: Counts | null;
}

export const nameOf = ({ library, device, place }: Contender): string => `${library} ${device}, ${place}`;

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const half = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[half]! : (sorted[half - 1]! + sorted[half]!) / 2;
}

const walls = (r: Result): number[] => r.samples.map(({ wall }) => wall);
const figure = (value: number): string => (value >= 100 ? value.toFixed(0) : value.toPrecision(3));

/** The Lumigrad that a contender is compared with: in the same place, on the same kind of device. */
function baseline(of: Contender, results: readonly Result[]): Result | undefined {
  const kind = (c: Contender): string => `${c.place} ${c.device === 'webgpu'}`;
  return results.find(({ contender }) => contender.library === 'lumigrad' && kind(contender) === kind(of));
}

export function table(rows: readonly (readonly string[])[]): string {
  const widths = rows[0]!.map((_, i) => Math.max(...rows.map((row) => row[i]!.length)));
  const line = (row: readonly string[]): string =>
    `| ${row.map((cell, i) => (i === 0 ? cell.padEnd(widths[i]!) : cell.padStart(widths[i]!))).join(' | ')} |`;
  const rule = `| ${widths.map((w, i) => (i === 0 ? '-'.repeat(w) : `${'-'.repeat(w - 1)}:`)).join(' | ')} |`;
  return [line(rows[0]!), rule, ...rows.slice(1).map(line)].join('\n');
}

/** One job: milliseconds per step, and how many times those of Lumigrad a peer takes. */
export function jobTable(name: JobName, results: readonly Result[]): string {
  const { title, flop } = jobs[name];
  const header = [
    '',
    'min ms',
    'median ms',
    'ratio of mins',
    'of medians',
    'CPU ms',
    'of CPU',
    'JS ms',
    ...(flop ? ['GFLOP/s'] : []),
  ];
  const rows = results.map((r) => {
    const base = baseline(r.contender, results);
    const [least, middle] = [Math.min(...walls(r)), median(walls(r))];
    const ratio = (own: number, of: (values: number[]) => number): string =>
      base === undefined || base === r ? '' : (own / of(walls(base))).toFixed(2);
    return [
      nameOf(r.contender),
      figure(least),
      figure(middle),
      ratio(least, (values) => Math.min(...values)),
      ratio(middle, median),
      Number.isNaN(r.cpu) ? '' : figure(r.cpu),
      base === undefined || base === r || Number.isNaN(r.cpu) ? '' : (r.cpu / base.cpu).toFixed(2),
      r.contender.device === 'webgpu' ? figure(Math.min(...r.samples.map(({ js }) => js))) : '',
      ...(flop ? [figure(flop / least / 1e6)] : []),
    ];
  });
  return `### ${title}\n\n${table([header, ...rows])}`;
}

/** Calls to WebGPU per warm step. */
export function countTable(results: ReadonlyMap<JobName, readonly Result[]>): string {
  const rows = [...results].flatMap(([name, list]) =>
    list.flatMap(({ contender, counts }) => {
      if (counts === null) return [];
      const { dispatches, submits, buffers, bindGroups, pipelines } = counts;
      const cells = [dispatches, submits, buffers, bindGroups, pipelines].map((n) => String(Math.round(n * 10) / 10));
      return [[`${name}: ${nameOf(contender)}`, ...cells]];
    }),
  );
  const header = ['', 'dispatches', 'submits', 'new buffers', 'new bind groups', 'new pipelines'];
  return `### WebGPU calls per warm step\n\n${table([header, ...rows])}`;
}

/** All jobs side by side: the median, and how many times Lumigrad's it is. */
export function summary(results: ReadonlyMap<JobName, readonly Result[]>): string {
  const names = new Set([...results.values()].flatMap((list) => list.map(({ contender }) => nameOf(contender))));
  const rows = [...names].map((name) => [
    name,
    ...[...results.values()].map((list) => {
      const result = list.find(({ contender }) => nameOf(contender) === name);
      if (result === undefined) return '';
      const middle = median(walls(result));
      const base = baseline(result.contender, list);
      const times = base === undefined || base === result ? '' : ` (${(middle / median(walls(base))).toFixed(2)}×)`;
      return `${figure(middle)}${times}`;
    }),
  ]);
  return `### Median ms per step (times Lumigrad's)\n\n${table([['', ...results.keys()], ...rows])}`;
}
