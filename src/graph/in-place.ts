/**
 * Memory that is written over. Two cases: kernels that update an operand in place (`row.inPlace`), and survivors whose
 * placement is the memory of an external they supersede. Each is allowed only if nothing still needs the old contents;
 * else a copy is inserted. What must run before the overwrite is recorded as `item.after`.
 */
import { contiguousLayout } from '../core/shape.ts';
import { copyItem, Item, type Items, ItemValue, isArg, isWhole, readersOf } from './items.ts';

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
    isWhole(arg) &&
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
      (s === result ||
        (result.survivor < 0 && graph.items.indexOf(s.producer!) > graph.items.indexOf(result.producer!))),
  );
}

/** The external whose memory `value` is written over, through any chain of in-place updates. */
export function memoryRoot(value: ItemValue): ItemValue {
  let v = value;
  while (v.over) v = v.over;
  return v;
}

/**
 * Writes a survivor straight into the memory of the external that it supersedes. Whoever still needs the old contents
 * after that, or reads them at other places than it writes, is given a copy made in time.
 */
function placeOverExternal(graph: Items, survivor: ItemValue): void {
  if (survivor.placement?.kind !== 'external') return;
  const external = graph.externals[survivor.placement.index]!;
  // The survivor may itself be an in-place update: then the whole chain lives there, from its first value on.
  const head = memoryRoot(survivor);
  if (head === external) return;
  const writer = head.producer!;
  const residents = [external, ...graph.items.flatMap((i) => i.outputs).filter((v) => memoryRoot(v) === external)];
  for (const old of residents) saveForLateReaders(graph, old, writer);
  head.over = external;
  for (const old of residents) {
    for (const item of [...(old.producer ? [old.producer] : []), ...readersOf(graph.items, old)]) {
      if (item !== writer) writer.after.add(item);
    }
  }
}

function saveForLateReaders(graph: Items, old: ItemValue, writer: Item): void {
  const at = graph.items.indexOf(writer);
  const late = readersOf(graph.items, old).filter((r) =>
    r === writer ? !readsInStep(r, old) : graph.items.indexOf(r) > at,
  );
  if (late.length === 0) return;
  const copy = copyItem(old);
  graph.items.splice(old.producer ? graph.items.indexOf(old.producer) + 1 : 0, 0, copy);
  for (const reader of late) {
    reader.inputs = reader.inputs.map((i) => (isArg(i) && i.value === old ? { ...i, value: copy.outputs[0]! } : i));
  }
}

/** Reads of `old` only the very element that it writes. */
function readsInStep(item: Item, old: ItemValue): boolean {
  const n = item.outputs[0]!.numel;
  return item.row.kind === 'pointwise' && item.args.every((a) => a.value !== old || (isWhole(a) && old.numel === n));
}
