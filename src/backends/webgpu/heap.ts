/** Temporaries of all plans of a device: plans run one after another, so they share one set of buffers. */
import { type Pool, type Slot, sizeClass } from './pool.ts';

/** What one plan needs: its temporaries and scratch, as places in the heap. */
export class HeapClaim {
  /** Slots in use by this plan, by size class. */
  readonly counts = new Map<number, number>();
  private readonly heap: Heap;

  constructor(heap: Heap) {
    this.heap = heap;
  }

  /** A slot that nothing else taken from this claim shares. */
  take(bytes: number): Slot {
    const size = sizeClass(bytes, this.heap.limit);
    const ordinal = this.counts.get(size) ?? 0;
    this.counts.set(size, ordinal + 1);
    return this.heap.slot(size, ordinal);
  }

  /**
   * Takes slots for one kernel's scratch memory, after those of all temporaries. Kernels run one after another too, so each
   * starts again where the temporaries end.
   */
  scratch(sizes: readonly number[], temporaries: ReadonlyMap<number, number>): Slot[] {
    const used = new Map(temporaries);
    return sizes.map((bytes) => {
      const size = sizeClass(bytes, this.heap.limit);
      const ordinal = used.get(size) ?? 0;
      used.set(size, ordinal + 1);
      this.counts.set(size, Math.max(this.counts.get(size) ?? 0, ordinal + 1));
      return this.heap.slot(size, ordinal);
    });
  }

  release(): void {
    this.heap.release(this);
  }
}

export class Heap {
  readonly limit: number;
  private readonly pool: Pool;
  private readonly slots = new Map<number, Slot[]>();
  private readonly claims = new Set<HeapClaim>();

  constructor(pool: Pool, limit: number) {
    this.pool = pool;
    this.limit = limit;
  }

  claim(): HeapClaim {
    const claim = new HeapClaim(this);
    this.claims.add(claim);
    return claim;
  }

  slot(size: number, ordinal: number): Slot {
    let list = this.slots.get(size);
    if (list === undefined) {
      list = [];
      this.slots.set(size, list);
    }
    while (list.length <= ordinal) {
      list.push(this.pool.take(size));
      this.pool.countTemporary(size);
    }
    return list[ordinal]!;
  }

  /** Gives back what no other plan needs. */
  release(claim: HeapClaim): void {
    this.claims.delete(claim);
    for (const size of claim.counts.keys()) {
      const list = this.slots.get(size)!;
      const needed = Math.max(0, ...[...this.claims].map((other) => other.counts.get(size) ?? 0));
      for (const slot of list.splice(needed)) {
        this.pool.countTemporary(-size);
        this.pool.give(slot);
      }
    }
  }
}
