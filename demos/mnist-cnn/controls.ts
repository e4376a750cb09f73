import { byId, count, oncePerFrame } from './dom.ts';
import type { DeviceReport, Progress } from './protocol.ts';

const play = 'M3 1.5v13l11-6.5z';
const pause = 'M3 1.5h3.6v13H3zM9.4 1.5H13v13H9.4z';

interface Actions {
  start(): void;
  pause(): void;
  step(): void;
  reset(): void;
}

/** The row with Start, Step and Reset, the progress of the epoch, and the device's badge. */
export class Controls {
  private readonly startButton = byId('start', HTMLButtonElement);
  private readonly stepButton = byId('step', HTMLButtonElement);
  private readonly resetButton = byId('reset', HTMLButtonElement);
  private readonly bar = byId('progress', HTMLProgressElement);
  private readonly where = byId('progress-where', HTMLElement);
  private readonly speed = byId('progress-speed', HTMLElement);
  private readonly actions: Actions;
  private running = false;
  private stepsPerEpoch = 1;
  private batchSize = 1;
  private progress: Progress | null = null;
  private readonly update = oncePerFrame(() => this.draw());

  constructor(actions: Actions) {
    this.actions = actions;
    this.startButton.addEventListener('click', () => this.toggle());
    this.stepButton.addEventListener('click', () => actions.step());
    this.resetButton.addEventListener('click', () => actions.reset());
    document.addEventListener('keydown', (event) => this.key(event));
  }

  /** A run stands at step 0. */
  setRun(stepsPerEpoch: number, batchSize: number): void {
    this.stepsPerEpoch = stepsPerEpoch;
    this.batchSize = batchSize;
    this.progress = null;
    for (const button of [this.startButton, this.stepButton, this.resetButton]) button.disabled = false;
    this.setRunning(this.running);
  }

  setRunning(running: boolean): void {
    this.running = running;
    byId('start-label', HTMLElement).textContent = running ? 'Pause' : 'Start';
    byId('start-icon', SVGPathElement).setAttribute('d', running ? pause : play);
    this.stepButton.disabled = running || this.startButton.disabled;
    this.update();
  }

  setProgress(progress: Progress): void {
    this.progress = progress;
    this.update();
  }

  setDevice({ kind, name, reason }: DeviceReport): void {
    const badge = byId('badge', HTMLElement);
    badge.dataset.kind = kind;
    badge.title = reason ?? '';
    byId('badge-text', HTMLElement).textContent = kind === 'webgpu' ? `WebGPU · ${name}` : 'CPU';
  }

  /** Where the run stands, in words. */
  describe(): string {
    return this.where.textContent;
  }

  private toggle(): void {
    if (this.running) this.actions.pause();
    else this.actions.start();
  }

  private draw(): void {
    const step = this.progress?.step ?? 0;
    const within = step === 0 ? 0 : ((step - 1) % this.stepsPerEpoch) + 1;
    const epoch = step === 0 ? 1 : Math.floor((step - 1) / this.stepsPerEpoch) + 1;
    this.bar.max = this.stepsPerEpoch;
    this.bar.value = within;
    if (this.running && step === 0) this.where.textContent = 'Preparing the first step…';
    else this.where.textContent = `Epoch ${epoch}, step ${count(within)} of ${count(this.stepsPerEpoch)}`;
    const rate = this.progress?.imagesPerSecond ?? 0;
    const left = ((this.stepsPerEpoch - within) * this.batchSize) / rate;
    this.speed.textContent = rate > 0 ? `${count(rate)} images/s · ${duration(left)} left` : '';
  }

  private key(event: KeyboardEvent): void {
    if (event.ctrlKey || event.metaKey || event.altKey || event.repeat || !(event.target instanceof Element)) return;
    if (event.target.closest('input, select, textarea')) return;
    const key = event.key.toLowerCase();
    if (key === ' ') {
      // On a button, a link or a scrolling region the space bar has its own meaning.
      if (event.target.closest('button, a, [tabindex]')) return;
      event.preventDefault();
      this.startButton.click();
    } else if (key === 's') this.stepButton.click();
    else if (key === 'r') this.resetButton.click();
  }
}

function duration(seconds: number): string {
  const whole = Math.round(seconds);
  return `${Math.floor(whole / 60)}:${String(whole % 60).padStart(2, '0')}`;
}
