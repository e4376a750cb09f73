/** In which order to multiply several tensors: the one that takes the fewest multiplications. */

/** Two tensors, or products of them, to be multiplied; or the index of a tensor. */
export type Order = number | readonly [Order, Order];

/** A tensor or product on its way. */
interface Part {
  readonly order: Order;
  readonly labels: readonly number[];
}

/** Up to so many tensors all orders are compared; of more, the cheapest pair is multiplied until so few are left. */
const FEW = 8;

/**
 * The best order for tensors whose dims have these labels. Labels in `out` stay; others are summed as soon as no other tensor has
 * them. `size` tells how long a label's dim is.
 */
export function contractionOrder(
  tensors: readonly (readonly number[])[],
  out: readonly number[],
  size: (label: number) => number,
): Order {
  let parts: Part[] = tensors.map((labels, i) => ({ order: i, labels }));
  while (parts.length > FEW) parts = withCheapestPair(parts, out, size);
  return parts.length < 3 ? inTurn(parts) : best(parts, out, size);
}

const inTurn = (parts: readonly Part[]): Order =>
  parts.map((p) => p.order).reduce((left, right): Order => [left, right]);

const product = (labels: Iterable<number>, size: (label: number) => number): number => {
  let n = 1;
  for (const label of labels) n *= size(label);
  return n;
};

function withCheapestPair(parts: readonly Part[], out: readonly number[], size: (label: number) => number): Part[] {
  let least = Infinity;
  let chosen: Part[] = [];
  for (const [i, a] of parts.entries()) {
    for (const b of parts.slice(i + 1)) {
      const rest = parts.filter((p) => p !== a && p !== b);
      const kept = new Set([...out, ...rest.flatMap((p) => p.labels)]);
      const all = new Set([...a.labels, ...b.labels]);
      const labels = [...all].filter((label) => kept.has(label));
      // What memory it frees counts too: without that, outer products of small tensors would come first.
      const cost = product(all, size) + product(labels, size) - product(a.labels, size) - product(b.labels, size);
      if (cost >= least) continue;
      least = cost;
      chosen = [...rest, { order: [a.order, b.order], labels }];
    }
  }
  return chosen;
}

/** Dynamic programming over sets of parts, as bit masks: the best order of a set is the best way to cut it in two. */
function best(parts: readonly Part[], out: readonly number[], size: (label: number) => number): Order {
  const all = 2 ** parts.length - 1;
  const labels = [...new Set(parts.flatMap((p) => p.labels))];
  const sizes = labels.map(size);
  const users = labels.map((label) =>
    parts.reduce((set, p, i) => (p.labels.includes(label) ? set | (1 << i) : set), 0),
  );
  const stays = labels.map((label) => out.includes(label));
  /** Has the product of a set a dim of this label? */
  const has = (set: number, i: number): boolean => (users[i]! & set) !== 0 && (stays[i]! || (users[i]! & ~set) !== 0);
  const cost = new Float64Array(all + 1).fill(Infinity);
  const cut = new Int32Array(all + 1);
  for (let i = 0; i < parts.length; i++) cost[1 << i] = 0;
  for (let set = 1; set <= all; set++) {
    const first = set & -set;
    if (set === first) continue;
    for (let a = (set - 1) & set; a > 0; a = (a - 1) & set) {
      if ((a & first) === 0) continue;
      const b = set ^ a;
      let work = 1;
      let result = 1;
      for (let i = 0; i < labels.length; i++) {
        if (has(a, i) || has(b, i)) work *= sizes[i]!;
        if (has(set, i)) result *= sizes[i]!;
      }
      const total = cost[a]! + cost[b]! + work + result;
      if (total >= cost[set]!) continue;
      cost[set] = total;
      cut[set] = a;
    }
  }
  const order = (set: number): Order =>
    cut[set] === 0 ? parts[Math.log2(set)]!.order : [order(cut[set]!), order(set ^ cut[set]!)];
  return order(all);
}
