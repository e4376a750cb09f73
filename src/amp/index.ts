/** torch.amp: mixed precision. */
export { type AutocastOptions, autocast } from './autocast.ts';
export { GradScaler, type GradScalerOptions } from './grad-scaler.ts';
