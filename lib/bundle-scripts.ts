import { mkdir, writeFile } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { build } from 'esbuild';
import { SCRIPTS_FILE } from '../functions/core/platform/known-scripts.ts';
import { bundleOptions, writeBundle } from './bundle-options.ts';
import { describeScripts } from './describe-scripts.ts';
import { explainOtherSources, sourceFiles } from './source-files.ts';

/** The script folders of a project. */
export interface ScriptFolders {
  /** Folder of the project. */
  readonly root: string;
  /** Folders relative to `root`: each `.ts` file directly in one of them is a script, except for tests. Later folders win. */
  readonly folders: readonly string[];
}

/** The function that validates the script of a job. */
export const VALIDATING_FUNCTION = 'api-runner';
/** The functions that read the list of the scripts: the worker validates the payloads of runs that scripts start. */
export const LISTING_FUNCTIONS = [VALIDATING_FUNCTION, 'worker'];

/**
 * Bundles the scripts of a project into `<outDir>/worker/scripts/<name>.mjs` and writes the list of the scripts for the
 * functions that validate jobs and payloads.
 *
 * @param outDir the folder of the bundled functions
 * @returns the names of the scripts, sorted
 * @throws Error of esbuild with the position of each error, for a source file that is no `.ts` file, for a script that cannot be
 *   imported, or for an invalid description
 */
export async function bundleScripts(outDir: string, { root, folders }: ScriptFolders): Promise<readonly string[]> {
  const files = new Map<string, string>();
  for (const folder of folders) {
    const unread = await explainOtherSources(root, folder);
    if (unread.length > 0) throw new Error(unread.join('\n'));
    for (const file of await sourceFiles(root, folder)) files.set(scriptName(file), resolve(root, file));
  }
  const names = [...files.keys()].sort();
  const entryPoints = names.map((name) => ({ in: files.get(name) as string, out: `worker/scripts/${name}` }));
  await mkdir(join(outDir, 'worker', 'scripts'), { recursive: true });
  if (entryPoints.length > 0) {
    const { outputFiles } = await build({ ...bundleOptions(root), entryPoints });
    await writeBundle(root, outDir, outputFiles);
  }
  const bundles = new Map(names.map((name) => [name, join(outDir, 'worker', 'scripts', `${name}.mjs`)]));
  const { scripts, errors } = await describeScripts(bundles);
  if (errors.length > 0) throw new Error(errors.map(({ message }) => message).join('\n'));
  for (const name of LISTING_FUNCTIONS) {
    const list = join(outDir, name, SCRIPTS_FILE);
    await mkdir(dirname(list), { recursive: true });
    await writeFile(list, `${JSON.stringify(scripts)}\n`);
  }
  return names;
}

const scriptName = (file: string) => basename(file, '.ts');
