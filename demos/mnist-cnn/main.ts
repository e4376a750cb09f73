import { Charts } from './charts.ts';
import { Confusion } from './confusion.ts';
import { Controls } from './controls.ts';
import type { Digits } from './digits.ts';
import { byId, count, oncePerFrame, percent } from './dom.ts';
import { Filters } from './filters.ts';
import { History } from './history.ts';
import { Messages } from './messages.ts';
import { Network } from './network.ts';
import { Pad } from './pad.ts';
import type { Evaluation, News, Request } from './protocol.ts';
import { Samples } from './samples.ts';
import { type Change, SettingsForm } from './settings-form.ts';
import { Weights } from './weights.ts';

/** Milliseconds between two announcements to screen readers. */
const announceEvery = 5000;

const diverged =
  'The loss is not a number any more: the steps are too large. Lower the learning rate, then press Reset.';

const worker = new Worker(new URL('./worker.ts', import.meta.url), { type: 'module' });
const send = (request: Request) => worker.postMessage(request);

const history = new History();
const messages = new Messages();
const form = new SettingsForm(changed);
const charts = new Charts(history);
const network = new Network();
const filters = new Filters();
const confusion = new Confusion();
const pad = new Pad((image) => send({ type: 'classify', id: ++asked, image }));
const samples = new Samples((image, label) => {
  pad.put(image, label);
  byId('pad', HTMLCanvasElement).scrollIntoView({ block: 'center' });
});
const weights = new Weights(
  () => send({ type: 'save' }),
  (bytes) => send({ type: 'load', bytes }),
  (text) => messages.add('problem', text),
);
const controls = new Controls({
  start: () => send({ type: 'start' }),
  pause: () => send({ type: 'pause' }),
  step: () => send({ type: 'step' }),
  reset,
});

let run = 0;
let asked = 0;
let answered = 0;
let step = 0;
let test: Digits | null = null;
let evaluation: Evaluation | null = null;

/** Once a frame at most, however fast the worker evaluates. */
const showEvaluation = oncePerFrame(() => {
  if (!evaluation || !test) return;
  confusion.show(test.labels, evaluation.guesses);
  samples.setGuesses(evaluation.guesses);
  filters.show(evaluation.filters, evaluation.filterShape);
  pad.askAgain();
});

function reset(): void {
  run++;
  messages.clear();
  network.show(form.settings.model);
  send({ type: 'reset', run, settings: form.settings });
}

function changed(change: Change): void {
  if (change === 'lr') send({ type: 'rate', lr: form.settings.lr });
  else if (change === 'device') send({ type: 'device', device: form.settings.device });
  else reset();
}

function clearRun(): void {
  history.clear();
  charts.update();
  evaluation = null;
  step = 0;
  if (test) confusion.show(test.labels, new Uint8Array(0));
  samples.setGuesses(null);
}

function showData(trainCount: number, digits: Digits): void {
  test = digits;
  samples.setDigits(digits);
  byId('data-note', HTMLElement).textContent =
    `Here it learns from ${count(trainCount)} of them and is tested on ${count(digits.count)} others.`;
  let next = 0;
  byId('try-digit', HTMLButtonElement).addEventListener('click', () => {
    const index = next++ % digits.count;
    pad.put(samples.image(index), digits.labels[index]!);
  });
}

worker.addEventListener('message', ({ data: news }: MessageEvent<News>) => {
  // What an older run still had to say.
  if ('run' in news && news.run !== run) return;
  switch (news.type) {
    case 'data':
      showData(news.trainCount, news.test);
      break;
    case 'device':
      controls.setDevice(news.device);
      if (news.device.reason) messages.add('notice', news.device.reason);
      break;
    case 'ready':
      clearRun();
      controls.setRun(news.stepsPerEpoch, form.settings.batchSize);
      weights.enable();
      break;
    case 'running':
      controls.setRunning(news.running);
      if (!news.running) charts.describe();
      break;
    case 'progress':
      step = news.step;
      if (!Number.isFinite(news.loss)) messages.add('problem', diverged);
      history.addStep(news.step, news.loss, news.accuracy);
      charts.update();
      controls.setProgress(news);
      break;
    case 'evaluation':
      evaluation = news;
      history.addEvaluation(news.step, news.loss, news.accuracy);
      charts.update();
      showEvaluation();
      break;
    case 'probabilities':
      // Answers may overtake each other.
      if (news.id < answered) break;
      answered = news.id;
      pad.show(news.values);
      break;
    case 'weights':
      weights.download(news.bytes, `mnist-${form.settings.model}-step-${step}.safetensors`);
      break;
    case 'notice':
    case 'problem':
      messages.add(news.type, news.text);
      break;
  }
});
worker.addEventListener('error', (event) => {
  event.preventDefault();
  messages.add(
    'problem',
    `The training worker stopped: ${event.message || 'it could not be loaded'}. Reload the page to go on.`,
  );
});

let announced = '';
setInterval(() => {
  const words = evaluation ? `${controls.describe()}. Test accuracy ${percent(evaluation.accuracy)}.` : '';
  if (words === announced) return;
  announced = words;
  byId('status', HTMLElement).textContent = words;
  charts.describe();
}, announceEvery);

reset();
