import { paintDigit } from './digit-image.ts';
import { type Digits, pixels, side } from './digits.ts';
import { byId, cssColor, make, onSchemeChange } from './dom.ts';

const shown = 48;

/** A grid of test digits with the network's readings; wrong ones are marked by a cross, a border and in words. */
export class Samples {
  private readonly list = byId('samples', HTMLElement);
  private readonly onlyWrong = byId('only-wrong', HTMLInputElement);
  private readonly tiles: {
    item: HTMLElement;
    button: HTMLButtonElement;
    canvas: HTMLCanvasElement;
    reading: HTMLElement;
  }[] = [];
  private readonly none = make('li', { className: 'samples-none hint', hidden: true });
  private test: Digits | null = null;
  private guesses: Uint8Array | null = null;
  private indices: number[] = [];

  constructor(choose: (image: Uint8Array, label: number) => void) {
    for (let slot = 0; slot < shown; slot++) {
      const canvas = make('canvas', { width: side, height: side });
      const reading = make('span', { className: 'reading' });
      const button = make('button', { type: 'button' }, canvas, reading);
      const item = make('li', { hidden: true }, button);
      button.addEventListener('click', () => {
        const index = this.indices[slot]!;
        choose(this.image(index), this.test!.labels[index]!);
      });
      this.tiles.push({ item, button, canvas, reading });
      this.list.append(item);
    }
    this.list.append(this.none);
    this.onlyWrong.addEventListener('change', () => this.draw());
    onSchemeChange(() => {
      this.indices = [];
      this.draw();
    });
  }

  setDigits(test: Digits): void {
    this.test = test;
    this.draw();
  }

  /** `null`: not read yet. */
  setGuesses(guesses: Uint8Array | null): void {
    this.guesses = guesses;
    this.draw();
  }

  /** Picture `index` of the test images. */
  image(index: number): Uint8Array {
    return this.test!.images.subarray(index * pixels, (index + 1) * pixels);
  }

  private draw(): void {
    const { test, guesses } = this;
    if (!test) return;
    const wanted: number[] = [];
    for (let i = 0; i < test.count && wanted.length < shown; i++) {
      if (!this.onlyWrong.checked || (guesses !== null && guesses[i] !== test.labels[i])) wanted.push(i);
    }
    const color = cssColor('--text');
    this.tiles.forEach(({ item, button, canvas, reading }, slot) => {
      const index = wanted[slot];
      item.hidden = index === undefined;
      if (index === undefined) return;
      if (this.indices[slot] !== index) paintDigit(canvas, this.image(index), color);
      const label = test.labels[index]!;
      const guess = guesses?.[index];
      const wrong = guess !== undefined && guess !== label;
      item.classList.toggle('wrong', wrong);
      reading.textContent = guess === undefined ? '?' : wrong ? `✗ ${guess}` : String(guess);
      const read = guess === undefined ? 'not read yet' : wrong ? `wrongly read as ${guess}` : 'read rightly';
      button.setAttribute('aria-label', `A ${label}, ${read}. Put it on the pad`);
    });
    this.none.hidden = wanted.length > 0;
    this.none.textContent = guesses === null ? 'Nothing read yet.' : 'No mistakes.';
    this.indices = wanted;
  }
}
