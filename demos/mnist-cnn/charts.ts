import uPlot from 'uplot';
import 'uplot/dist/uPlot.min.css';
import { byId, count, cssColor, oncePerFrame, onSchemeChange, percent } from './dom.ts';
import { type History, smooth } from './history.ts';

const height = 210;

/** The two live curves. */
export class Charts {
  private readonly history: History;
  private readonly smoothing = byId('smoothing', HTMLInputElement);
  private readonly loss: Chart;
  private readonly accuracy: Chart;
  /** Asks for a redraw with what the history holds by then. */
  readonly update: () => void;

  constructor(history: History) {
    this.history = history;
    this.loss = new Chart('loss', 'Loss', (v) => v.toFixed(3), [0, null]);
    this.accuracy = new Chart('accuracy', 'Accuracy', (v) => percent(v), [0, 1]);
    this.update = oncePerFrame(() => this.draw());
    this.smoothing.addEventListener('input', this.update);
    new ResizeObserver(this.update).observe(byId('loss-chart', HTMLElement));
    onSchemeChange(() => {
      this.loss.rebuild();
      this.accuracy.rebuild();
      this.update();
    });
    this.update();
  }

  /** The curves in words, for those who do not see them. */
  describe(): void {
    this.loss.describe();
    this.accuracy.describe();
  }

  private draw(): void {
    const weight = Number(this.smoothing.value);
    const { steps, trainLoss, trainAccuracy, testLoss, testAccuracy } = this.history;
    this.loss.draw(steps, trainLoss, smooth(trainLoss, weight), testLoss);
    this.accuracy.draw(steps, trainAccuracy, smooth(trainAccuracy, weight), testAccuracy);
  }
}

type Column = (number | null)[];

/** The newest value there is. */
function newest(values: Column): number | null {
  for (let i = values.length - 1; i >= 0; i--) {
    const value = values[i] ?? null;
    if (value !== null) return value;
  }
  return null;
}

const font = '12px system-ui, sans-serif';

/** Room at the right for the half of the last label that stands beyond the last step. */
function lastLabel(plot: uPlot): number {
  const { ctx } = plot;
  // uPlot remembers which font it has set.
  ctx.save();
  ctx.font = font;
  const { width } = ctx.measureText(count(plot.scales.x?.max ?? 0));
  ctx.restore();
  return Math.ceil(width / 2) + 4;
}

class Chart {
  private readonly root: HTMLElement;
  private readonly now: HTMLElement;
  private readonly title: string;
  private readonly format: (value: number) => string;
  private readonly range: readonly [number, number | null];
  private plot: uPlot | null = null;
  private words = '';

  constructor(id: string, title: string, format: (value: number) => string, range: readonly [number, number | null]) {
    this.root = byId(`${id}-chart`, HTMLElement);
    this.now = byId(`${id}-now`, HTMLElement);
    this.title = title;
    this.format = format;
    this.range = range;
  }

  draw(steps: number[], raw: Column, smoothed: Column, test: Column): void {
    const width = this.root.clientWidth;
    if (width === 0) return;
    this.plot ??= this.build(width);
    if (this.plot.width !== width) this.plot.setSize({ width, height });
    this.plot.setData([steps, raw, smoothed, test]);
    const train = newest(smoothed);
    const held = newest(test);
    const parts = [train !== null && `training ${this.format(train)}`, held !== null && `test ${this.format(held)}`];
    const values = parts.filter((part) => part !== false).join(' · ');
    this.now.textContent = values;
    this.words = values
      ? `${this.title} after ${count(steps.at(-1)!)} steps: ${values}`
      : `${this.title}: no steps yet`;
  }

  describe(): void {
    this.root.setAttribute('aria-label', this.words);
  }

  /** Canvas colours do not follow the stylesheet by themselves. */
  rebuild(): void {
    this.plot?.destroy();
    this.plot = null;
  }

  private build(width: number): uPlot {
    const [low, high] = this.range;
    const train = cssColor('--accent');
    const test = cssColor('--warm');
    const grid = { stroke: cssColor('--line'), width: 1 };
    const axis: uPlot.Axis = {
      stroke: cssColor('--muted'),
      font,
      grid,
      ticks: { ...grid, size: 4 },
      gap: 4,
    };
    const options: uPlot.Options = {
      width,
      height,
      legend: { show: false },
      cursor: { drag: { x: false, y: false }, points: { show: false } },
      padding: [8, lastLabel, 0, 0],
      scales: {
        x: { time: false, range: (_, min, max) => [min ?? 0, Math.max(max ?? 0, 20)] },
        y: { range: (_, __, max) => [low, high ?? Math.max(0.1, (max ?? 2.4) * 1.05)] },
      },
      axes: [
        { ...axis, size: 28, space: 60, values: (_, ticks) => ticks.map((v) => (Number.isInteger(v) ? count(v) : '')) },
        { ...axis, size: 52, values: (_, ticks) => ticks.map((v) => (high === 1 ? percent(v, 0) : v.toString())) },
      ],
      series: [
        {},
        { stroke: `${train}40`, width: 1, points: { show: false } },
        { stroke: train, width: 2.25, points: { show: false }, spanGaps: true },
        {
          stroke: test,
          width: 2.25,
          dash: [6, 4],
          points: { show: true, size: 6, fill: test, stroke: test },
          spanGaps: true,
        },
      ],
    };
    return new uPlot(options, [[], [], [], []], this.root);
  }
}
