import { readFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { build } from 'esbuild';
import { DOCS_FILE } from '../functions/console/site.ts';
import { writeSiteFile } from './build-console.ts';
import { projectRoot } from './project-root.ts';

/** Source of the page, relative to the project. */
const SOURCE = 'functions/console/docs';
const ICON = 'functions/console/app/icon.svg';
/** URL of the assets: `functions/console/routes.ts` serves them. */
const ASSETS = '/console/assets';

/**
 * Writes the API reference into `outDir`: `docs.html`, and its script and style in `assets/` under names with a hash of their
 * content. The page renders `/openapi.json` with Swagger UI, which works without inline scripts and styles.
 *
 * The same sources give the same bytes, wherever `outDir` is.
 */
export async function buildDocs(outDir: string): Promise<void> {
  const { outputFiles } = await build({
    absWorkingDir: projectRoot,
    entryPoints: { docs: `${SOURCE}/docs.ts`, 'docs-icon': ICON },
    outdir: join(projectRoot, 'site'),
    entryNames: '[name]-[hash]',
    assetNames: '[name]-[hash]',
    loader: { '.svg': 'copy' },
    bundle: true,
    write: false,
    format: 'esm',
    platform: 'browser',
    target: 'es2023',
    minify: true,
    logLevel: 'error',
  });
  const names = new Map(outputFiles.map(({ path }) => [/\.\w+$/.exec(path)?.[0], basename(path)]));
  const url = (extension: string) => `${ASSETS}/${names.get(extension)}`;
  const template = await readFile(join(projectRoot, SOURCE, DOCS_FILE), 'utf8');
  const page = template
    .replace('{{icon}}', url('.svg'))
    .replace('{{style}}', url('.css'))
    .replace('{{script}}', url('.js'));
  await Promise.all([
    writeSiteFile(outDir, { path: DOCS_FILE, content: Buffer.from(page) }),
    ...outputFiles.map(({ path, contents }) =>
      writeSiteFile(outDir, { path: `assets/${basename(path)}`, content: Buffer.from(contents) }),
    ),
  ]);
}
