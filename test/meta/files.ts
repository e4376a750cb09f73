/** The repository's own files, for the tests that hold it to its rules. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../../', import.meta.url));

/** Paths of the files below `folder` that end in `extension`, relative to the repository, with forward slashes. */
export function filesIn(folder: string, extension: string): string[] {
  if (!existsSync(root + folder)) return [];
  return readdirSync(root + folder, { recursive: true, encoding: 'utf8' })
    .map((path) => `${folder}/${path.replaceAll('\\', '/')}`)
    .filter((path) => path.endsWith(extension))
    .sort();
}

/** Text of a file of the repository. */
export function textOf(path: string): string {
  return readFileSync(root + path, 'utf8');
}

/** `text` without comments, every line kept, so that line numbers stay true. */
export function withoutComments(text: string): string {
  return text.replace(/\/\*[\s\S]*?\*\//g, (comment) => comment.replace(/[^\n]/g, ' ')).replace(/\/\/.*/g, '');
}

/** Every match of `pattern` in `text`, as `path:line: match`. */
export function findAll(path: string, text: string, pattern: RegExp): string[] {
  return text
    .split('\n')
    .flatMap((line, i) => [...line.matchAll(pattern)].map((match) => `${path}:${i + 1}: ${match[0].trim()}`));
}
