import { readFileSync } from 'node:fs';

/** File beside a function's bundle with the names of the deployed scripts: a JSON list. */
export const SCRIPTS_FILE = 'scripts.json';

/**
 * Returns the names of the deployed scripts, sorted. The file is read at each call, because the local system replaces it
 * when a script is added.
 *
 * @param folder URL of the folder of the bundle. Without the file there are no scripts
 * @throws Error if the file is not a list of names
 */
export function readKnownScripts(folder: string | URL = new URL('.', import.meta.url)): readonly string[] {
  let text: string;
  try {
    text = readFileSync(new URL(SCRIPTS_FILE, folder), 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  }
  const names: unknown = JSON.parse(text);
  if (!Array.isArray(names) || !names.every((name) => typeof name === 'string')) {
    throw new Error(`${SCRIPTS_FILE} must be a JSON list of names, got ${text}`);
  }
  return names.sort();
}
