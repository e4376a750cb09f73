/**
 * The inner loop of all sums of products here, in f32x4 vectors: out[row, column] = Σ_k left[row, k]·right[k, column], for
 * tiles of 4 rows by 8 columns whose 8 sums stay in registers. Of 1x4 to 8x16 this tile was fastest in V8 on x64 (60 GFLOP/s;
 * 4x4: 47, 8x8: 36), where taller ones spill. Relaxed multiply-add gained nothing there, and its results depend on the
 * machine, so products are rounded before they are added, everywhere.
 */
import {
  add,
  addDoubles,
  addFloats,
  type Code,
  get,
  highToDoubles,
  i32,
  increase,
  lessThan,
  load,
  loadInt,
  loadSplat,
  lowToDoubles,
  multiply,
  multiplyFloats,
  repeatWhile,
  set,
  store,
  type ValueType,
  type WasmFunction,
  zero,
} from './assembler.ts';

export const tileRows = 4;
export const tileColumns = 8;

/** Where the operands of a tile come from, and where its sums go. */
interface TileKind {
  /**
   * Operands lie in panels of 4 rows or 8 columns, one step after the other, unless there is a table of byte offsets:
   * `right`: step k of a panel starts at `steps[k]`, and the next panel 8 elements after it.
   * `left`: step k of row i is at `lines[i] + steps[k]`.
   */
  readonly table: 'none' | 'left' | 'right';
  /** Stored as float32, or added to float64: float32 sums get long runs wrong. */
  readonly into: 'store' | 'add';
}

/**
 * Arguments of every tile function. Pointers and distances are in bytes; `rows` and `columns` are rounded up to whole tiles
 * by the function, and there must be place for these in `out`, whose rows are `pitch` elements apart. At least one of each,
 * and at least one step.
 */
const parameters = [
  'rows',
  'columns',
  'depth',
  'left',
  'leftPanel',
  'right',
  'rightPanel',
  'out',
  'pitch',
  'steps',
  'lines',
] as const;
export type TileFunction = (
  rows: number,
  columns: number,
  depth: number,
  left: number,
  leftPanel: number,
  right: number,
  rightPanel: number,
  out: number,
  pitch: number,
  steps?: number,
  lines?: number,
) => void;

function tileFunction({ table, into }: TileKind): WasmFunction {
  const [rows, columns, depth, left, leftPanel, right, rightPanel, out, pitch, steps, lines] = parameters.map(
    (_, i) => i,
  ) as [number, number, number, number, number, number, number, number, number, number, number];
  const locals: ValueType[] = [];
  const local = (type: ValueType): number => parameters.length + locals.push(type) - 1;
  const several = (n: number, type: ValueType): number[] => Array.from({ length: n }, () => local(type));
  const ints = (n: number): number[] => several(n, 'i32');
  const [row, column, l, r, leftAt, rightAt, stepAt, end, to, moved] = ints(10) as [
    number,
    number,
    number,
    number,
    number,
    number,
    number,
    number,
    number,
    number,
  ];
  const rowsAt = ints(tileRows);
  const factor = local('v128');
  const across = several(tileColumns / 4, 'v128');
  const sums = rowsAt.map(() => several(tileColumns / 4, 'v128'));
  const elementBytes = into === 'add' ? 8 : 4;

  /** What changes from step to step, and the steps' end. */
  const [counter, stride] = table === 'left' ? [stepAt, 4] : [leftAt, 4 * tileRows];
  const begin: Code = [
    sums.flat().map((sum) => set(sum, zero)),
    set(leftAt, get(l)),
    set(rightAt, get(r)),
    set(stepAt, get(steps)),
    table === 'left'
      ? rowsAt.map((at, i) => set(at, add(get(left), loadInt(add(get(lines), multiply(get(row), i32(4))), 4 * i))))
      : [],
    set(end, add(get(counter), multiply(get(depth), i32(stride)))),
  ];
  const leftOf = (i: number): Code =>
    table === 'left' ? loadSplat(add(get(rowsAt[i]!), get(moved))) : loadSplat(get(leftAt), 4 * i);
  const step: Code = [
    table === 'none' ? [] : set(moved, loadInt(get(stepAt))),
    table === 'right' ? set(rightAt, add(get(r), get(moved))) : [],
    across.map((vector, j) => set(vector, load(get(rightAt), 16 * j))),
    sums.map((ofRow, i) => [
      set(factor, leftOf(i)),
      ofRow.map((sum, j) => set(sum, addFloats(get(sum), multiplyFloats(get(factor), get(across[j]!))))),
    ]),
    table === 'none' ? [] : increase(stepAt, i32(4)),
    table === 'left' ? [] : increase(leftAt, i32(4 * tileRows)),
    table === 'right' ? [] : increase(rightAt, i32(4 * tileColumns)),
  ];
  const finish = (sum: number, at: number): Code =>
    into === 'store'
      ? store(get(to), get(sum), at)
      : [
          store(get(to), addDoubles(load(get(to), 2 * at), lowToDoubles(get(sum))), 2 * at),
          store(get(to), addDoubles(load(get(to), 2 * at + 16), highToDoubles(get(sum))), 2 * at + 16),
        ];
  const tile: Code = [
    begin,
    repeatWhile(lessThan(get(counter), get(end)), step),
    sums.map((ofRow) => [
      ofRow.map((sum, j) => finish(sum, 16 * j)),
      increase(to, multiply(get(pitch), i32(elementBytes))),
    ]),
  ];
  // A panel of the right side stays in the first-level cache while the left side's pass by.
  const body = [
    set(r, get(right)),
    repeatWhile(lessThan(get(column), get(columns)), [
      set(row, i32(0)),
      set(l, get(left)),
      set(to, add(get(out), multiply(get(column), i32(elementBytes)))),
      repeatWhile(lessThan(get(row), get(rows)), [tile, increase(l, get(leftPanel)), increase(row, i32(tileRows))]),
      increase(r, get(rightPanel)),
      increase(column, i32(tileColumns)),
    ]),
  ];
  return { parameters: parameters.length, locals, body };
}

const kinds = {
  /** Of matrices, both packed. */
  product: { table: 'none', into: 'store' },
  addProduct: { table: 'none', into: 'add' },
  /** Of a convolution: weights packed by 4 channels; the steps are taps, the columns neighbours in an image. */
  taps: { table: 'right', into: 'store' },
  addTaps: { table: 'right', into: 'add' },
  /** Of a convolution's weight gradient: the rows are taps in an image, the steps positions, the columns channels, packed by 8. */
  addGradient: { table: 'left', into: 'add' },
} as const satisfies Readonly<Record<string, TileKind>>;

export type TileName = keyof typeof kinds;

/** The functions of the module, by name. */
export const tileFunctions = (): Record<TileName, WasmFunction> =>
  Object.fromEntries(Object.entries(kinds).map(([name, kind]) => [name, tileFunction(kind)])) as Record<
    TileName,
    WasmFunction
  >;
