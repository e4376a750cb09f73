import { numel } from '../../../core/shape.ts';
import { kernelIO } from '../io.ts';
import { positionFunction } from '../layout.ts';
import { literal, shader } from '../shader.ts';
import { keepDims, layoutOf, threadsFor, u32 } from './domains.ts';
import { liesAcross, teamFor } from './rows.ts';
import type { KernelBuilder } from './types.ts';

const crossEntropy: KernelBuilder = (kernel, capabilities) => {
  const x = layoutOf(kernel, 0);
  const [rows, classes] = x.shape as readonly [number, number];
  if (rows === 0) return { dispatches: [] };
  const team = teamFor(rows, classes, capabilities, liesAcross(x, 1));
  const io = kernelIO(kernel);
  const header = [
    io.header,
    team.text,
    positionFunction(
      'x_row',
      keepDims(x, (d) => d === 0),
    ),
    positionFunction('target_row', layoutOf(kernel, 1)),
  ];
  const source = shader('loss/cross-entropy.wgsl', {
    HEADER: header.join('\n'),
    ROWS: rows,
    CLASSES: classes,
    X_STEP: u32(x.strides[1]!),
    IGNORED: literal(kernel.attrs.ignoreIndex as number, 'int32'),
    GROUPS_X: team.groupsX,
  });
  return {
    dispatches: [
      { label: `crossEntropy ${rows}x${classes}`, source, bindings: io.bindings, workgroups: team.workgroups },
    ],
  };
};

const crossEntropyBackward: KernelBuilder = (kernel, capabilities) => {
  const x = layoutOf(kernel, 1);
  const [rows, classes] = x.shape as readonly [number, number];
  const count = numel(x.shape);
  if (count === 0) return { dispatches: [] };
  const threads = threadsFor(count, capabilities);
  const io = kernelIO(kernel);
  const header = [
    io.header,
    positionFunction('g_row', layoutOf(kernel, 0)),
    positionFunction('x_at', x),
    positionFunction('target_row', layoutOf(kernel, 2)),
    positionFunction('lse_row', layoutOf(kernel, 3)),
  ];
  const source = shader('loss/cross-entropy-backward.wgsl', {
    HEADER: header.join('\n'),
    CLASSES: classes,
    COUNT: count,
    IGNORED: literal(kernel.attrs.ignoreIndex as number, 'int32'),
    ...threads.holes,
  });
  const label = `crossEntropyBackward ${rows}x${classes}`;
  return { dispatches: [{ label, source, bindings: io.bindings, workgroups: threads.workgroups }] };
};

export const lossKernels = { crossEntropy, crossEntropyBackward } satisfies Record<string, KernelBuilder>;
