import { manualSeed, noGrad, stack, Tensor } from 'lumigrad';
import type { DataLoader } from 'lumigrad/data';
import { loadSafetensors, saveSafetensors } from 'lumigrad/io';
import type { Sequential } from 'lumigrad/nn';
import { type Batch, digitLoader, endlessly, toImage } from './batches.ts';
import type { Digits, Mnist } from './digits.ts';
import { evaluate } from './evaluate.ts';
import { createModel, createOptimizer, type Optimizer, trainStep } from './model.ts';
import type { Evaluation, Progress } from './protocol.ts';
import type { Settings } from './settings.ts';

/** Results on their way from the GPU: with more the page would lag behind, with fewer the GPU would wait. */
const readsInFlight = 3;

/** A run: a model, its optimizer, and where it stands. */
export class Session {
  readonly stepsPerEpoch: number;
  /** The weights as of the last evaluation, safe from a lost GPU. */
  lastSaved: Uint8Array<ArrayBuffer> | null = null;
  private readonly settings: Settings;
  private readonly test: Digits;
  private readonly loader: DataLoader<Batch, Batch>;
  private batches: AsyncGenerator<Batch, never, undefined>;
  private model: Sequential;
  private optimizer: Optimizer;
  private steps = 0;
  /** Steps done when it was last evaluated; -1 when the weights are new. */
  private evaluated = -1;
  private reads: Promise<void>[] = [];
  private secondsPerStep = 0;

  constructor(settings: Settings, { train, test }: Mnist) {
    this.settings = { ...settings };
    this.test = test;
    manualSeed(settings.seed);
    this.model = createModel(settings.model);
    this.optimizer = createOptimizer(settings.optimizer, this.model, settings.lr);
    this.loader = digitLoader(train, settings.batchSize, settings.seed);
    this.stepsPerEpoch = this.loader.length;
    this.batches = endlessly(this.loader);
  }

  /** Whether it has learned since the last evaluation. */
  get isStale(): boolean {
    return this.evaluated !== this.steps;
  }

  /** Trains on the next batch. `report` is called when the numbers have come back, some steps later on a GPU. */
  async step(report: (progress: Progress) => void): Promise<void> {
    const begun = performance.now();
    const { value } = await this.batches.next();
    const [images, labels] = value;
    const { loss, accuracy } = trainStep(this.model, this.optimizer, images, labels);
    const step = ++this.steps;
    const read = stack([loss, accuracy])
      .data()
      .then((numbers) => {
        const imagesPerSecond = this.settings.batchSize / this.secondsPerStep;
        report({ step, loss: numbers[0]!, accuracy: numbers[1]!, imagesPerSecond });
      });
    // It is awaited later; until then a failure must not count as unhandled.
    read.catch(() => {});
    this.reads.push(read);
    if (this.reads.length >= readsInFlight) await this.reads.shift();
    const seconds = (performance.now() - begun) / 1000;
    this.secondsPerStep = this.secondsPerStep === 0 ? seconds : 0.8 * this.secondsPerStep + 0.2 * seconds;
  }

  /** Reads the test images. `interrupted` is asked now and then; null if it said so. */
  async evaluate(interrupted: () => Promise<boolean>): Promise<Evaluation | null> {
    await this.settle();
    const step = this.steps;
    // Set first: should this fail, it must not be tried again and again.
    this.evaluated = step;
    const score = await evaluate(this.model, this.test, interrupted);
    if (score === null) {
      this.evaluated = -1;
      return null;
    }
    const [first] = this.model.parameters();
    this.lastSaved = await this.save();
    return { step, ...score, filters: (await first!.data()) as Float32Array, filterShape: first!.shape };
  }

  /** Probabilities of the ten digits for one picture. */
  async classify(image: Uint8Array): Promise<Float32Array> {
    const probabilities = noGrad(() => this.model.forward(toImage(image)).softmax(1));
    return (await probabilities.data()) as Float32Array;
  }

  setRate(lr: number): void {
    this.settings.lr = lr;
    for (const group of this.optimizer.paramGroups) group.lr = lr;
  }

  async save(): Promise<Uint8Array<ArrayBuffer>> {
    const { model } = this.settings;
    return saveSafetensors(this.model.stateDict(), { metadata: { format: 'pt', model, step: String(this.steps) } });
  }

  load(bytes: Uint8Array): void {
    this.model.loadStateDict(loadSafetensors(bytes));
    this.evaluated = -1;
  }

  /** Goes on from saved weights on the device that is now the default; the optimizer's momentum begins anew. */
  restart(bytes: Uint8Array): void {
    this.reads = [];
    // The old loop over the batches ended with the error.
    this.batches = endlessly(this.loader);
    this.rebuild();
    this.load(bytes);
  }

  /** Goes on where it is, on the device that is now the default. */
  async move(device: 'webgpu' | 'cpu'): Promise<void> {
    await this.settle();
    const weights = new Map<string, Tensor>();
    for (const [name, tensor] of this.model.stateDict()) weights.set(name, await tensor.to(device));
    const { state, param_groups } = this.optimizer.stateDict();
    const moved: Record<number, Record<string, number | Tensor>> = {};
    for (const [index, values] of Object.entries(state)) {
      const entries = Object.entries(values).map(async ([name, value]) => [
        name,
        value instanceof Tensor ? await value.to(device) : value,
      ]);
      moved[Number(index)] = Object.fromEntries(await Promise.all(entries));
    }
    this.rebuild();
    this.model.loadStateDict(weights);
    await this.optimizer.loadStateDict({ state: moved, param_groups });
    this.evaluated = -1;
  }

  private rebuild(): void {
    this.model = createModel(this.settings.model);
    this.optimizer = createOptimizer(this.settings.optimizer, this.model, this.settings.lr);
    this.secondsPerStep = 0;
  }

  /** Waits for all results that are on their way. */
  private async settle(): Promise<void> {
    await Promise.all(this.reads.splice(0));
  }
}
