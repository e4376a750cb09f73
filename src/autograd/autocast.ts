/** What autocast() does to the operands of products, before they are looked at. */
import type { Var } from './var.ts';

type Operands = readonly (Var | null)[];
export type Lowering = (operands: Operands) => Operands;

let lowering: Lowering | null = null;

/** Runs `fn` with the operands of products lowered, or (null) as they are. */
export function withLowering<T>(next: Lowering | null, fn: () => T): T {
  const outer = lowering;
  lowering = next;
  try {
    return fn();
  } finally {
    lowering = outer;
  }
}

/** The operands of a product, as autocast() wants them. */
export const lowered = <T extends Operands>(operands: T): T => (lowering ? (lowering(operands) as T) : operands);
