/** Looking into models: a table of their layers, a picture of their tape, and where their time goes. */
export { type MakeDotOptions, makeDot } from './make-dot.ts';
export { type ProfileOptions, profile } from './profile.ts';
export {
  type KernelEvent,
  type KeyAveragesOptions,
  type ModuleSpan,
  type Phase,
  Profile,
  type ProfileGroup,
  type ProfileRow,
  type TraceEvent,
} from './profile-result.ts';
export { type SummaryOptions, summary } from './summary.ts';
export { ModelSummary, type SummaryRow } from './summary-table.ts';
