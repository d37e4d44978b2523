import { existsSync, statSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { resolve, sep } from 'node:path';

const isSource = (name: string) => /(?<!\.d|\.test)\.ts$/.test(name);

/**
 * Lists the TypeScript files directly in a folder, without declarations and tests. A symbolic link counts as its target,
 * and one without a target as a file. A folder that does not exist has no files.
 *
 * @param folder absolute, or relative to `root`
 *
 * @returns paths with `/` that start with `folder`, sorted
 */
export async function sourceFiles(root: string, folder: string): Promise<readonly string[]> {
  if (!existsSync(resolve(root, folder))) return [];
  const names = await readdir(resolve(root, folder));
  const files = names.filter((name) => isSource(name) && !isFolder(resolve(root, folder, name)));
  return files.map((name) => `${folder}/${name}`).sort();
}

/**
 * Lists the TypeScript files in subfolders of a folder, without declarations, tests, packages and hidden folders.
 *
 * @returns like `sourceFiles`
 */
export async function nestedSourceFiles(root: string, folder: string): Promise<readonly string[]> {
  if (!existsSync(resolve(root, folder))) return [];
  const names = await readdir(resolve(root, folder));
  const isRead = (name: string) => !/^\.|^node_modules$/.test(name) && isFolder(resolve(root, folder, name));
  const lists = names.filter(isRead).map(async (name) => {
    const files = await readdir(resolve(root, folder, name), { recursive: true });
    const sources = files.filter((file) => isSource(file) && !file.includes('node_modules'));
    return sources.map((file) => `${folder}/${name}/${file.replaceAll(sep, '/')}`);
  });
  return (await Promise.all(lists)).flat().sort();
}

const isFolder = (path: string) => statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false;
