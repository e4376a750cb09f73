/** Trains beside the page: the page only draws, so it answers at once whatever the network is doing. */
import { DeviceLostError } from 'lumigrad';
import { head, type Mnist } from './digits.ts';
import { fetchMnist } from './mnist-page.ts';
import { openDevice } from './open-device.ts';
import type { DeviceReport, News, Request } from './protocol.ts';
import { Session } from './session.ts';
import type { DeviceChoice } from './settings.ts';

/** More test images would take longer to read and tell little more. */
const testLimit = 1000;
/** Milliseconds of training between two evaluations: eight times what the last one took, within bounds. */
const leastBetween = 1000;
const mostBetween = 12_000;
const evaluationShare = 8;

type Task = Exclude<Request, { type: 'start' | 'pause' }>;

const tasks: Task[] = [];
let running = false;
let wake = () => {};
let session: Session | null = null;
let data: Mnist | null = null;
let run = 0;
let device: DeviceChoice = 'auto';

const send = (news: News, transfer: Transferable[] = []) => postMessage(news, { transfer });
const text = (error: unknown) => (error instanceof Error ? error.message : String(error));

addEventListener('message', ({ data: request }: MessageEvent<Request>) => {
  if (request.type === 'start' || request.type === 'pause') setRunning(request.type === 'start');
  else tasks.push(request);
  wake();
});

function setRunning(on: boolean): void {
  running = on;
  send({ type: 'running', running });
}

/** Lets messages in: a step on the CPU awaits nothing that would. */
const breathe = (() => {
  const { port1, port2 } = new MessageChannel();
  let resume = () => {};
  port1.onmessage = () => resume();
  return () =>
    new Promise<void>((resolve) => {
      resume = resolve;
      port2.postMessage(null);
    });
})();

async function perform(task: Task): Promise<void> {
  switch (task.type) {
    case 'reset':
      data ??= await load();
      run = task.run;
      if (session === null || task.settings.device !== device) await open(task.settings.device);
      session = new Session(task.settings, data);
      send({ type: 'ready', run, stepsPerEpoch: session.stepsPerEpoch });
      break;
    case 'device':
      await session?.move((await open(task.device)).kind);
      break;
    case 'step':
      await step();
      break;
    case 'rate':
      session?.setRate(task.lr);
      break;
    case 'classify':
      await answer(task);
      break;
    case 'save':
      if (session) {
        const bytes = await session.save();
        send({ type: 'weights', bytes }, [bytes.buffer]);
      }
      break;
    case 'load':
      if (!session) break;
      session.load(task.bytes);
      send({ type: 'notice', text: 'The weights are loaded; training goes on from them.' });
      break;
  }
}

async function load(): Promise<Mnist> {
  const { train, test: all } = await fetchMnist();
  const test = head(all, testLimit);
  send({ type: 'data', trainCount: train.count, test });
  return { train, test };
}

async function open(choice: DeviceChoice): Promise<DeviceReport> {
  const report = await openDevice(choice);
  device = choice;
  send({ type: 'device', device: report });
  return report;
}

async function answer({ id, image }: Extract<Task, { type: 'classify' }>): Promise<void> {
  if (!session) return;
  send({ type: 'probabilities', id, values: await session.classify(image) });
}

async function step(): Promise<void> {
  const mine = run;
  await session?.step((progress) => send({ type: 'progress', run: mine, ...progress }));
}

/** Has the test images read. Questions from the drawing pad are answered in between; anything else comes first. */
async function evaluate(current: Session): Promise<void> {
  const idle = !running;
  const evaluation = await current.evaluate(async () => {
    await breathe();
    while (tasks[0]?.type === 'classify') await answer(tasks.shift() as Extract<Task, { type: 'classify' }>);
    return tasks.length > 0 || (idle && running);
  });
  if (evaluation) send({ type: 'evaluation', run, ...evaluation });
}

/** The GPU is gone: go on from the last known weights on what there is. */
async function recover(): Promise<void> {
  send({ type: 'notice', text: 'The GPU was lost. Training goes on from the last evaluation.' });
  await open(device);
  if (session?.lastSaved) session.restart(session.lastSaved);
  else throw new Error('The GPU was lost before anything was learned: reset to start anew.');
}

async function report(error: unknown): Promise<void> {
  if (error instanceof DeviceLostError) {
    try {
      return await recover();
    } catch (again) {
      error = again;
    }
  }
  if (running) setRunning(false);
  send({ type: 'problem', text: text(error) });
}

/** One thing after the other: what the page asks for, then training, then a test of what was learned. */
async function main(): Promise<never> {
  let due = 0;
  for (;;) {
    try {
      const task = tasks.shift();
      if (task) await perform(task);
      else if (session?.isStale && (!running || performance.now() > due)) {
        const begun = performance.now();
        await evaluate(session);
        const took = performance.now() - begun;
        due = performance.now() + Math.min(mostBetween, Math.max(leastBetween, evaluationShare * took));
      } else if (session && running) await step();
      else {
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      }
      await breathe();
    } catch (error) {
      await report(error);
    }
  }
}

void main();
