/** Names that Windows reserves. */
const RESERVED = /^(con|prn|aux|nul|com\d|lpt\d)(\.|$)/i;
/** Endings that make a file a declaration or a test. */
const NO_SOURCE = /\.(d|test)$/;

/**
 * Returns the name of the file of a job, without its extension: the id, changed where it is no name of a source file.
 *
 * @param taken names in use, in lower case, because file systems may ignore the case
 */
export function jobFileName(id: string, taken: ReadonlySet<string>): string {
  const name = RESERVED.test(id) ? `_${id}` : id.replace(NO_SOURCE, '_$1');
  for (let n = 1; ; n++) {
    const candidate = n === 1 ? name : `${name}_${n}`;
    if (!taken.has(candidate.toLowerCase())) return candidate;
  }
}
