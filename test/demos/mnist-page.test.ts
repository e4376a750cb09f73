/** The parts of the MNIST page that are plain functions. */
import { zeros } from 'lumigrad';
import { describe, expect, test } from 'vitest';
import { centerDigit } from '../../demos/mnist-cnn/center.ts';
import { parseFlags } from '../../demos/mnist-cnn/flags.ts';
import { History, smooth } from '../../demos/mnist-cnn/history.ts';
import { layers } from '../../demos/mnist-cnn/layers.ts';
import { createModel } from '../../demos/mnist-cnn/model.ts';
import { defaults, formatHash, modelNames, parseHash } from '../../demos/mnist-cnn/settings.ts';

/** A square of ink in a picture of `size`. */
function square(size: number, left: number, top: number, length: number): Uint8Array {
  const ink = new Uint8Array(size * size);
  for (let y = top; y < top + length; y++) ink.fill(255, y * size + left, y * size + left + length);
  return ink;
}

function inkOf(image: Uint8Array): { sum: number; x: number; y: number } {
  let [sum, x, y] = [0, 0, 0];
  image.forEach((value, i) => {
    sum += value;
    x += value * ((i % 28) + 0.5);
    y += value * (Math.floor(i / 28) + 0.5);
  });
  return { sum, x: x / sum, y: y / sum };
}

describe('centerDigit', () => {
  test('nothing drawn is null', () => {
    expect(centerDigit(new Uint8Array(280 * 280), 280)).toBeNull();
  });

  test.each([
    [0, 0, 100],
    [200, 30, 80],
    [90, 90, 5],
    [0, 0, 280],
    [17, 101, 33],
  ])('a square at (%i, %i) of side %i fills the box of 20 in the middle', (left, top, length) => {
    const { sum, x, y } = inkOf(centerDigit(square(280, left, top, length), 280)!);
    expect(sum / 255).toBeCloseTo(400, 0);
    expect(x).toBeCloseTo(14, 0);
    expect(y).toBeCloseTo(14, 0);
  });

  test('the centre of mass goes to the middle, as far as the box allows', () => {
    const ink = square(280, 40, 40, 60);
    for (let y = 95; y < 100; y++) ink.fill(255, y * 280 + 40, y * 280 + 120); // a tail to the right
    const { x } = inkOf(centerDigit(ink, 280)!);
    expect(Math.abs(x - 14)).toBeLessThan(0.6);
    ink.fill(255, 99 * 280 + 40, 99 * 280 + 280); // a tail so long that the box reaches the edge
    const image = centerDigit(ink, 280)!;
    expect([...image.keys()].some((i) => i % 28 === 27 && image[i]! > 0)).toBe(true);
  });

  test('a thin stroke keeps its proportions', () => {
    const ink = new Uint8Array(280 * 280);
    for (let y = 40; y < 240; y++) ink.fill(255, y * 280 + 130, y * 280 + 150);
    const image = centerDigit(ink, 280)!;
    const columns = new Set([...image.keys()].filter((i) => image[i]! > 0).map((i) => i % 28));
    const rows = new Set([...image.keys()].filter((i) => image[i]! > 0).map((i) => Math.floor(i / 28)));
    expect([columns.size, rows.size]).toEqual([2, 20]);
  });
});

describe('settings in the address', () => {
  test('round trip, with only what differs from the defaults', () => {
    expect(formatHash(defaults)).toBe('');
    const settings = { model: 'mlp', optimizer: 'adam', lr: 0.003, batchSize: 128, seed: 7, device: 'cpu' } as const;
    expect(formatHash(settings)).toBe('#model=mlp&optimizer=adam&lr=0.003&batch=128&seed=7&device=cpu');
    expect(parseHash(formatHash(settings))).toEqual(settings);
  });

  test('each optimizer brings its usual rate', () => {
    expect(parseHash('#optimizer=adam').lr).toBe(0.001);
    expect(formatHash(parseHash('#optimizer=adamw'))).toBe('#optimizer=adamw');
  });

  test('nonsense falls back', () => {
    expect(parseHash('#model=gpt&lr=-1&batch=3&seed=1.5&device=tpu&optimizer=__proto__')).toEqual(defaults);
    expect(parseHash('#lr=&seed=&%')).toEqual(defaults);
    expect(parseHash('#seed=4294967296').seed).toBe(defaults.seed);
    expect(parseHash('#seed=0').seed).toBe(0);
  });
});

describe('the history of a run', () => {
  test('an evaluation joins the row of its step, or makes one in order', () => {
    const history = new History();
    history.addEvaluation(0, 2.3, 0.1);
    history.addStep(1, 2, 0.2);
    history.addStep(2, 1, 0.3);
    history.addEvaluation(1, 1.9, 0.4);
    expect(history.steps).toEqual([0, 1, 2]);
    expect(history.trainLoss).toEqual([null, 2, 1]);
    expect(history.testLoss).toEqual([2.3, 1.9, null]);
    expect(history.testAccuracy).toEqual([0.1, 0.4, null]);
  });

  test('a loss that is not a number is a gap', () => {
    const history = new History();
    history.addStep(1, Number.NaN, 0.1);
    history.addStep(2, Number.POSITIVE_INFINITY, 0.1);
    expect(history.trainLoss).toEqual([null, null]);
    expect(history.trainAccuracy).toEqual([0.1, 0.1]);
  });

  test('a long run is thinned, evenly and without losing evaluations', () => {
    const history = new History();
    for (let step = 1; step <= 10_000; step++) {
      history.addStep(step, step, 0);
      if (step % 1000 === 0) history.addEvaluation(step, 1, 1);
    }
    expect(history.steps.length).toBeLessThanOrEqual(2401);
    expect(history.steps.every((step, i) => i === 0 || step > history.steps[i - 1]!)).toBe(true);
    expect(history.trainLoss.every((loss, i) => loss === null || Math.abs(loss - history.steps[i]!) < 16)).toBe(true);
    expect(history.testLoss.filter((v) => v !== null)).toHaveLength(10);
    history.clear();
    expect(history.steps).toEqual([]);
  });

  test('smoothing starts unbiased, follows, and keeps gaps', () => {
    expect(smooth([4, null, 4], 0.9)).toEqual([expect.closeTo(4), null, expect.closeTo(4)]);
    expect(smooth([1, 2, 3], 0)).toEqual([1, 2, 3]);
    const [, second] = smooth([0, 1], 0.5);
    expect(second).toBeCloseTo(2 / 3);
  });
});

describe('the flags of npm run train', () => {
  test('defaults follow the model and the optimizer', () => {
    expect(parseFlags([])).toMatchObject({
      model: 'cnn',
      optimizer: 'sgd',
      lr: 0.02,
      epochs: 1,
      out: 'mnist-cnn.safetensors',
    });
    expect(parseFlags(['--model', 'mlp', '--optimizer=adam'])).toMatchObject({
      lr: 0.001,
      out: 'mnist-mlp.safetensors',
    });
    expect(parseFlags(['--lr', '0.1', '--batch-size', '32', '--seed=0'])).toMatchObject({
      lr: 0.1,
      batchSize: 32,
      seed: 0,
    });
  });

  test.each([
    [['--modle', 'cnn'], 'unknown flag --modle; the nearest is --model'],
    [['--batchsize', '3'], 'the nearest is --batch-size'],
    [['--constructor', '3'], 'unknown flag --constructor'],
    [['cnn'], "'cnn' is not a flag"],
    [['--epochs'], '--epochs needs a value'],
    [['--epochs', '0'], '--epochs 0: expected a whole number from 1'],
    [['--model', 'gpt'], '--model gpt: expected cnn | mlp'],
    [['--lr', ''], '--lr : expected'],
  ])('%j is refused', (args, message) => {
    expect(() => parseFlags(args)).toThrow(message);
  });
});

describe('the layers that the page draws', () => {
  test.each(modelNames)('are those of the model: %s', (name) => {
    const model = createModel(name);
    const learned = model.parameters().reduce((sum, parameter) => sum + parameter.numel(), 0);
    expect(layers[name].reduce((sum, layer) => sum + layer.parameters, 0)).toBe(learned);
    expect(model.forward(zeros([2, 1, 28, 28])).shape).toEqual([2, ...layers[name].at(-1)!.shape]);
  });
});
