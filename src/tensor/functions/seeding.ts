/** The state of the default generator. */
import { checkFunction } from '../../core/errors.ts';
import { defaultGenerator, type GeneratorState } from '../impl/random.ts';

/** Seeds the default generator with a number that nobody knows, and returns it. Source: torch.seed. */
export function seed(): number {
  return defaultGenerator.seed();
}
/**
 * The seed of the default generator. Source: torch.initial_seed.
 *
 * @example
 * manualSeed(7);
 * initialSeed(); // 7
 */
export function initialSeed(): number {
  return defaultGenerator.initialSeed();
}
/**
 * Where the default generator is (PyTorch: a tensor of bytes). Source: torch.get_rng_state.
 *
 * @example
 * const state = getRngState();
 * const x = rand([2]);
 * setRngState(state);
 * await x.equal(rand([2])); // true
 */
export function getRngState(): GeneratorState {
  return defaultGenerator.getState();
}
/**
 * Lets the default generator go on from where {@link getRngState} was called. Source: torch.set_rng_state.
 *
 * @throws OptionError for what is no such state.
 */
export function setRngState(newState: GeneratorState): void {
  defaultGenerator.setState(newState);
}
/**
 * Runs `fn`, and lets the default generator go on as if that had drawn nothing; of an async function, once it is done.
 * Source: torch.random.fork_rng.
 *
 * @example
 * manualSeed(0);
 * forkRng(() => rand([100]));
 * await rand([2]).tolist(); // [0.4185, 0.3147]
 */
export function forkRng<T>(fn: () => T): T {
  checkFunction('forkRng', fn);
  const state = getRngState();
  let isLater = false;
  try {
    const result = fn();
    if (!(result instanceof Promise)) return result;
    isLater = true;
    return result.finally(() => setRngState(state)) as T;
  } finally {
    if (!isLater) setRngState(state);
  }
}
