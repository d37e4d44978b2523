import { join } from 'node:path';
import { build } from 'esbuild';
import { projectRoot } from './project-root.ts';

/**
 * Bundles the SDK of the Model Context Protocol into `sdk.js`, which replaces the compiled `lib/mcp/sdk.ts` of the package.
 * `zod` stays a dependency, because the schemas of the tools are its objects.
 *
 * @param folder folder of the compiled modules of `lib/mcp`
 * @returns the paths of the bundled files, relative to this package
 */
export async function bundleMcpSdk(folder: string): Promise<readonly string[]> {
  const { metafile } = await build({
    absWorkingDir: projectRoot,
    entryPoints: ['lib/mcp/sdk.ts'],
    outfile: join(folder, 'sdk.js'),
    bundle: true,
    external: ['zod'],
    format: 'esm',
    platform: 'node',
    target: 'node24',
    minify: true,
    keepNames: true,
    sourcemap: 'linked',
    sourcesContent: false,
    legalComments: 'none',
    metafile: true,
    logLevel: 'error',
  });
  return Object.keys(metafile.inputs);
}
