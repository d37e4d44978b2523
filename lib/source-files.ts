import { existsSync, statSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { resolve, sep } from 'node:path';

const isSource = (name: string) => /(?<!\.d|\.test)\.ts$/.test(name);
/** Source files that could be meant as scripts or jobs. */
const isOtherSource = (name: string) => /(?<!\.d|\.test)\.([cm]ts|tsx|[cm]?jsx?)$/.test(name);

/**
 * Lists the TypeScript files directly in a folder, without declarations and tests. A symbolic link counts as its target,
 * and one without a target as a file. A folder that does not exist has no files.
 *
 * @param folder absolute, or relative to `root`
 *
 * @returns paths with `/` that start with `folder`, sorted
 */
export const sourceFiles = (root: string, folder: string): Promise<readonly string[]> =>
  filesIn(root, folder, isSource);

/** Returns a message for each file directly in a folder that has the extension of another source file: `.mts`, `.js` … */
export async function explainOtherSources(root: string, folder: string): Promise<readonly string[]> {
  const files = await filesIn(root, folder, isOtherSource);
  return files.map(
    (file) =>
      `${file}: files with this extension are not read; rename it to ${file.replace(/\.\w+$/, '.ts')}, or move it out of ${folder}`,
  );
}

async function filesIn(root: string, folder: string, isWanted: (name: string) => boolean): Promise<readonly string[]> {
  if (!existsSync(resolve(root, folder))) return [];
  const names = await readdir(resolve(root, folder));
  const files = names.filter((name) => isWanted(name) && !isFolder(resolve(root, folder, name)));
  return files.map((name) => `${folder}/${name}`).sort();
}

/**
 * Lists the source files in subfolders of a folder, of any extension, without declarations, tests, packages and hidden
 * folders.
 *
 * @returns like `sourceFiles`
 */
export async function nestedSourceFiles(root: string, folder: string): Promise<readonly string[]> {
  if (!existsSync(resolve(root, folder))) return [];
  const names = await readdir(resolve(root, folder));
  const isRead = (name: string) => !/^\.|^node_modules$/.test(name) && isFolder(resolve(root, folder, name));
  const lists = names.filter(isRead).map(async (name) => {
    const files = await readdir(resolve(root, folder, name), { recursive: true });
    const sources = files.filter((file) => (isSource(file) || isOtherSource(file)) && !file.includes('node_modules'));
    return sources.map((file) => `${folder}/${name}/${file.replaceAll(sep, '/')}`);
  });
  return (await Promise.all(lists)).flat().sort();
}

/**
 * Lists all files of a project, without those of packages and of hidden folders.
 *
 * @returns paths relative to `root`, sorted
 */
export async function projectFiles(root: string, folder = ''): Promise<readonly string[]> {
  const entries = await readdir(resolve(root, folder), { withFileTypes: true });
  const lists = entries.map(async (entry) => {
    const path = folder === '' ? entry.name : `${folder}/${entry.name}`;
    if (!entry.isDirectory()) return [path];
    return /^\.|^node_modules$/.test(entry.name) ? [] : projectFiles(root, path);
  });
  return (await Promise.all(lists)).flat().sort();
}

const isFolder = (path: string) => statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false;
