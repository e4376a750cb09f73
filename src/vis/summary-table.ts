/** What a summary of a model holds; as text, in the layout of torchinfo, and as HTML. */
import { bytesText } from '../core/bytes.ts';
import { formatShape, type Shape } from '../core/shape.ts';
import { columns, escapeHtml, grouped } from './text.ts';

/** One layer of a {@link ModelSummary}. */
export interface SummaryRow {
  /** Dotted name in the model, as in its state dict; `''` for the model itself. */
  readonly path: string;
  /** The last part of it. */
  readonly name: string;
  /** The class. */
  readonly type: string;
  /** 0 for the model itself. */
  readonly depth: number;
  /** Its number among the modules of this depth, from 1. */
  readonly index: number;
  /** Shapes of what it returned, at its first call; empty where it was not called. */
  readonly outputShapes: readonly Shape[];
  /** How often it was called. */
  readonly calls: number;
  /** Elements of its own parameters, those of the modules below not among them. */
  readonly params: number;
  /** How many of these are trained. */
  readonly trainableParams: number;
  /** Multiply-accumulates of all its calls, without those of the modules below. */
  readonly macs: number;
  /** Whether it holds other modules. */
  readonly hasChildren: boolean;
}

/** What {@link summary} gives: numbers, and as a table in text or HTML. */
export class ModelSummary {
  /** The model and all modules in it, in order. */
  readonly rows: readonly SummaryRow[];
  /** Elements of all parameters; shared ones count once. */
  readonly totalParams: number;
  /** Those that require grad. */
  readonly trainableParams: number;
  /** Multiply-accumulates of one forward pass. */
  readonly totalMacs: number;
  /** Bytes of the inputs. */
  readonly inputBytes: number;
  /** Bytes of what layers return, and as much again for its gradients. */
  readonly passBytes: number;
  /** Bytes of all parameters. */
  readonly paramBytes: number;

  /** @internal */
  constructor(
    rows: readonly SummaryRow[],
    totals: Pick<
      ModelSummary,
      'totalParams' | 'trainableParams' | 'totalMacs' | 'inputBytes' | 'passBytes' | 'paramBytes'
    >,
  ) {
    this.rows = rows;
    this.totalParams = totals.totalParams;
    this.trainableParams = totals.trainableParams;
    this.totalMacs = totals.totalMacs;
    this.inputBytes = totals.inputBytes;
    this.passBytes = totals.passBytes;
    this.paramBytes = totals.paramBytes;
  }

  /** The table as text, in the layout of torchinfo. */
  toString(): string {
    return summaryText(this);
  }
  /** The table as HTML, with nothing in it that a name could have brought. */
  toHTML(): string {
    return summaryHtml(this);
  }
}

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

function summaryText(s: ModelSummary): string {
  const table = [[...headings], ...s.rows.map((row) => [branch(row.depth) + label(row), ...cells(row)])];
  const [head, ...body] = columns(table, 'left');
  const below = totals(s).map((group) => group.map(([name, value]) => `${name}: ${value}`));
  const width = Math.max(...[head!, ...body, ...below.flat()].map((line) => [...line].length));
  const rule = '='.repeat(width);
  return [rule, head, rule, ...body, rule, ...below.flatMap((group) => [...group, rule])].join('\n');
}

function summaryHtml(s: ModelSummary): string {
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
