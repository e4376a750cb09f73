import { FormatError } from '../core/errors.ts';

export type Json = null | boolean | number | string | Json[] | Map<string, Json>;

/**
 * Reads JSON from a file that may be hostile. Unlike `JSON.parse` it refuses duplicate keys and nesting deeper than
 * `maxDepth`, and gives objects as Maps, so that a key such as `__proto__` is only a key.
 * `what` names the file in error messages.
 */
export function parseUntrustedJson(text: string, what: string, maxDepth: number): Json {
  return new Reader(text, what, maxDepth).document();
}

const numberToken = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y;
const space = /[ \t\n\r]*/y;
class Reader {
  private position = 0;
  private readonly text: string;
  private readonly what: string;
  private readonly maxDepth: number;

  constructor(text: string, what: string, maxDepth: number) {
    this.text = text;
    this.what = what;
    this.maxDepth = maxDepth;
  }

  document(): Json {
    const value = this.value(0);
    this.skipSpace();
    if (this.position < this.text.length) this.fail('unexpected text after the end');
    return value;
  }

  private value(depth: number): Json {
    if (depth > this.maxDepth) this.fail(`nested deeper than ${this.maxDepth}`);
    this.skipSpace();
    const c = this.text[this.position];
    if (c === '{') return this.object(depth);
    if (c === '[') return this.array(depth);
    if (c === '"') return this.string();
    for (const [word, value] of [
      ['true', true],
      ['false', false],
      ['null', null],
    ] as const) {
      if (this.text.startsWith(word, this.position)) {
        this.position += word.length;
        return value;
      }
    }
    return Number(this.token(numberToken, 'a value'));
  }

  private object(depth: number): Map<string, Json> {
    const result = new Map<string, Json>();
    this.position++;
    if (this.take('}')) return result;
    do {
      this.skipSpace();
      const key = this.string();
      if (result.has(key)) this.fail(`duplicate key ${JSON.stringify(key.slice(0, 80))}`);
      this.expect(':');
      result.set(key, this.value(depth + 1));
    } while (this.take(','));
    this.expect('}');
    return result;
  }

  private array(depth: number): Json[] {
    const result: Json[] = [];
    this.position++;
    if (this.take(']')) return result;
    do result.push(this.value(depth + 1));
    while (this.take(','));
    this.expect(']');
    return result;
  }

  // By hand, not by a regular expression: those run out of stack on a string of some megabytes.
  private string(): string {
    this.skipSpace();
    const start = this.position;
    if (this.text[start] !== '"') this.fail('expected a string');
    let escaped = false;
    for (let end = start + 1; end < this.text.length; end++) {
      const code = this.text.charCodeAt(end);
      if (code < 0x20) break;
      if (code === 0x22) {
        this.position = end + 1;
        return escaped ? this.unescape(start) : this.text.slice(start + 1, end);
      }
      if (code === 0x5c) {
        escaped = true;
        end++;
      }
    }
    return this.fail('unfinished string');
  }

  private unescape(start: number): string {
    try {
      return JSON.parse(this.text.slice(start, this.position)) as string;
    } catch {
      return this.fail('bad escape in the string that ends');
    }
  }

  private token(pattern: RegExp, expected: string): string {
    pattern.lastIndex = this.position;
    const match = pattern.exec(this.text);
    if (match === null) return this.fail(`expected ${expected}`);
    this.position = pattern.lastIndex;
    return match[0];
  }

  private skipSpace(): void {
    space.lastIndex = this.position;
    space.exec(this.text);
    this.position = space.lastIndex;
  }

  private take(c: string): boolean {
    this.skipSpace();
    if (this.text[this.position] !== c) return false;
    this.position++;
    return true;
  }

  private expect(c: string): void {
    if (!this.take(c)) this.fail(`expected '${c}'`);
  }

  private fail(problem: string): never {
    throw new FormatError(`${this.what}: ${problem} at character ${this.position} of the JSON`);
  }
}
