/** Tables of wrong calls, each with the error it must throw at once. */
import { expect, test } from 'vitest';
import type { LumigradError } from '../../src/index.ts';

/** A value that TypeScript would not let through, as from JavaScript. */
export const wild = (value: unknown): never => value as never;

type ErrorClass = new (message?: string) => LumigradError;
/** What is wrong, the call, the class of its error, and words of its message; a string is how the message begins. */
export type Refusal = readonly [what: string, call: () => unknown, error: ErrorClass, words: string | RegExp];

export function eachRefusal(refusals: readonly Refusal[]): void {
  test.each(refusals)('%s', (_what, call, error, words) => {
    let thrown: unknown;
    try {
      call();
    } catch (e) {
      thrown = e;
    }
    expect(thrown).toBeInstanceOf(error);
    const { message } = thrown as Error;
    if (typeof words === 'string') expect(message.slice(0, words.length)).toBe(words);
    else expect(message).toMatch(words);
  });
}
