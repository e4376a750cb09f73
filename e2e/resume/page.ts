/** A page that trains, from its last checkpoint on, until it is killed: `?store=opfs&device=cpu&name=run&end=100&ballast=0`. */
import { init, zeros } from 'lumigrad';
import { type CheckpointStore, indexedDbStore, loadCheckpoint, opfsStore } from 'lumigrad/io';
import { train } from '../../test/io/resume/training.ts';

/** What the page tells the test: the step it goes on from, each step's loss, each save's begin and end, and its own end. */
export type Report = readonly [
  what: 'from' | 'step' | 'saving' | 'saved' | 'damaged' | 'end' | 'failed',
  step: number,
  loss?: number | string,
];

declare const report: (...message: Report) => void;

const places: Readonly<Record<string, (name: string) => CheckpointStore>> = {
  opfs: opfsStore,
  database: indexedDbStore,
};

const settings = new URL(location.href).searchParams;
const setting = (name: string): string => settings.get(name) ?? '';

async function run(): Promise<void> {
  await init({ device: setting('device') as 'cpu' | 'webgpu' });
  const place = places[setting('store')]!(setting('name'));
  const saved = await loadCheckpoint(place, {}, { onDamaged: () => report('damaged', 0) });
  let now = (saved?.step as number | undefined) ?? 0;
  report('from', now);
  const told: CheckpointStore = {
    versions: () => place.versions(),
    async write(bytes, isGood) {
      const step = now;
      report('saving', step);
      await place.write(bytes, isGood);
      report('saved', step);
    },
  };
  const end = Number(setting('end'));
  // A heavier file takes longer to write: there is more time to be killed in.
  const ballast = zeros([Number(setting('ballast'))]);
  await train(
    told,
    end,
    ([step, loss]) => {
      now = step;
      report('step', step, loss);
    },
    { ballast },
  );
  report('end', now);
}

run().catch((error: unknown) => report('failed', 0, String(error)));
