/** A module against its golden: text, keys, outputs, gradients, buffers, evaluation (tools/golden/modules.py). */
import { expect } from 'vitest';
import { noGrad, Tensor } from '../../src/index.ts';
import type * as nn from '../../src/nn/index.ts';
import { described, floats, type Layer } from './db/kit.ts';

/** All tensors of nested lists and objects, in order. */
function tensors(value: unknown): Tensor[] {
  if (value instanceof Tensor) return [value];
  if (typeof value !== 'object' || value === null) return [];
  return Object.values(value).flatMap(tensors);
}
const forward = (module: nn.Module, args: readonly unknown[]): Tensor[] =>
  tensors((module.forward as (...args: readonly unknown[]) => unknown)(...args));

async function expectClose(
  actual: Tensor | null | undefined,
  expected: Layer['outputs'][0]['values'] | null,
  what: string,
) {
  if (expected === null || !actual) {
    expect(actual ?? null, what).toBe(expected);
    return;
  }
  const values = await actual.data();
  expect(values.length, what).toBe(expected.length);
  expected.forEach((text, i) => {
    const want = Number(typeof text === 'string' ? text.replace('inf', 'Infinity') : text);
    const got = Number(values[i]);
    if (Object.is(got, want) || (Number.isNaN(got) && Number.isNaN(want))) return;
    expect(Math.abs(got - want), `${what}[${i}]: ${got}, expected ${want}`).toBeLessThan(
      2e-5 * Math.max(1, Math.abs(want)),
    );
  });
}
async function expectResults(actual: readonly Tensor[], expected: Layer['outputs'], what: string): Promise<void> {
  for (const [i, want] of expected.entries()) {
    expect(actual[i]?.shape, `shape of ${what} ${i}`).toEqual(want.shape);
    await expectClose(actual[i], want.values, `${what} ${i}`);
  }
}

/** Writes the formula's values into parameters and, if the golden says so, into floating buffers. */
function fill(module: nn.Module, { scale = 1, shift = 0, buffers }: Layer['settings']): void {
  const write = (t: Tensor, seed: number): unknown => t.copy_(floats(seed, t.shape).mul(scale).add(shift));
  noGrad(() => {
    for (const [k, p] of module.parameters().entries()) write(p, 1000 + k);
    if (!buffers) return;
    for (const [k, b] of module
      .buffers()
      .filter((t) => t.dtype === 'float32')
      .entries())
      write(b, 1500 + k);
  });
}

/** Checks all that the golden says. */
export async function checkModule(module: nn.Module, layer: Layer): Promise<void> {
  const { settings, outputs } = layer;
  // Lazy layers get their parameters with the first input.
  if ('initializeParameters' in module) noGrad(() => forward(module, described(layer.inputs, 3000).args));
  expect(String(module)).toBe(layer.text);
  fill(module, settings);
  expect([...module.stateDict().keys()]).toEqual(layer.keys);
  module.train(settings.training ?? true);
  const { args, leaves } = described(layer.inputs, 3000);
  let results: Tensor[] = [];
  for (let pass = 0; pass < (settings.twice ? 2 : 1); pass++) {
    results = forward(module, args).slice(0, settings.outputs);
    if (!layer.grads) continue;
    const terms = results.flatMap((t, n) =>
      t.dtype === 'float32' && t.requiresGrad ? [t.mul(floats(2000 + n, t.shape)).sum()] : [],
    );
    if (terms.length > 0) terms.reduce((a, b) => a.add(b)).backward();
  }
  await expectResults(results, outputs, 'output');
  for (const [i, want] of (layer.inputGrads ?? []).entries())
    await expectClose(leaves[i]?.grad, want, `gradient of input ${i}`);
  if (layer.grads) {
    const parameters = new Map(module.namedParameters());
    expect([...parameters.keys()]).toEqual(Object.keys(layer.grads));
    for (const [key, want] of Object.entries(layer.grads))
      await expectClose(parameters.get(key)?.grad, want, `gradient of ${key}`);
  }
  if (!layer.buffers) return;
  const seeds = [4000, 5000].slice(0, settings.passes ?? 2);
  noGrad(() => seeds.map((seed) => forward(module, described(layer.inputs, seed).args)));
  const buffers = new Map(module.namedBuffers());
  expect([...buffers.keys()]).toEqual(Object.keys(layer.buffers));
  for (const [key, want] of Object.entries(layer.buffers)) await expectClose(buffers.get(key), want, key);
  if (!layer.evaluated) return;
  module.eval();
  const evaluated = forward(module, described(layer.inputs, 3000).args).slice(0, settings.outputs);
  await expectResults(evaluated, layer.evaluated, 'evaluated output');
}
