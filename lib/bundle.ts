import { cp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { bundleScripts, type ScriptFolders } from './bundle-scripts.ts';
import { ensureFunctions } from './ensure-functions.ts';
import { FUNCTION_ENTRIES } from './function-entries.ts';
import { projectRoot } from './project-root.ts';

/** Folder of the scripts of this package: each file directly in it is one script. */
export const SCRIPTS_FOLDER = 'functions/scripts';

/** The bundled functions. */
export interface Bundles {
  /** Names of the bundled functions. */
  readonly names: readonly string[];
  /**
   * Returns the folder with a function's `index.mjs`, its chunks and their source maps.
   *
   * @throws Error if no function has the name
   */
  folder(name: string): string;
}

/**
 * Bundles all Lambda functions into `<outDir>/<name>/index.mjs`, with chunks beside it that the function imports on
 * demand. The worker's folder also contains `script-host.mjs`, `expression-host.mjs`, `parquet-host.mjs` and `scripts/<name>.mjs`; the
 * console's folder contains the page, the OpenAPI document and the API reference in `site/`. Existing files in `outDir`
 * are removed.
 *
 * @param scriptFolders script folders, relative to this package. Tests add their own
 */
export async function bundle(outDir: string, scriptFolders: readonly string[] = [SCRIPTS_FOLDER]): Promise<Bundles> {
  return bundleProject(outDir, { root: projectRoot, folders: scriptFolders });
}

/** Bundles all Lambda functions like `bundle`, with the scripts of any project. */
export async function bundleProject(outDir: string, scripts: ScriptFolders): Promise<Bundles> {
  await rm(outDir, { recursive: true, force: true });
  // First, because scripts are more likely to have errors.
  await bundleScripts(outDir, scripts);
  await cp(await ensureFunctions(), outDir, { recursive: true });
  return openBundles(outDir);
}

/** Returns bundles that `bundle` has written to a folder. */
export function openBundles(outDir: string): Bundles {
  const names = Object.keys(FUNCTION_ENTRIES);
  return {
    names,
    folder(name) {
      if (!names.includes(name))
        throw new Error(`There is no function "${name}" to bundle. There are: ${names.join(', ')}.`);
      return join(outDir, name);
    },
  };
}
