import { mkdir, writeFile } from 'node:fs/promises';
import { isBuiltin } from 'node:module';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { brotliCompress, constants, gzip } from 'node:zlib';
import { build, type Plugin } from 'vite';
import { projectRoot } from './project-root.ts';

/** Source folder of the console, relative to the project. */
const APP = 'functions/console/app';
/** Base path of the console's URLs, as in `functions/console/routes.ts`. */
const BASE = '/console/';
/** Minimum size in bytes of files that are compressed. */
const LEAST_BYTES = 512;

/** Larger files are compressed with a lower quality: 1.7 MB take 0.1 s instead of 2.5 s and become 9 % larger. */
const LARGE_BYTES = 1_000_000;
const LARGE_QUALITY = 9;

/** A file of the console, by its path in the site folder. */
interface SiteFile {
  readonly path: string;
  readonly content: Buffer;
}

/**
 * Refuses modules of Node. Vite would replace them by an empty object, or by one that throws if NODE_ENV is not
 * "production", so that the output would depend on the environment.
 */
const browserModulesOnly: Plugin = {
  name: 'browser-modules-only',
  enforce: 'pre',
  resolveId(source, importer) {
    if (isBuiltin(source)) throw new Error(`${importer} imports ${source}, which no browser has.`);
  },
};

/**
 * Builds the console into `outDir`: `index.html`, and `assets/` with content hashes in the file names. Files above a
 * minimum size are also written as `.br` and `.gz`, so that no function compresses at run time.
 *
 * The output is reproducible: it depends on the sources only.
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
    plugins: [browserModulesOnly],
    oxc: { jsx: { runtime: 'automatic', importSource: 'preact', development: false } },
    build: {
      write: false,
      target: 'es2023',
      // Targets that support light-dark() and nesting natively.
      cssTarget: ['chrome125', 'firefox128', 'safari17.5'],
      // The content security policy allows data: URLs for images only, and hashed files are cached permanently.
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

/** Writes a file and, above the minimum size, its compressed versions. */
export async function writeSiteFile(outDir: string, { path, content }: SiteFile): Promise<void> {
  const target = join(outDir, path);
  await mkdir(dirname(target), { recursive: true });
  await writeFile(target, content);
  if (content.length < LEAST_BYTES) return;
  const quality = content.length < LARGE_BYTES ? constants.BROTLI_MAX_QUALITY : LARGE_QUALITY;
  const params = { [constants.BROTLI_PARAM_SIZE_HINT]: content.length, [constants.BROTLI_PARAM_QUALITY]: quality };
  await writeFile(`${target}.br`, await promisify(brotliCompress)(content, { params }));
  await writeFile(`${target}.gz`, await promisify(gzip)(content, { level: constants.Z_BEST_COMPRESSION }));
}
