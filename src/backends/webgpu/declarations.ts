/** Splitting WGSL text into its module-scope declarations: for including only what is used, and for renaming. */

export interface Declaration {
  readonly name: string;
  readonly text: string;
}

/** The text without comments, trailing blanks and blank lines. */
export function stripComments(source: string): string {
  let out = '';
  let i = 0;
  while (i < source.length) {
    if (source.startsWith('//', i)) {
      while (i < source.length && source[i] !== '\n') i++;
    } else if (source.startsWith('/*', i)) {
      let depth = 1;
      i += 2;
      while (i < source.length && depth > 0) {
        if (source.startsWith('/*', i)) {
          depth++;
          i += 2;
        } else if (source.startsWith('*/', i)) {
          depth--;
          i += 2;
        } else i++;
      }
    } else out += source[i++];
  }
  return out
    .split('\n')
    .map((line) => line.trimEnd())
    .filter((line) => line !== '')
    .join('\n');
}

/** The module-scope declarations of comment-free text: each ends at a `;` or at the `}` that closes it. */
export function declarations(source: string, file: string): Declaration[] {
  const out: Declaration[] = [];
  let start = 0;
  let depth = 0;
  for (let i = 0; i < source.length; i++) {
    const c = source[i];
    if (c === '{') depth++;
    else if (c === '}') depth--;
    const ends = depth === 0 && (c === '}' || c === ';');
    if (!ends) continue;
    const text = source.slice(start, i + 1).trim();
    start = i + 1;
    // A stray `;` after a `}` is an empty declaration.
    if (text === ';') continue;
    const name = /\b(?:fn|const|override|struct|alias|var(?:<[^>]*>)?)\s+([A-Za-z_]\w*)/.exec(text)?.[1];
    if (name === undefined) throw new Error(`${file}: cannot read the declaration '${text.slice(0, 60)}'`);
    out.push({ name, text });
  }
  if (depth !== 0 || source.slice(start).trim() !== '')
    throw new Error(`${file}: unbalanced braces or an unfinished declaration`);
  return out;
}

/** Every identifier (and keyword) that the text mentions. */
export function identifiers(source: string): Set<string> {
  return new Set(source.match(/[A-Za-z_]\w*/g));
}
