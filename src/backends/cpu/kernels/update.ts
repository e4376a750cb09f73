/** Optimizer updates, in place where the results are the operands. Formulas: src/ops/update.ts. */
import type { TypedArray } from '../../../core/dtype.ts';
import type { CpuKernel } from '../kernel.ts';
import { scalarAt, tensorAt } from '../operands.ts';
import { dense } from '../strided.ts';

const sgdStep: CpuKernel = (inputs, outputs, attrs) => {
  const n = attrs.n as number;
  const withMomentum = attrs.momentum as boolean;
  const sign = attrs.maximize ? -1 : 1;
  const first = n * (withMomentum ? 3 : 2);
  const [lr, momentum, dampening, weightDecay] = [0, 1, 2, 3].map((i) => scalarAt(inputs, first + i)) as [
    number,
    number,
    number,
    number,
  ];
  for (let t = 0; t < n; t++) {
    const p = dense(tensorAt(inputs, t));
    const g = dense(tensorAt(inputs, n + t));
    const newP = outputs[t]!.data;
    if (withMomentum) {
      const buffer = dense(tensorAt(inputs, 2 * n + t));
      momentumStep(
        newP,
        outputs[n + t]!.data,
        p,
        g,
        buffer,
        lr,
        momentum,
        dampening,
        weightDecay,
        sign,
        attrs.nesterov as boolean,
      );
    } else plainStep(newP, p, g, lr, weightDecay, sign);
  }
};

function plainStep(out: TypedArray, p: TypedArray, g: TypedArray, lr: number, weightDecay: number, sign: number): void {
  for (let i = 0; i < p.length; i++) out[i] = p[i]! - lr * (sign * g[i]! + weightDecay * p[i]!);
}

function momentumStep(
  out: TypedArray,
  outBuffer: TypedArray,
  p: TypedArray,
  g: TypedArray,
  buffer: TypedArray,
  lr: number,
  momentum: number,
  dampening: number,
  weightDecay: number,
  sign: number,
  nesterov: boolean,
): void {
  // The step is d = a·g' + b·buf: (1, momentum) for Nesterov's, (0, 1) otherwise.
  const a = nesterov ? 1 : 0;
  const b = nesterov ? momentum : 1;
  for (let i = 0; i < p.length; i++) {
    const d = sign * g[i]! + weightDecay * p[i]!;
    const v = momentum * buffer[i]! + (1 - dampening) * d;
    outBuffer[i] = v;
    out[i] = p[i]! - lr * (a * d + b * v);
  }
}

const adamStep: CpuKernel = (inputs, outputs, attrs) => {
  const n = attrs.n as number;
  const scalars = [0, 1, 2, 3, 4, 5, 6, 7].map((i) => scalarAt(inputs, 4 * n + i));
  const [lr, beta2, eps, weightDecay, correction1, correction2, rest1, rest2] = scalars as [
    number,
    number,
    number,
    number,
    number,
    number,
    number,
    number,
  ];
  const sign = attrs.maximize ? -1 : 1;
  // Decoupled weight decay shrinks the parameter, the other kind adds to the gradient.
  const keep = attrs.decoupled ? 1 - lr * weightDecay : 1;
  const decay = attrs.decoupled ? 0 : weightDecay;
  const step = lr / correction1;
  const scale = 1 / Math.sqrt(correction2);
  for (let t = 0; t < n; t++) {
    const [p, g, m, v] = [0, 1, 2, 3].map((k) => dense(tensorAt(inputs, k * n + t))) as [
      TypedArray,
      TypedArray,
      TypedArray,
      TypedArray,
    ];
    const [newP, newM, newV] = [0, 1, 2].map((k) => outputs[k * n + t]!.data) as [TypedArray, TypedArray, TypedArray];
    for (let i = 0; i < p.length; i++) {
      const d = sign * g[i]! + decay * p[i]!;
      const first = m[i]! + rest1 * (d - m[i]!);
      const second = beta2 * v[i]! + rest2 * d * d;
      newM[i] = first;
      newV[i] = second;
      newP[i] = keep * p[i]! - (step * first) / (Math.sqrt(second) * scale + eps);
    }
  }
};

export const updateKernels = { sgdStep, adamStep } satisfies Record<string, CpuKernel>;
