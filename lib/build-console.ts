import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { brotliCompress, constants, gzip } from 'node:zlib';
import { build } from 'vite';
import { projectRoot } from './project-root.ts';

/** Where the page's source is, relative to the project. */
const APP = 'functions/console/app';
/** The base of its URLs: what `functions/console/routes.ts` serves. */
const BASE = '/console/';
/** Smaller files gain nothing from compression. */
const LEAST_BYTES = 512;

/** A file that the page's function serves, by its path within its folder. */
interface SiteFile {
  readonly path: string;
  readonly content: Buffer;
}

/**
 * Builds the console's page into `outDir`: `index.html` and `assets/`, whose names carry a hash of their content. Each
 * file of some size has a `.br` and a `.gz` beside it, so that nobody compresses at run time.
 *
 * The same sources give the same bytes, wherever `outDir` is.
 */
export async function buildConsole(outDir: string): Promise<void> {
  const files = await bundleApp();
  await Promise.all(files.map((file) => writeSiteFile(outDir, file)));
}

async function bundleApp(): Promise<readonly SiteFile[]> {
  const result = await build({
    configFile: false,
    envFile: false,
    root: join(projectRoot, APP),
    base: BASE,
    publicDir: false,
    logLevel: 'error',
    oxc: { jsx: { runtime: 'automatic', importSource: 'preact', development: false } },
    build: {
      write: false,
      target: 'es2023',
      // light-dark() and nesting stay as they are written.
      cssTarget: ['chrome125', 'firefox128', 'safari17.5'],
      // The content security policy allows no data: but images, and hashed files are cached for good.
      assetsInlineLimit: 0,
      modulePreload: { polyfill: false },
      reportCompressedSize: false,
    },
  });
  if (Array.isArray(result) || !('output' in result)) throw new Error('Vite built something else than one page.');
  return result.output.map((file) => ({
    path: file.fileName,
    content: Buffer.from(file.type === 'chunk' ? file.code : file.source),
  }));
}

/** Writes a file and, when it is of some size, what it is compressed. */
export async function writeSiteFile(outDir: string, { path, content }: SiteFile): Promise<void> {
  const target = join(outDir, path);
  await mkdir(dirname(target), { recursive: true });
  await writeFile(target, content);
  if (content.length < LEAST_BYTES) return;
  const params = { [constants.BROTLI_PARAM_SIZE_HINT]: content.length };
  await writeFile(`${target}.br`, await promisify(brotliCompress)(content, { params }));
  await writeFile(`${target}.gz`, await promisify(gzip)(content, { level: constants.Z_BEST_COMPRESSION }));
}
