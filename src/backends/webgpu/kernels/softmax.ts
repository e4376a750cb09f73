import { contiguousLayout, numel } from '../../../core/shape.ts';
import { kernelIO } from '../io.ts';
import { positionFunction } from '../layout.ts';
import { shader } from '../shader.ts';
import { atLeast1d, keepDims, layoutOf, u32 } from './domains.ts';
import { liesAcross, teamFor } from './rows.ts';
import type { KernelBuilder } from './types.ts';

function softmax(log: boolean, backward: boolean): KernelBuilder {
  return (kernel, capabilities) => {
    const out = atLeast1d(contiguousLayout(kernel.outputs[0]!.shape));
    if (numel(out.shape) === 0) return { dispatches: [] };
    const dim = kernel.attrs.dim as number;
    const isRow = (d: number): boolean => d !== dim;
    const a = atLeast1d(layoutOf(kernel, 0));
    const b = backward ? atLeast1d(layoutOf(kernel, 1)) : null;
    const columns = out.shape[dim]!;
    const rows = numel(out.shape) / columns;
    const team = teamFor(rows, columns, capabilities, liesAcross(a, dim));
    const io = kernelIO(kernel);
    const header = [
      io.header,
      team.text,
      positionFunction('a_row', keepDims(a, isRow)),
      ...(b ? [positionFunction('b_row', keepDims(b, isRow))] : []),
      positionFunction('out_row', keepDims(out, isRow)),
    ];
    const source = shader('softmax/softmax.wgsl', {
      HEADER: header.join('\n'),
      ROWS: rows,
      COLUMNS: columns,
      A_STEP: u32(a.strides[dim]!),
      B_STEP: u32(b?.strides[dim] ?? 0),
      OUT_STEP: u32(out.strides[dim]!),
      GROUPS_X: team.groupsX,
      LOG: log,
      BACKWARD: backward,
      SAFE: kernel.attrs.safe === true,
    });
    return {
      dispatches: [
        { label: `${kernel.op} ${rows}x${columns}`, source, bindings: io.bindings, workgroups: team.workgroups },
      ],
    };
  };
}

export const softmaxKernels = {
  softmax: softmax(false, false),
  logSoftmax: softmax(true, false),
  softmaxBackward: softmax(false, true),
  logSoftmaxBackward: softmax(true, true),
} satisfies Record<string, KernelBuilder>;
