// @ts-check
/** How the table of mutants is written. */

/**
 * @typedef {object} Mutant
 * @property {string} family
 * @property {string} file from the root of the repository
 * @property {string} from text that occurs once in the file, or at least `nth` times
 * @property {string} to
 * @property {number} [nth] which occurrence, from 1
 * @property {string} [equivalent] why no test can notice it
 *
 * @typedef {readonly [from: string, to: string, more?: { nth?: number, equivalent?: string }]} Row
 */

/**
 * The mutants of a family, by file; files are named from `shaders/` on, or from the root if they are no shaders.
 * @param {string} family
 * @param {Readonly<Record<string, readonly Row[]>>} files
 * @returns {Mutant[]}
 */
export function mutantsOf(family, files) {
  return Object.entries(files).flatMap(([name, rows]) => {
    const file = name.endsWith('.wgsl') ? `shaders/${name}` : name;
    return rows.map(([from, to, more]) => ({ family, file, from, to, ...more }));
  });
}
