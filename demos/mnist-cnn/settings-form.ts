import { byId, make } from './dom.ts';
import {
  batchSizes,
  formatHash,
  isRate,
  isSeed,
  type OptimizerName,
  parseHash,
  type Settings,
  usualRate,
} from './settings.ts';

/** What a change asks for: another rate or device acts at once, anything else needs a new run. */
export type Change = 'lr' | 'device' | 'run';

/** The settings form, kept in step with the page's address. */
export class SettingsForm {
  settings: Settings = parseHash(location.hash);
  private readonly form = byId('settings', HTMLFormElement);
  private readonly rate = byId('lr', HTMLInputElement);
  private readonly slider = byId('lr-slider', HTMLInputElement);
  private readonly batch = byId('batch', HTMLSelectElement);
  private readonly seed = byId('seed', HTMLInputElement);
  private readonly optimizer = byId('optimizer', HTMLSelectElement);
  private readonly changed: (change: Change) => void;

  constructor(changed: (change: Change) => void) {
    this.changed = changed;
    this.batch.append(
      ...batchSizes.map((size) => make('option', { value: String(size), textContent: `${size} pictures` })),
    );
    this.fill();
    this.form.addEventListener('submit', (event) => event.preventDefault());
    this.form.addEventListener('change', (event) => this.read(event.target));
    this.slider.addEventListener('input', () => {
      // Two digits are what a slider can set: 0.05, not 0.04961.
      this.rate.value = String(Number((10 ** Number(this.slider.value)).toPrecision(2)));
      this.read(this.rate);
    });
    byId('new-seed', HTMLButtonElement).addEventListener('click', () => {
      this.seed.value = String(Math.floor(Math.random() * 10_000));
      this.read(this.seed);
    });
    addEventListener('hashchange', () => {
      this.settings = parseHash(location.hash);
      this.fill();
      this.changed('run');
    });
  }

  private fill(): void {
    const { model, optimizer, lr, batchSize, seed, device } = this.settings;
    this.radio('model').value = model;
    this.radio('device').value = device;
    this.optimizer.value = optimizer;
    this.batch.value = String(batchSize);
    this.seed.value = String(seed);
    this.showRate(lr);
  }

  private showRate(lr: number): void {
    this.rate.value = String(lr);
    this.slider.value = String(Math.log10(lr));
    this.slider.setAttribute('aria-valuetext', String(lr));
  }

  private radio(name: string): RadioNodeList {
    return this.form.elements.namedItem(name) as RadioNodeList;
  }

  /** Takes over what the visitor set; a value that makes no sense is marked and not taken. */
  private read(target: EventTarget | null): void {
    if (target === this.slider) return;
    const before = this.settings;
    const optimizer = this.optimizer.value as OptimizerName;
    // Another optimizer needs another rate: 0.05 is usual for SGD and far too much for Adam.
    if (optimizer !== before.optimizer) this.showRate(usualRate[optimizer]);
    const lr = this.rate.valueAsNumber;
    const seed = this.seed.valueAsNumber;
    this.rate.setAttribute('aria-invalid', String(!isRate(lr)));
    this.seed.setAttribute('aria-invalid', String(!isSeed(seed)));
    this.settings = {
      model: this.radio('model').value as Settings['model'],
      device: this.radio('device').value as Settings['device'],
      optimizer,
      batchSize: Number(this.batch.value),
      lr: isRate(lr) ? lr : before.lr,
      seed: isSeed(seed) ? seed : before.seed,
    };
    if (target === this.rate && isRate(lr)) {
      this.slider.value = String(Math.log10(lr));
      this.slider.setAttribute('aria-valuetext', String(lr));
    }
    history.replaceState(null, '', formatHash(this.settings) || location.pathname + location.search);
    const { lr: rate, device, ...run } = this.settings;
    const { lr: rateBefore, device: deviceBefore, ...runBefore } = before;
    if (JSON.stringify(run) !== JSON.stringify(runBefore)) this.changed('run');
    else if (device !== deviceBefore) this.changed('device');
    else if (rate !== rateBefore) this.changed('lr');
  }
}
