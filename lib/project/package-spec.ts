import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { basename, dirname, join, relative, resolve } from 'node:path';
import { isInstalled, projectRoot } from '../project-root.ts';

/** The lock file that npm writes into `node_modules`. */
interface InstalledPackages {
  readonly packages?: Readonly<Record<string, { readonly resolved?: string }>>;
}

/**
 * Returns what a new project names as the version of `jobdeck`: the tarball or the folder that this package was installed
 * from, otherwise its version.
 *
 * @param root folder of the new project
 * @param installedAt folder of this package
 */
export async function findPackageSpec(
  root: string,
  installedAt = projectRoot,
  isRepository = !isInstalled,
): Promise<string> {
  if (isRepository) return fileSpec(root, installedAt);
  const modules = dirname(installedAt);
  const lockFile = join(modules, '.package-lock.json');
  if (basename(modules) === 'node_modules' && existsSync(lockFile)) {
    const { packages } = JSON.parse(await readFile(lockFile, 'utf8')) as InstalledPackages;
    const resolved = packages?.[`node_modules/${basename(installedAt)}`]?.resolved;
    const path = /^file:(.*)$/.exec(resolved ?? '')?.[1];
    if (path !== undefined) return fileSpec(root, resolve(dirname(modules), path));
  }
  const { version } = JSON.parse(await readFile(join(installedAt, 'package.json'), 'utf8')) as { version: string };
  return version;
}

const fileSpec = (root: string, path: string) => `file:${relative(root, path) || '.'}`;
