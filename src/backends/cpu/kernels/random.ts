import type { Lane, PointwiseKernel } from '../lane.ts';
import { poisson } from '../poisson.ts';

const scalar = ({ data, at }: Lane): number => data[at]!;

export const randomKernels = {
  poisson:
    () =>
    (n, { data: o, at: p }, key0, key1, stream, _start, [counter, rate]) => {
      const from = { key0: scalar(key0), key1: scalar(key1), stream: scalar(stream) };
      for (let i = 0; i < n; i++) o[p + i] = poisson(rate!.data[rate!.at + i]!, from, counter!.data[counter!.at + i]!);
    },
} satisfies Record<string, PointwiseKernel>;
