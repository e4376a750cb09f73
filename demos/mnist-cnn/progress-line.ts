import { stack, type Tensor } from 'lumigrad';

const width = 24;
/** On a terminal the line is rewritten this often; in a log file a new line is written every `logged` milliseconds. */
const redrawn = 100;
const logged = 5000;
/** Results on their way from the device. */
const readsInFlight = 3;

/** One epoch's progress on the terminal: a bar, loss, accuracy, speed, and the time left. */
export class ProgressLine {
  private readonly title: string;
  private readonly steps: number;
  private readonly batchSize: number;
  private readonly begun = performance.now();
  private readonly reads: Promise<void>[] = [];
  private done = 0;
  private loss = Number.NaN;
  private accuracy = Number.NaN;
  private shown = 0;

  constructor(title: string, steps: number, batchSize: number) {
    this.title = title;
    this.steps = steps;
    this.batchSize = batchSize;
  }

  /** Takes a step's results without waiting for them: they are shown once they have come. */
  async step(loss: Tensor, accuracy: Tensor): Promise<void> {
    const read = stack([loss, accuracy])
      .data()
      .then(([l, a]) => this.arrived(l!, a!));
    // It is awaited later; until then a failure must not count as unhandled.
    read.catch(() => {});
    this.reads.push(read);
    if (this.reads.length >= readsInFlight) await this.reads.shift();
  }

  /** Waits for the last results and leaves the line standing. */
  async end(): Promise<void> {
    await Promise.all(this.reads);
    this.show();
    if (process.stdout.isTTY) process.stdout.write('\n');
  }

  private arrived(loss: number, accuracy: number): void {
    this.done++;
    // A mean over about the last 50 batches: single ones jump.
    const share = Math.max(0.02, 1 / this.done);
    this.loss = this.done === 1 ? loss : this.loss + share * (loss - this.loss);
    this.accuracy = this.done === 1 ? accuracy : this.accuracy + share * (accuracy - this.accuracy);
    const now = performance.now();
    if (now - this.shown < (process.stdout.isTTY ? redrawn : logged)) return;
    this.shown = now;
    this.show();
  }

  private show(): void {
    const share = this.done / this.steps;
    const seconds = (performance.now() - this.begun) / 1000;
    const filled = Math.round(share * width);
    const parts = [
      this.title,
      `[${'█'.repeat(filled)}${'░'.repeat(width - filled)}]`,
      `${this.done}/${this.steps}`,
      `loss ${this.loss.toFixed(4)}`,
      `accuracy ${(100 * this.accuracy).toFixed(1)} %`,
      `${Math.round((this.done * this.batchSize) / seconds)} images/s`,
      this.done < this.steps ? `${clock((seconds * (1 - share)) / share)} left` : `in ${clock(seconds)}`,
    ];
    const text = parts.join('  ');
    process.stdout.write(process.stdout.isTTY ? `\r\x1b[K${text.slice(0, process.stdout.columns - 1)}` : `${text}\n`);
  }
}

function clock(seconds: number): string {
  const whole = Math.round(seconds);
  return `${Math.floor(whole / 60)}:${String(whole % 60).padStart(2, '0')}`;
}
