/**
 * `npm run bench`: times training steps and matrix products, of Lumigrad and, with --peers, of other libraries.
 *
 *   --peers            compare with jax-js and TensorFlow.js (installed on demand)
 *   --jobs mlp,cnn     only these (mlp, cnn, lstm, lstmcells, matmul256, matmul512, matmul1024)
 *   --only webgpu      only contenders whose name contains this
 *   --rounds 6         turns that each contender gets
 *   --budget 1000      milliseconds of a turn
 *   --profile          instead: where Lumigrad's time goes, by dispatch and by function
 *   --gpu              the machine's own GPU in Chromium, not the software adapter
 */
import { rm } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { type Built, buildHosts, installPeers } from './build.ts';
import { type Contender, contenders, Pages, type Remote, startHost } from './contenders.ts';
import { treeCpuTime } from './cpu-time.ts';
import type { Sample } from './host.ts';
import { type JobName, jobs } from './job.ts';
import { profile } from './profile.ts';
import { countTable, jobTable, nameOf, type Result, summary } from './report.ts';

const { values: options } = parseArgs({
  options: {
    peers: { type: 'boolean', default: false },
    jobs: { type: 'string', default: Object.keys(jobs).join(',') },
    only: { type: 'string', default: '' },
    rounds: { type: 'string', default: '6' },
    budget: { type: 'string', default: '1000' },
    profile: { type: 'boolean', default: false },
    gpu: { type: 'boolean', default: false },
  },
});

const chosenJobs = options.jobs.split(',').map((name) => {
  if (!(name in jobs)) throw new Error(`--jobs: no '${name}'; there are ${Object.keys(jobs).join(', ')}`);
  return name as JobName;
});
const chosen = contenders.filter(
  (c) => (options.peers || c.library === 'lumigrad') && nameOf(c).includes(options.only),
);

const budget = Number(options.budget);
/** Those whose steps take longer than a turn get no more turns than this. */
const turnsOfSlow = 2;

interface Started {
  readonly contender: Contender;
  readonly remote: Remote;
}

/** Starts those that can start; says why others cannot. */
async function startAll(built: Built, pages: Pages): Promise<Started[]> {
  const started: Started[] = [];
  for (const contender of chosen) {
    const remote = await startHost(contender.place, built, pages);
    try {
      const device = await remote.start(contender.library, contender.device);
      console.error(`${nameOf(contender)}: ${device}`);
      started.push({ contender, remote });
    } catch (error) {
      console.error(`${nameOf(contender)}: left out, ${firstLine(error)}`);
      await remote.stop();
    }
  }
  return started;
}

const firstLine = (error: unknown): string => (error instanceof Error ? error.message : String(error)).split('\n')[0]!;

/** All must compute the same thing before it is worth timing. */
async function openAll(name: JobName, started: readonly Started[]): Promise<Started[]> {
  const opened: Started[] = [];
  let reference: readonly number[] | null = null;
  for (const entry of started) {
    try {
      const values = await entry.remote.open(name);
      reference ??= values;
      const off = values.findIndex((v, i) => !(Math.abs(v - reference![i]!) <= 1e-3 * Math.abs(reference![i]!)));
      if (off >= 0) throw new Error(`after ${off} steps its value is ${values[off]}, not ${reference[off]}`);
      console.error(`${name}: ${nameOf(entry.contender)}: ${values.map((v) => v.toPrecision(6)).join(' ')}`);
      opened.push(entry);
    } catch (error) {
      console.error(`${name}: ${nameOf(entry.contender)}: left out, ${firstLine(error)}`);
      await entry.remote.close();
    }
  }
  return opened;
}

async function runJob(name: JobName, started: readonly Started[]): Promise<Result[]> {
  const opened = await openAll(name, started);
  const samples = opened.map((): Sample[] => []);
  const cpu = opened.map((): number => 0);
  // In turns, so that whatever else the machine does falls on all of them.
  for (let round = 0; round < Number(options.rounds); round++) {
    for (const [i, { remote }] of opened.entries()) {
      if (round >= turnsOfSlow && samples[i]!.every(({ wall }) => wall > budget)) continue;
      const before = treeCpuTime();
      samples[i]!.push(...(await remote.measure(budget)));
      cpu[i]! += treeCpuTime() - before;
    }
  }
  const results: Result[] = [];
  for (const [i, { contender, remote }] of opened.entries()) {
    const counts = contender.device === 'webgpu' ? await remote.count() : null;
    const steps = samples[i]!.reduce((sum, sample) => sum + sample.steps, 0);
    results.push({ contender, samples: samples[i]!, cpu: cpu[i]! / steps, counts });
    await remote.close();
  }
  return results;
}

if (options.peers) installPeers();
const built = await buildHosts(options.peers);
const pages = new Pages(built.page, options.gpu);
const started: Started[] = [];
try {
  started.push(...(await startAll(built, pages)));
  if (options.profile) {
    for (const name of chosenJobs) for (const { contender, remote } of started) await profile(name, contender, remote);
  } else {
    const results = new Map<JobName, Result[]>();
    for (const name of chosenJobs) {
      results.set(name, await runJob(name, started));
      console.log(`\n${jobTable(name, results.get(name)!)}`);
    }
    console.log(`\n${summary(results)}\n\n${countTable(results)}`);
  }
} finally {
  await Promise.all(started.map(({ remote }) => remote.stop()));
  await pages.close();
  await rm(built.folder, { recursive: true, force: true });
}
