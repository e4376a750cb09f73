/** Connectionist temporal classification, forwards and backwards through time, in double precision. */
import type { CpuKernel } from '../kernel.ts';
import { tensorAt } from '../operands.ts';
import { dense } from '../strided.ts';

const impossible = Number.NEGATIVE_INFINITY;

function logSumExp(a: number, b: number, c: number): number {
  const largest = Math.max(a, b, c);
  if (largest === impossible) return impossible;
  return largest + Math.log(Math.exp(a - largest) + Math.exp(b - largest) + Math.exp(c - largest));
}

/** One batch of sequences. `at`: index of the operand with the log-probabilities. */
function sequences(inputs: Parameters<CpuKernel>[0], at: number, blank: number) {
  const probabilities = tensorAt(inputs, at);
  const [time, batch, classes] = probabilities.layout.shape as readonly [number, number, number];
  const x = dense(probabilities);
  const size = tensorAt(inputs, at + 1).layout.shape[1]!;
  const targets = dense(tensorAt(inputs, at + 1));
  const lengths = dense(tensorAt(inputs, at + 2));
  const states = 2 * size + 1;
  const bounded = (v: number, most: number): number => Math.min(Math.max(v, 0), most);
  const labelOf = (n: number, s: number): number => (s % 2 === 0 ? blank : targets[n * size + (s >> 1)]!);
  return {
    time,
    batch,
    classes,
    states,
    x,
    labelOf,
    frames: (n: number): number => bounded(lengths[2 * n]!, time),
    labels: (n: number): number => bounded(lengths[2 * n + 1]!, size),
    place: (t: number, n: number): number => (t * batch + n) * classes,
    chance: (t: number, n: number, s: number): number => {
      const label = labelOf(n, s);
      return label >= 0 && label < classes ? x[(t * batch + n) * classes + label]! : Number.NaN;
    },
  };
}

const ctcLoss: CpuKernel = (inputs, [loss, logAlpha], attrs) => {
  const { time, batch, states, labelOf, frames, labels, chance } = sequences(inputs, 0, attrs.blank as number);
  logAlpha!.data.fill(impossible);
  for (let n = 0; n < batch; n++) {
    const last = 2 * labels(n);
    const duration = frames(n);
    let previous = new Float64Array(states + 2).fill(impossible);
    let current = previous.slice();
    // Two impossible states stand before the first.
    for (let t = 0; t < duration; t++) {
      for (let s = 0; s <= last; s++) {
        const skips = s % 2 === 1 && s > 1 && labelOf(n, s) !== labelOf(n, s - 2);
        const sum = logSumExp(previous[s + 2]!, previous[s + 1]!, skips ? previous[s]! : impossible);
        current[s + 2] = (t === 0 ? (s < 2 ? 0 : impossible) : sum) + chance(t, n, s);
        logAlpha!.data[(n * time + t) * states + s] = current[s + 2]!;
      }
      [previous, current] = [current, previous];
    }
    const end = duration === 0 ? (last === 0 ? 0 : impossible) : previous[last + 2]!;
    const before = duration > 0 && last > 0 ? previous[last + 1]! : impossible;
    loss!.data[n] = 0 - logSumExp(end, before, impossible);
  }
};

const ctcLossBackward: CpuKernel = (inputs, [out], attrs) => {
  const { blank, zeroInfinity } = attrs as { blank: number; zeroInfinity: boolean };
  const g = dense(tensorAt(inputs, 0));
  const losses = dense(tensorAt(inputs, 4));
  const logAlpha = dense(tensorAt(inputs, 5));
  const { time, batch, classes, states, x, labelOf, frames, labels, place, chance } = sequences(inputs, 1, blank);
  const dx = out!.data;
  dx.fill(0);
  const both = new Float64Array(classes);
  for (let n = 0; n < batch; n++) {
    const loss = losses[n]!;
    if (zeroInfinity && loss === Number.POSITIVE_INFINITY) continue;
    const last = 2 * labels(n);
    const duration = frames(n);
    let next = new Float64Array(states + 2).fill(impossible);
    let current = next.slice();
    for (let t = duration - 1; t >= 0; t--) {
      both.fill(impossible);
      for (let s = last; s >= 0; s--) {
        const skips = s % 2 === 1 && s + 2 <= last && labelOf(n, s) !== labelOf(n, s + 2);
        const sum = logSumExp(next[s]!, next[s + 1]!, skips ? next[s + 2]! : impossible);
        current[s] = (t === duration - 1 ? (s >= last - 1 ? 0 : impossible) : sum) + chance(t, n, s);
        const label = labelOf(n, s);
        if (label < 0 || label >= classes) continue;
        const path = logAlpha[(n * time + t) * states + s]! + current[s]!;
        both[label] = logSumExp(both[label]!, path, impossible);
      }
      const from = place(t, n);
      for (let c = 0; c < classes; c++) {
        const log = x[from + c]!;
        // Both α and β count the frame itself. A class that cannot be gives ∞ − ∞, as in PyTorch.
        dx[from + c] = g[n]! * (Math.exp(log) - Math.exp(both[c]! + loss - log));
      }
      [next, current] = [current, next];
    }
  }
};

export const ctcKernels = { ctcLoss, ctcLossBackward } satisfies Record<string, CpuKernel>;
