/** Repetition in shader text. Kernels that keep a block of results in registers need one name per register, and WGSL has no macros. */

const directive = /^\s*#(repeat|end)\b\s*(.*)$/;

/** The values that a variable takes: `8` stands for 0 … 7, `0,2,5` for itself. A count may carry a `u`. */
function range(text: string): number[] {
  if (text.includes(',')) return text.split(',').filter(Boolean).map(Number);
  return Array.from({ length: Number.parseInt(text, 10) }, (_, i) => i);
}

/** The value of a sum of products of natural numbers. */
function evaluate(expression: string): number {
  return expression
    .split('+')
    .map((term) => term.split('*').reduce((product, factor) => product * Number(factor), 1))
    .reduce((sum, term) => sum + term, 0);
}

/**
 * Writes out `#repeat i 8` … `#end`: the lines between, once per value, with `$i` replaced by the value. In repeated text
 * `$(i*4+j)` is replaced by the number that it makes. A variable is one lower-case letter. Blocks nest.
 */
export function unroll(source: string): string {
  const lines = source.split('\n');
  let at = 0;
  const block = (values: ReadonlyMap<string, number>, live: boolean): string[] => {
    const out: string[] = [];
    while (at < lines.length) {
      const line = lines[at++]!;
      const [, name, rest = ''] = directive.exec(line) ?? [];
      if (name === 'end') return out;
      if (name === undefined) {
        if (live) out.push(substitute(line, values));
        continue;
      }
      const [variable, count] = rest.trim().split(/\s+/, 2) as [string, string];
      const start = at;
      const list = range(count);
      // An empty range is still walked once, to find where it ends.
      if (list.length === 0) block(values, false);
      for (const value of list) {
        at = start;
        out.push(...block(new Map(values).set(variable, value), live));
      }
    }
    if (values.size > 0) throw new Error('#repeat without #end');
    return out;
  };
  return block(new Map(), true).join('\n');
}

function substitute(line: string, values: ReadonlyMap<string, number>): string {
  if (values.size === 0 || !line.includes('$')) return line;
  const value = (name: string): string => {
    const found = values.get(name);
    if (found === undefined) throw new Error(`'$${name}' is not repeated: ${line}`);
    return `${found}`;
  };
  return line
    .replace(/\$\(([^)]*)\)/g, (_, expression: string) => `${evaluate(expression.replace(/[a-z]/g, value))}`)
    .replace(/\$([a-z])/g, (_, name: string) => value(name));
}
