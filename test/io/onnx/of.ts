import type { Tensor } from 'lumigrad';
import * as nn from 'lumigrad/nn';

/** A module of a function. */
export class Of extends nn.Module {
  readonly #fn: (...inputs: Tensor[]) => unknown;
  constructor(fn: (...inputs: Tensor[]) => unknown) {
    super();
    this.#fn = fn;
  }
  override forward(...inputs: Tensor[]): unknown {
    return this.#fn(...inputs);
  }
}
/** The tensors of what forward gave. */
export const flat = (v: unknown): Tensor[] => (Array.isArray(v) ? v.flatMap(flat) : [v as Tensor]);
