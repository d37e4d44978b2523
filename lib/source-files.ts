import { existsSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { resolve } from 'node:path';

/**
 * Lists the TypeScript files directly in a folder, without declarations and tests. A folder that does not exist has no
 * files.
 *
 * @param folder absolute, or relative to `root`
 *
 * @returns paths with `/` that start with `folder`, sorted
 */
export async function sourceFiles(root: string, folder: string): Promise<readonly string[]> {
  if (!existsSync(resolve(root, folder))) return [];
  const entries = await readdir(resolve(root, folder), { withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile() && /(?<!\.d|\.test)\.ts$/.test(entry.name));
  return files.map(({ name }) => `${folder}/${name}`).sort();
}
