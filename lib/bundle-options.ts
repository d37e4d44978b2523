import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';
import type { BuildOptions, OutputFile } from 'esbuild';
import { credentialsFromEnvironment, jsonataWithoutRequire, nodeModulesOnDemand } from './bundle-plugins.ts';

/** Folder of the output in source map paths, relative to the sources. */
const VIRTUAL_FOLDER = 'bundles';

/**
 * Options of esbuild for code that Lambda or a local system runs. The output is reproducible: source map paths are
 * relative to a virtual output folder, so they do not depend on the location of the output or the sources.
 *
 * @param root folder of the sources
 */
export const bundleOptions = (root: string) =>
  ({
    absWorkingDir: root,
    outdir: join(root, VIRTUAL_FOLDER),
    outExtension: { '.js': '.mjs' },
    bundle: true,
    write: false,
    format: 'esm',
    platform: 'node',
    target: 'node24',
    // Prefers ES modules: esbuild can tree-shake them, and the CommonJS builds of the SDK are twice as large.
    mainFields: ['module', 'main'],
    minify: true,
    // Scripts may use the names of their functions and classes.
    keepNames: true,
    sourcemap: 'linked',
    // Stack traces need positions only. Without source text the maps are a third of the size.
    sourcesContent: false,
    legalComments: 'none',
    plugins: [jsonataWithoutRequire, nodeModulesOnDemand, credentialsFromEnvironment],
    logLevel: 'error',
  }) as const satisfies BuildOptions;

/**
 * Writes the output of a build with `bundleOptions(root)` into a folder.
 *
 * @returns the paths of the written files
 */
export async function writeBundle(
  root: string,
  folder: string,
  outputFiles: readonly OutputFile[],
): Promise<readonly string[]> {
  return Promise.all(
    outputFiles.map(async ({ path, contents }) => {
      const target = join(folder, relative(join(root, VIRTUAL_FOLDER), path));
      await mkdir(dirname(target), { recursive: true });
      await writeFile(target, contents);
      return target;
    }),
  );
}
