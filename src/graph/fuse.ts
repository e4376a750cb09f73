/**
 * Fusion: groups of items that become one kernel. Pointwise items chain into one program; a program that follows a
 * kernel becomes its epilogue, one that only it reads becomes a prologue on its loads.
 */
import { type Layout, numel, reshapeLayout, type Shape, sameShape } from '../core/shape.ts';
import { memoryRoot } from './in-place.ts';
import { type Item, type ItemArg, type Items, type ItemValue, isArg, isWhole } from './items.ts';

export interface Prologue {
  /** Operand of the anchor. */
  readonly input: number;
  readonly items: readonly Item[];
  readonly domain: Shape;
}

export class Group {
  /** Pointwise items: the program, or the anchor's epilogue. In program order. */
  items: Item[];
  /** The kernel of its own, if any. */
  anchor: Item | null;
  prologues: Prologue[] = [];
  /** The shape over which `items` are evaluated. */
  domain: Shape;
  /** The results that are needed in memory: survivors, and what other kernels read. */
  stored: ReadonlySet<ItemValue> = new Set();
  /** Position of its first item. */
  first: number;
  /** No item that it waits for, directly or not, nor its own, has a position beyond this. */
  reach: number;
  /** Groups that wait for it. Those that were merged away are found through `into`. */
  readonly dependents = new Set<Group>();
  into: Group | null = null;

  constructor(item: Item, position: number) {
    this.first = position;
    this.reach = position;
    this.anchor = item.row.kind === 'pointwise' ? null : item;
    this.items = this.anchor ? [] : [item];
    this.domain = item.outputs[0]!.shape;
  }

  /** Takes over what is known of the order of `other`, whose items are now in this group. */
  join(other: Group): void {
    other.into = this;
    this.first = Math.min(this.first, other.first);
    for (const d of other.dependents) this.dependents.add(d);
  }

  get all(): Item[] {
    return [...this.prologues.flatMap((p) => p.items), ...(this.anchor ? [this.anchor] : []), ...this.items];
  }
}

// Kernels that read each operand element once, so that any prologue costs nothing extra.
const readsOnce = new Set(['sum', 'prod', 'amax', 'amin', 'any', 'all', 'argmax', 'argmin']);
// Cheap enough to evaluate again on every load of a kernel that reads its operands several times.
const cheap = new Set([
  'neg',
  'abs',
  'add',
  'sub',
  'mul',
  'square',
  'relu',
  'reluBackward',
  'where',
  'copy',
  'cast',
  'maximum',
  'minimum',
  'clamp',
  'eq',
  'ne',
  'lt',
  'le',
  'gt',
  'ge',
  'logicalNot',
  'logicalAnd',
  'logicalOr',
]);
const maxCheapInstrs = 3;
// Longer programs gain nothing, and take long to plan and to compile.
const maxInstrs = 64;

export function fuse(graph: Items, maxBuffers: number, enabled: boolean): Group[] {
  const groups = new Set<Group>();
  const groupOf = new Map<Item, Group>();
  const consumers = new Map<ItemValue, Item[]>();
  for (const item of graph.items) {
    for (const a of item.args) {
      const list = consumers.get(a.value);
      if (list) list.push(item);
      else consumers.set(a.value, [item]);
    }
  }
  const position = new Map(graph.items.map((item, i) => [item, i]));

  /** Would contracting `parts` (with `extra`, which nothing waits for yet) into one kernel make it wait for itself? */
  const cyclic = (parts: readonly Group[], extra: Item): boolean => {
    const inside = new Set(parts);
    const isInside = (item: Item): boolean => item === extra || inside.has(groupOf.get(item)!);
    const first = Math.min(...parts.map((p) => p.first));
    // All groups that it would wait for; if one of these waits for a part in turn, they wait for each other.
    const outside = new Set<Group>();
    const note = (deps: readonly Item[]): void => {
      for (const dep of deps) if (!isInside(dep)) outside.add(groupOf.get(dep)!);
    };
    // What a single part waits for does not wait for it: that was seen to when it was made.
    for (const item of parts.length === 1 ? [extra] : [extra, ...parts.flatMap((p) => p.all)]) note(dependencies(item));
    for (const group of outside) {
      if (group.reach < first) continue;
      const deps = group.all.flatMap(dependencies);
      if (deps.some(isInside)) return true;
      note(deps);
    }
    return false;
  };

  /** `item`, the last so far, is now in `group`: whatever waits for the group waits for what the item waits for. */
  const extend = (group: Group, item: Item): void => {
    for (const dep of dependencies(item)) {
      const g = groupOf.get(dep)!;
      if (g !== group) g.dependents.add(group);
    }
    const at = position.get(item)!;
    group.reach = at;
    const stack = [...group.dependents];
    while (stack.length > 0) {
      let g = stack.pop()!;
      while (g.into) g = g.into;
      if (g === group || g.reach >= at) continue;
      g.reach = at;
      stack.push(...g.dependents);
    }
  };

  const outputsOf = (items: readonly Item[]): ItemValue[] =>
    items
      .flatMap((i) => i.outputs)
      .filter((v) => v.survivor >= 0 || (consumers.get(v) ?? []).some((c) => !items.includes(c)));

  const buffersOf = (items: readonly Item[]): number => {
    const made = new Set(items.flatMap((i) => i.outputs));
    const bound = new Set<ItemValue>(outputsOf(items).map(memoryRoot));
    for (const a of items.flatMap((i) => i.args)) if (!made.has(a.value)) bound.add(memoryRoot(a.value));
    return bound.size;
  };

  /** No element of memory that the kernel overwrites may be read by it at another position. */
  const safe = (items: readonly Item[], anchorSide: readonly Item[]): boolean => {
    const written = new Set(
      items
        .flatMap((i) => i.outputs)
        .filter((v) => v.over)
        .map(memoryRoot),
    );
    if (written.size === 0) return true;
    for (const item of items) {
      for (const a of item.args) {
        if (!written.has(memoryRoot(a.value))) continue;
        if (anchorSide.includes(item) || !isIdentity(a, item.outputs[0]!.numel)) return false;
      }
    }
    return true;
  };

  const absorb = (item: Item): boolean => {
    const n = item.outputs[0]!.numel;
    let domain = item.outputs[0]!.shape;
    const parts: Group[] = [];
    for (const a of item.args) {
      const producer = a.value.producer;
      const g = producer && groupOf.get(producer);
      if (!g || parts.includes(g) || !isIdentity(a, n)) continue;
      if (g.anchor) {
        const carried = g.anchor.outputs[0]!;
        const chained = a.value === carried || g.items.includes(producer);
        if (!chained || carried.numel !== n || g.anchor.row.kind === 'opaque' || parts.some((p) => p.anchor)) continue;
        if (isInPlace(g.anchor)) continue;
      } else if (numel(g.domain) !== n) continue;
      const trial = [...parts, g];
      // What the kernel computes itself is only at hand at the same element.
      const atHand = (b: ItemArg): boolean => {
        const p = b.value.producer;
        const from = p && groupOf.get(p);
        return (
          !from ||
          !trial.includes(from) ||
          (isIdentity(b, n) && (from.items.includes(p) || b.value === from.anchor?.outputs[0]))
        );
      };
      if (![...trial.flatMap((p) => p.items), item].every((i) => i.args.every(atHand))) continue;
      const items = [...trial.flatMap((p) => p.all), item];
      if (items.length > maxInstrs) continue;
      const common = commonDomain([...trial.flatMap((p) => p.items), item]);
      if (!common || buffersOf(items) > maxBuffers || cyclic(trial, item)) continue;
      const anchorSide = trial.flatMap((p) => [
        ...(p.anchor ? [p.anchor] : []),
        ...p.prologues.flatMap((q) => q.items),
      ]);
      // An epilogue comes after the kernel proper, so it cannot compute the kernel's operands.
      const late = (b: ItemArg): boolean =>
        b.value.producer !== null && items.includes(b.value.producer) && !anchorSide.includes(b.value.producer);
      if (anchorSide.some((i) => i.args.some(late)) || !safe(items, anchorSide)) continue;
      parts.push(g);
      domain = common;
    }
    if (parts.length === 0) return false;
    const anchored = parts.find((p) => p.anchor);
    const target = anchored ?? parts[0]!;
    const merged = [...parts.flatMap((p) => p.items), item].sort((x, y) => position.get(x)! - position.get(y)!);
    for (const p of parts) {
      groups.delete(p);
      if (p !== target) target.join(p);
    }
    target.items = merged;
    target.domain = domain;
    groups.add(target);
    for (const i of target.all) groupOf.set(i, target);
    extend(target, item);
    return true;
  };

  const takePrologues = (group: Group): void => {
    const anchor = group.anchor!;
    if (anchor.row.kind === 'opaque' || isInPlace(anchor)) return;
    anchor.inputs.forEach((input, n) => {
      if (!isArg(input) || !input.value.producer) return;
      const g = groupOf.get(input.value.producer)!;
      if (g.anchor || g === group || input.value.survivor >= 0) return;
      if (consumers.get(input.value)!.length !== 1) return;
      const made = outputsOf(g.items);
      if (made.length !== 1 || made[0] !== input.value) return;
      if (
        !readsOnce.has(anchor.op) &&
        numel(g.domain) > 1 &&
        (g.items.length > maxCheapInstrs || g.items.some((i) => !cheap.has(i.op)))
      )
        return;
      const items = [...g.items, ...group.all];
      if (buffersOf(items) > maxBuffers || cyclic([group, g], anchor) || !safe(items, items)) return;
      group.prologues.push({ input: n, items: g.items, domain: g.domain });
      groups.delete(g);
      group.join(g);
      for (const i of g.items) groupOf.set(i, group);
    });
  };

  for (const item of graph.items) {
    if (enabled && item.row.kind === 'pointwise' && absorb(item)) continue;
    const group = new Group(item, position.get(item)!);
    groupOf.set(item, group);
    groups.add(group);
    extend(group, item);
    if (enabled && group.anchor) takePrologues(group);
  }
  for (const g of groups) g.stored = new Set(outputsOf(g.all));
  return schedule([...groups], groupOf, position);
}

function isInPlace(item: Item): boolean {
  return item.row.kind !== 'pointwise' && item.row.inPlace !== undefined;
}

function dependencies(item: Item): Item[] {
  const deps: Item[] = [...item.after];
  for (const a of item.args) if (a.value.producer) deps.push(a.value.producer);
  return deps;
}

/** Element e of the operand is element e of the domain. */
export function isIdentity(a: ItemArg, n: number): boolean {
  return a.value.numel === n && isWhole(a);
}

/** A shape over which every operand of the pointwise items can be addressed with strides, or null. */
function commonDomain(items: readonly Item[]): Shape | null {
  const shapes: Shape[] = [];
  for (const i of items) if (!shapes.some((s) => sameShape(s, i.outputs[0]!.shape))) shapes.push(i.outputs[0]!.shape);
  return shapes.find((s) => items.every((i) => i.args.every((a) => layoutOver(a, s) !== null))) ?? null;
}

/** The operand's layout re-expressed over `domain`, or null. */
export function layoutOver(a: ItemArg, domain: Shape): Layout | null {
  return sameShape(a.layout.shape, domain) ? a.layout : reshapeLayout(a.layout, domain);
}

/** Kernels in an order that respects data and overwrites, otherwise as close to program order as possible. */
function schedule(
  groups: readonly Group[],
  groupOf: ReadonlyMap<Item, Group>,
  position: ReadonlyMap<Item, number>,
): Group[] {
  const first = new Map(groups.map((g) => [g, Math.min(...g.all.map((i) => position.get(i)!))]));
  const waits = new Map<Group, Set<Group>>();
  for (const g of groups) {
    const deps = new Set<Group>();
    for (const item of g.all) {
      for (const d of dependencies(item)) {
        const dg = groupOf.get(d);
        if (dg && dg !== g) deps.add(dg);
      }
    }
    waits.set(g, deps);
  }
  const order: Group[] = [];
  const done = new Set<Group>();
  const rest = [...groups].sort((a, b) => first.get(a)! - first.get(b)!);
  while (rest.length > 0) {
    const i = rest.findIndex((g) => [...waits.get(g)!].every((d) => done.has(d)));
    if (i < 0) throw new Error('planner: kernels wait for each other');
    const [g] = rest.splice(i, 1);
    order.push(g!);
    done.add(g!);
  }
  return order;
}
