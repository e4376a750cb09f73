/** A summary as text, in the layout of torchinfo, and as HTML. */
import { bytesText } from '../core/bytes.ts';
import { formatShape } from '../core/shape.ts';
import type { ModelSummary, SummaryRow } from './summary.ts';
import { columns, escapeHtml, grouped } from './text.ts';

const headings = ['Layer (type (name):depth-idx)', 'Output Shape', 'Param #', 'Mult-Adds', 'Trainable'] as const;

/** Nothing to say. */
const none = '--';

function branch(depth: number): string {
  if (depth === 0) return '';
  return depth === 1 ? '├─' : `${'│    '.repeat(depth - 1)}└─`;
}

function label({ depth, index, type, name }: SummaryRow): string {
  return depth === 0 ? type : `${type} (${name}): ${depth}-${index}`;
}

function trainable({ params, trainableParams }: SummaryRow): string {
  if (params === 0) return none;
  return trainableParams === params ? 'True' : trainableParams === 0 ? 'False' : 'Partial';
}

/** A tensor's shape; of several, the first's. */
function cells(row: SummaryRow): string[] {
  const [first] = row.outputShapes;
  return [
    first === undefined ? none : formatShape(first),
    row.params === 0 ? none : grouped(row.params),
    row.macs === 0 ? none : grouped(row.macs),
    trainable(row),
  ];
}

/** What stands below the table: groups of lines. */
function totals(s: ModelSummary): [string, string][][] {
  return [
    [
      ['Total params', grouped(s.totalParams)],
      ['Trainable params', grouped(s.trainableParams)],
      ['Non-trainable params', grouped(s.totalParams - s.trainableParams)],
      ['Total mult-adds', grouped(s.totalMacs)],
    ],
    [
      ['Input size', bytesText(s.inputBytes)],
      ['Forward/backward pass size', bytesText(s.passBytes)],
      ['Params size', bytesText(s.paramBytes)],
      ['Estimated total size', bytesText(s.inputBytes + s.passBytes + s.paramBytes)],
    ],
  ];
}

export function summaryText(s: ModelSummary): string {
  const table = [[...headings], ...s.rows.map((row) => [branch(row.depth) + label(row), ...cells(row)])];
  const [head, ...body] = columns(table, 'left');
  const below = totals(s).map((group) => group.map(([name, value]) => `${name}: ${value}`));
  const width = Math.max(...[head!, ...body, ...below.flat()].map((line) => [...line].length));
  const rule = '='.repeat(width);
  return [rule, head, rule, ...body, rule, ...below.flatMap((group) => [...group, rule])].join('\n');
}

export function summaryHtml(s: ModelSummary): string {
  const head = headings.map((text) => `<th scope="col">${text}</th>`).join('');
  const body = s.rows.map((row) => {
    const name = `<th scope="row"><span aria-hidden="true">${branch(row.depth)}</span>${escapeHtml(label(row))}</th>`;
    const rest = cells(row).map((text) => `<td>${escapeHtml(text)}</td>`);
    return `<tr data-depth="${row.depth}">${name}${rest.join('')}</tr>`;
  });
  const foot = totals(s)
    .flat()
    .map(([name, value]) => `<tr><th scope="row">${name}</th><td colspan="${headings.length - 1}">${value}</td></tr>`);
  return [
    '<table class="lumigrad-summary">',
    `<caption>${escapeHtml(s.rows[0]!.type)}</caption>`,
    `<thead><tr>${head}</tr></thead>`,
    `<tbody>${body.join('')}</tbody>`,
    `<tfoot>${foot.join('')}</tfoot>`,
    '</table>',
  ].join('\n');
}
