/** Finding the op that makes a gradient NaN. */
import { anomalyMode, setAnomalyMode } from '../autograd/var.ts';
import { checkFunction, checkOptions, GradError } from '../core/errors.ts';

/** Settings of {@link detectAnomaly}. */
export interface AnomalyOptions {
  /** Search every gradient for NaN. Default true. */
  readonly checkNan?: boolean;
}

/**
 * Runs `fn`, forward and backward, remembering for every op the call that recorded it and searching every gradient for NaN: the
 * next read then throws, naming the op and where it was called. Slow, for debugging. Synchronous only; around code that
 * awaits use {@link setDetectAnomaly}. Source: torch.autograd.detect_anomaly.
 *
 * @throws GradError at the next read after a gradient was NaN.
 * @example
 * const x = tensor([0], { dtype: 'float32', requiresGrad: true });
 * detectAnomaly(() => x.sqrt().mul(0).sum().backward());
 * await x.grad!.tolist(); // GradError: Function 'SqrtBackward0' returned nan values in its 0th output.
 */
export function detectAnomaly<T>(fn: () => T, options: AnomalyOptions = {}): T {
  checkFunction('detectAnomaly', fn);
  checkOptions('detectAnomaly', options, ['checkNan']);
  const before = anomalyMode();
  setAnomalyMode({ checkNan: options.checkNan ?? true });
  let result: T;
  try {
    result = fn();
  } finally {
    setAnomalyMode(before);
  }
  if (result instanceof Promise) {
    result.catch(() => {});
    throw new GradError(
      'detectAnomaly() takes a synchronous function: the mode cannot span an await\n  use setDetectAnomaly(true) around code that awaits',
    );
  }
  return result;
}

/** Switches the mode of {@link detectAnomaly} on or off until it is switched again. */
export function setDetectAnomaly(mode: boolean, options: AnomalyOptions = {}): void {
  checkOptions('setDetectAnomaly', options, ['checkNan']);
  setAnomalyMode(mode ? { checkNan: options.checkNan ?? true } : null);
}
/** Is the mode of {@link detectAnomaly} on? */
export function isAnomalyEnabled(): boolean {
  return anomalyMode() !== null;
}
