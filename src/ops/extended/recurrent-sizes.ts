/** What a step of each kind has: gates, and how many numbers of each unit its gradient needs besides h before the step. */

export type CellKind = 'lstm' | 'gru' | 'tanh' | 'relu';

/**
 * Kept are, of an LSTM, i, f, g, o and c before the step; of a GRU r, z, n and what r multiplies; of the others the new h.
 * Each takes H columns, and h before the step the P columns after them.
 */
export const cellKinds: Readonly<Record<CellKind, { readonly gates: number; readonly kept: number }>> = {
  lstm: { gates: 4, kept: 5 },
  gru: { gates: 3, kept: 4 },
  tanh: { gates: 1, kept: 1 },
  relu: { gates: 1, kept: 1 },
};
