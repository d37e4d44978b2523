import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** Matches the imports of other files of a bundle. */
const IMPORTS = {
  static: /\b(?:from|import)"\.\/([^"]+)"/g,
  all: /\b(?:from|import\(?)"\.\/([^"]+)"/g,
};

/**
 * Lists the files of a bundle that its entry imports, itself included.
 *
 * @param kind `static` omits the files that are imported on demand
 */
export function chunksOf(folder: string, kind: keyof typeof IMPORTS): string[] {
  const found = new Set(['index.mjs']);
  for (const chunk of found) {
    for (const [, path = ''] of readFileSync(join(folder, chunk), 'utf8').matchAll(IMPORTS[kind])) found.add(path);
  }
  return [...found];
}
