import type { CpuKernel } from '../kernel.ts';
import { tensorAt } from '../operands.ts';
import { dense } from '../strided.ts';

/** (logits, target) -> (loss, log Σ exp) per row. Ignored rows have loss 0, targets outside [0, C) give NaN. */
const crossEntropy: CpuKernel = (inputs, [loss, logSum], attrs) => {
  const logits = tensorAt(inputs, 0);
  const x = dense(logits);
  const target = dense(tensorAt(inputs, 1));
  const [rows, classes] = logits.layout.shape as readonly [number, number];
  for (let row = 0; row < rows; row++) {
    const at = row * classes;
    let m = -Infinity;
    for (let i = at; i < at + classes; i++) {
      const v = x[i]!;
      if (v > m || v !== v) m = v;
    }
    let sum = 0;
    for (let i = at; i < at + classes; i++) sum += Math.exp(x[i]! - m);
    const lse = m + Math.log(sum);
    const t = target[row]!;
    logSum!.data[row] = lse;
    loss!.data[row] = t === attrs.ignoreIndex ? 0 : t >= 0 && t < classes ? lse - x[at + t]! : Number.NaN;
  }
};

/** (g, logits, target, log Σ exp) -> g·(softmax − onehot). */
const crossEntropyBackward: CpuKernel = (inputs, [out], attrs) => {
  const g = dense(tensorAt(inputs, 0));
  const logits = tensorAt(inputs, 1);
  const x = dense(logits);
  const target = dense(tensorAt(inputs, 2));
  const logSum = dense(tensorAt(inputs, 3));
  const [rows, classes] = logits.layout.shape as readonly [number, number];
  const dx = out!.data;
  for (let row = 0; row < rows; row++) {
    const at = row * classes;
    const t = target[row]!;
    if (t === attrs.ignoreIndex) {
      dx.fill(0, at, at + classes);
      continue;
    }
    const scale = g[row]!;
    const lse = logSum[row]!;
    for (let i = 0; i < classes; i++) dx[at + i] = scale * (Math.exp(x[at + i]! - lse) - +(i === t));
  }
};

export const lossKernels = { crossEntropy, crossEntropyBackward } satisfies Record<string, CpuKernel>;
