/** What a tape node keeps of its operands and results until backward. */
import { GradError } from '../core/errors.ts';
import { formatShape } from '../core/shape.ts';
import type { Storage, Value } from '../graph/node.ts';
import type { Var } from './var.ts';

/**
 * Sees every value that is saved while it is the current one. Checkpointing forgets them, and makes them again when they are
 * asked for.
 */
export interface SavedFrame {
  /** How to get the value back if it is not to be kept; null: keep it as usual. */
  pack(v: Var): SavedLater | null;
}
/** A value that will be made again. */
export interface SavedLater {
  unpack(): Var;
  release(): void;
}

let frame: SavedFrame | null = null;

/** Runs `fn` with `next` seeing what is saved. */
export function withSavedFrame<T>(next: SavedFrame | null, fn: () => T): T {
  const before = frame;
  frame = next;
  try {
    return fn();
  } finally {
    frame = before;
  }
}

/** An operand or result kept for backward, with the version it had. */
export class Saved {
  storage: Storage;
  version: number;
  private readonly value: Value;
  private readonly layout: Var['layout'];
  /** What was saved, as it was then. */
  readonly source: Var;
  private readonly later: SavedLater | null;
  private held = true;

  constructor(v: Var) {
    if (v.inference) {
      throw new GradError(
        'Inference tensors cannot be saved for backward. To work around you can make a clone to get a normal tensor and use it in autograd.',
      );
    }
    this.source = v;
    this.storage = v.storage;
    this.version = v.storage.version;
    this.value = v.storage.value;
    this.layout = v.layout;
    this.later = frame?.pack(v) ?? null;
    if (!this.later) this.value.saved++;
  }

  unpack(op: string): Var {
    if (this.later) return this.later.unpack();
    if (this.storage.version !== this.version) {
      throw new GradError(
        `one of the variables needed for gradient computation has been modified by an inplace operation: [${this.value.dtype} ${formatShape(this.layout.shape)}], ` +
          `is at version ${this.storage.version}; expected version ${this.version} instead.\n  It was saved by ${op} for its backward; clone() it before the in-place op, or use the out-of-place form`,
      );
    }
    return this.source;
  }

  release(): void {
    if (!this.held) return;
    this.held = false;
    if (this.later) {
      this.later.release();
      return;
    }
    this.value.saved--;
    if (this.value.saved === 0 && !this.value.kept) this.value.engine.releaseWhenIdle(this.value);
  }
}

export const backwardTwice =
  'Trying to backward through the graph a second time (or directly access saved tensors after they have already been freed). ' +
  'Saved intermediate values of the graph are freed when you call .backward() or autograd.grad().\n' +
  '  Specify { retainGraph: true } if you need to backward through the graph a second time';
