/**
 * Memory that is written over. Two cases: kernels that update an operand in place (`row.inPlace`), and survivors whose
 * placement is the memory of an external they supersede. Each is allowed only if nothing still needs the old contents;
 * else a copy is inserted. What must run before the overwrite is recorded as `item.after`.
 */
import { contiguousLayout, isContiguous } from '../core/shape.ts';
import { copyItem, isArg, Item, ItemValue, type Items, readersOf } from './items.ts';

export function resolveOverwrites(graph: Items): void {
  for (const item of [...graph.items]) {
    if (item.row.kind === 'pointwise') continue;
    for (const [out, input] of item.row.inPlace?.(item.attrs) ?? []) updateInPlace(graph, item, out, input);
  }
  for (const survivor of [...graph.survivors]) placeOverExternal(graph, survivor);
}

/** Lets result `out` of `item` overwrite operand `input`, or a copy of it. */
function updateInPlace(graph: Items, item: Item, out: number, input: number): void {
  const arg = item.inputs[input]!;
  if (!isArg(arg)) throw new Error(`${item.op}: operand ${input} is updated in place but is a scalar`);
  const at = graph.items.indexOf(item);
  const old = arg.value;
  const readers = readersOf(graph.items, old).filter((r) => r !== item);
  const readTwice = item.inputs.some((i, n) => n !== input && isArg(i) && i.value === old);
  const free =
    isContiguous(arg.layout) &&
    arg.layout.offset === 0 &&
    old.survivor < 0 &&
    !readTwice &&
    readers.every((r) => graph.items.indexOf(r) < at) &&
    (old.external < 0 || handsOver(graph, old, item.outputs[out]!)) &&
    !graph.items.some((other) => other !== item && other.outputs.some((o) => o.over === old));
  if (free) {
    item.outputs[out]!.over = old;
    for (const r of readers) item.after.add(r);
    return;
  }
  const { shape } = arg.layout;
  const base = new ItemValue(shape, old.dtype);
  graph.items.splice(at, 0, new Item('copy', {}, [arg], [base]));
  item.inputs[input] = { value: base, layout: contiguousLayout(shape) };
  item.outputs[out]!.over = base;
}

/** True when `external`'s memory goes to `result`, or to a survivor that is computed after it and until which `result` may live there. */
function handsOver(graph: Items, external: ItemValue, result: ItemValue): boolean {
  return graph.survivors.some(
    (s) =>
      s.placement?.kind === 'external' &&
      s.placement.index === external.external &&
      (s === result || (result.survivor < 0 && graph.items.indexOf(s.producer!) > graph.items.indexOf(result.producer!))),
  );
}

/** The external whose memory `value` is written over, through any chain of in-place updates. */
export function memoryRoot(value: ItemValue): ItemValue {
  let v = value;
  while (v.over) v = v.over;
  return v;
}

function placeOverExternal(graph: Items, survivor: ItemValue): void {
  if (survivor.placement?.kind !== 'external') return;
  const external = graph.externals[survivor.placement.index]!;
  if (memoryRoot(survivor) === external) return;
  const writer = survivor.producer!;
  const at = graph.items.indexOf(writer);
  // Everything that lives or is read in that memory before the final write.
  const occupants = graph.items.flatMap((i) => i.outputs).filter((v) => v !== survivor && memoryRoot(v) === external);
  const before = new Set<Item>();
  for (const v of [external, ...occupants]) {
    if (v.producer) before.add(v.producer);
    for (const r of readersOf(graph.items, v)) before.add(r);
  }
  before.delete(writer);
  const inOrder = [...before].every((r) => graph.items.indexOf(r) < at);
  const elementwise =
    writer.row.kind === 'pointwise' &&
    survivor.over === null &&
    writer.args.every(
      (a) => ![external, ...occupants].includes(a.value) || (isContiguous(a.layout) && a.layout.offset === 0 && a.value.numel === survivor.numel),
    );
  if (inOrder && elementwise) {
    survivor.over = external;
    for (const r of before) writer.after.add(r);
    return;
  }
  // Compute elsewhere, move in when everything else is done.
  const copy = copyItem(survivor);
  const moved = copy.outputs[0]!;
  moved.survivor = survivor.survivor;
  moved.placement = survivor.placement;
  moved.over = external;
  graph.survivors[survivor.survivor] = moved;
  survivor.survivor = -1;
  survivor.placement = null;
  for (const r of before) copy.after.add(r);
  if (before.has(writer)) copy.after.add(writer);
  graph.items.push(copy);
}
