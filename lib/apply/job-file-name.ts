/** Names that Windows reserves, with any extension. */
const RESERVED = /^(con|prn|aux|nul|com\d|lpt\d)(\.|$)/i;
/** Endings that make a file a declaration or a test. */
const NO_SOURCE = /\.(d|test)$/;

/** @returns whether Windows reserves the name of a file, with or without an extension */
export const isReservedFileName = (name: string): boolean => RESERVED.test(name);

/**
 * Returns the name of the file of a job, without its extension: the id, changed where it is no name of a source file.
 *
 * @param taken names in use, in lower case, because file systems may ignore the case
 */
export function jobFileName(id: string, taken: ReadonlySet<string>): string {
  const name = isReservedFileName(id) ? `_${id}` : id.replace(NO_SOURCE, '_$1');
  for (let n = 1; ; n++) {
    const candidate = n === 1 ? name : `${name}_${n}`;
    if (!taken.has(candidate.toLowerCase())) return candidate;
  }
}
