import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { projectRoot } from './project-root.ts';

/** File of the package with the licenses of the packages whose code it contains. */
export const NOTICES_FILE = 'THIRD-PARTY-NOTICES.txt';

/** Packages of the console and the API reference, whose bundles have no source maps. */
const PAGE_PACKAGES = ['preact', 'swagger-ui-dist', 'uplot'];
/** The folder of a package in a path, also of one that another package contains. */
const PACKAGE = /(?:^|\/)(node_modules\/(?:.*\/node_modules\/)?(?:@[^/]+\/)?[^/@][^/]*)\//;
const LICENSE_FILE = /^(licen[cs]e|notice|copying)([.-].*)?$/i;

interface Manifest {
  readonly name: string;
  readonly version: string;
  readonly license?: string;
}

/**
 * Writes the licenses of all packages whose code is in a folder, sorted by name: those in its source maps, those of the
 * console, and those of further files.
 *
 * @param folder folder that also receives `THIRD-PARTY-NOTICES.txt`
 * @param files paths of bundled files, relative to this package
 * @throws Error if a package has no license
 */
export async function writeThirdPartyNotices(folder: string, files: readonly string[]): Promise<void> {
  const folders = findPackages([...files, ...(await readSources(folder))]);
  const pages = PAGE_PACKAGES.map((name) => `node_modules/${name}`);
  const notices = await Promise.all([...new Set([...folders, ...pages])].map(formatNotice));
  const text = [...new Set(notices.toSorted())].join(`\n${'-'.repeat(80)}\n\n`);
  await writeFile(join(folder, NOTICES_FILE), `This package contains code of the following packages.\n\n${text}`);
}

/** Returns the folders of the packages in paths, relative to this package. */
export const findPackages = (paths: readonly string[]): readonly string[] => [
  ...new Set(paths.flatMap((path) => PACKAGE.exec(path)?.[1] ?? [])),
];

/** Returns the sources of all source maps below a folder. */
async function readSources(folder: string): Promise<readonly string[]> {
  const names = await readdir(folder, { recursive: true });
  const maps = names.filter((name) => name.endsWith('.map'));
  const sources = await Promise.all(
    maps.map(async (name) => {
      const map = JSON.parse(await readFile(join(folder, name), 'utf8')) as { readonly sources: readonly string[] };
      return map.sources;
    }),
  );
  return sources.flat();
}

async function formatNotice(folder: string): Promise<string> {
  const path = join(projectRoot, folder);
  const manifest = JSON.parse(await readFile(join(path, 'package.json'), 'utf8')) as Manifest;
  const { name, version, license } = manifest;
  const files = (await readdir(path)).filter((file) => LICENSE_FILE.test(file)).sort();
  if (license === undefined && files.length === 0) throw new Error(`${folder} has no license`);
  const texts = await Promise.all(files.map((file) => readFile(join(path, file), 'utf8')));
  return [`${name} ${version} (${license ?? 'see below'})`, ...texts.map((text) => text.trim())]
    .join('\n\n')
    .concat('\n');
}
