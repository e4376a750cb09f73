import { centerDigit } from './center.ts';
import { paintDigit } from './digit-image.ts';
import { pixels, side } from './digits.ts';
import { byId, cssColor, make, oncePerFrame, onSchemeChange, percent } from './dom.ts';

/**
 * The drawing pad and the guess beside it. `ask` is called with each new 28 × 28 picture; the answer comes back through
 * `show`.
 */
export class Pad {
  private readonly canvas = byId('pad', HTMLCanvasElement);
  private readonly context = this.canvas.getContext('2d', { willReadFrequently: true })!;
  private readonly seen = byId('seen', HTMLCanvasElement);
  private readonly sure = byId('sure', HTMLElement);
  private readonly verdict = byId('verdict', HTMLElement);
  private readonly bars: { item: HTMLElement; fill: HTMLElement; text: HTMLElement }[] = [];
  private readonly ask: (image: Uint8Array) => void;
  /** What the network is asked about; null while the pad is empty. */
  private image: Uint8Array | null = null;
  /** The true label, where a test digit is on the pad. */
  private truth: number | null = null;
  private readonly changed: () => void;

  constructor(ask: (image: Uint8Array) => void) {
    this.ask = ask;
    const list = byId('bars', HTMLElement);
    for (let digit = 0; digit < 10; digit++) {
      const fill = make('span', { className: 'bar-fill' });
      const text = make('span', { className: 'bar-text', textContent: '–' });
      const item = make(
        'li',
        {},
        make('span', { className: 'bar-digit', textContent: String(digit) }),
        make('span', { className: 'bar' }, fill),
        text,
      );
      list.append(item);
      this.bars.push({ item, fill, text });
    }
    this.changed = oncePerFrame(() => this.read());
    this.listen();
    byId('clear', HTMLButtonElement).addEventListener('click', () => this.clear());
    onSchemeChange(() => this.paint());
    this.paint();
  }

  clear(): void {
    this.context.clearRect(0, 0, this.canvas.width, this.canvas.height);
    this.image = null;
    this.truth = null;
    this.canvas.setAttribute('aria-label', 'Drawing pad, empty');
    this.verdict.textContent = 'Draw something.';
    this.sure.textContent = '';
    for (const { item, fill, text } of this.bars) {
      item.classList.remove('best');
      fill.style.width = '0';
      text.textContent = '–';
    }
    this.paint();
  }

  /** Puts a test digit on the pad as if it were drawn. */
  put(image: Uint8Array, label: number): void {
    this.clear();
    const picture = make('canvas', { width: side, height: side });
    paintDigit(picture, image, '#000000');
    this.context.drawImage(picture, 0, 0, this.canvas.width, this.canvas.height);
    this.truth = label;
    this.canvas.setAttribute('aria-label', `Drawing pad with a test digit, a ${label}`);
    this.image = image;
    this.verdict.textContent = 'Reading…';
    this.paint();
    this.ask(image);
  }

  /** Asks again about the same picture: the network may have learned since. */
  askAgain(): void {
    if (this.image) this.ask(this.image);
  }

  /** Shows what the network answered. */
  show(probabilities: Float32Array): void {
    if (!this.image) return;
    const best = probabilities.indexOf(Math.max(...probabilities));
    this.sure.textContent = `${percent(probabilities[best]!)} sure`;
    this.bars.forEach(({ item, fill, text }, digit) => {
      const share = probabilities[digit]!;
      item.classList.toggle('best', digit === best);
      fill.style.width = `${100 * share}%`;
      text.textContent = percent(share);
    });
    const says = `It reads a ${best}.`;
    const verdict = this.truth === null || this.truth === best ? says : `${says} It is a ${this.truth}.`;
    // Written only when it changes, or a screen reader would repeat it again and again.
    if (this.verdict.textContent !== verdict) this.verdict.textContent = verdict;
  }

  private listen(): void {
    let last: { x: number; y: number } | null = null;
    const position = (event: PointerEvent) => {
      const area = this.canvas.getBoundingClientRect();
      const scale = this.canvas.width / area.width;
      return { x: (event.clientX - area.left) * scale, y: (event.clientY - area.top) * scale };
    };
    const stroke = (event: PointerEvent) => {
      if (last === null) return;
      // A fast hand moves many pixels between two events; browsers keep the points between them.
      const points = event.getCoalescedEvents?.() ?? [];
      for (const point of points.length > 0 ? points : [event]) {
        const next = position(point);
        this.line(last, next);
        last = next;
      }
      this.changed();
    };
    this.canvas.addEventListener('pointerdown', (event) => {
      if (event.button !== 0) return;
      event.preventDefault();
      this.canvas.setPointerCapture(event.pointerId);
      if (this.truth !== null) this.clear();
      last = position(event);
      this.line(last, last);
      this.changed();
    });
    this.canvas.addEventListener('pointermove', stroke);
    for (const end of ['pointerup', 'pointercancel'] as const) {
      this.canvas.addEventListener(end, () => {
        last = null;
      });
    }
  }

  /** A stroke about as wide as MNIST's: 2-3 of 28 pixels. */
  private line(from: { x: number; y: number }, to: { x: number; y: number }): void {
    const context = this.context;
    context.lineWidth = this.canvas.width / 12;
    context.lineCap = 'round';
    context.lineJoin = 'round';
    context.beginPath();
    context.moveTo(from.x, from.y);
    context.lineTo(to.x, to.y);
    context.stroke();
  }

  private read(): void {
    const size = this.canvas.width;
    const { data } = this.context.getImageData(0, 0, size, size);
    // The pad is transparent where it is empty: ink is opacity.
    const ink = new Uint8Array(size * size);
    for (let i = 0; i < ink.length; i++) ink[i] = data[4 * i + 3]!;
    const wasEmpty = this.image === null;
    this.image = centerDigit(ink, size);
    if (!this.image) return;
    this.canvas.setAttribute('aria-label', 'Drawing pad with your drawing');
    if (wasEmpty) this.verdict.textContent = 'Reading…';
    this.paint();
    this.ask(this.image);
  }

  private paint(): void {
    const color = cssColor('--text');
    paintDigit(this.seen, this.image ?? new Uint8Array(pixels), color);
    // Ink of an older colour scheme is recoloured; new strokes take the colour of the old ones.
    const context = this.context;
    context.strokeStyle = color;
    context.globalCompositeOperation = 'source-in';
    context.fillStyle = color;
    context.fillRect(0, 0, this.canvas.width, this.canvas.height);
    context.globalCompositeOperation = 'source-over';
  }
}
