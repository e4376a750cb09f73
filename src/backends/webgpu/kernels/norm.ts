import { numel } from '../../../core/shape.ts';
import { kernelIO } from '../io.ts';
import { positionFunction } from '../layout.ts';
import { shader } from '../shader.ts';
import { keepDims, layoutOf } from './domains.ts';
import { teamFor } from './rows.ts';
import type { KernelBuilder } from './types.ts';

/** `statistics`: names of the rows' operands of a backward kernel, after dy and x. */
function rowNorm(file: string, backward: boolean, statistics: readonly string[] = []): KernelBuilder {
  return (kernel, capabilities) => {
    const { shape } = kernel.outputs[0]!;
    const split = shape.length - (kernel.attrs.count as number);
    const isRow = (d: number): boolean => d < split;
    const isColumn = (d: number): boolean => d >= split;
    const rows = numel(shape.slice(0, split));
    const columns = numel(shape.slice(split));
    if (rows === 0 || (backward && columns === 0)) return { dispatches: [] };
    const team = teamFor(rows, columns, capabilities);
    const io = kernelIO(kernel);
    const rowsOf = (name: string, i: number): string =>
      positionFunction(`${name}_row`, keepDims(layoutOf(kernel, i), isRow));
    const columnsOf = (name: string, i: number): string =>
      positionFunction(`${name}_column`, { ...keepDims(layoutOf(kernel, i), isColumn), offset: 0 });
    const header = [io.header, team.text, rowsOf('a', 0), columnsOf('a', 0)];
    if (backward) header.push(rowsOf('b', 1), columnsOf('b', 1), ...statistics.map((name, i) => rowsOf(name, i + 2)));
    const source = shader(`norm/${file}.wgsl`, {
      HEADER: header.join('\n'),
      ROWS: rows,
      COLUMNS: columns,
      EPS: backward ? '0.0' : io.scalars[1]!,
      GROUPS_X: team.groupsX,
      BACKWARD: backward,
    });
    return {
      dispatches: [
        { label: `${kernel.op} ${rows}x${columns}`, source, bindings: io.bindings, workgroups: team.workgroups },
      ],
    };
  };
}

export const normKernels = {
  layerNorm: rowNorm('layer-norm', false),
  layerNormBackward: rowNorm('layer-norm', true, ['mean', 'rstd']),
  rmsNorm: rowNorm('rms-norm', false),
  rmsNormBackward: rowNorm('rms-norm', true, ['root']),
} satisfies Record<string, KernelBuilder>;
