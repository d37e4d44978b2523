import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { extname, join } from 'node:path';
import { lazy } from '../api/http/route.ts';

/** Content codings of a file. */
type Encoding = 'br' | 'gzip' | 'identity';

/** File name of the OpenAPI document. */
export const OPENAPI_FILE = 'openapi.json';
/** File name of the API reference. */
export const DOCS_FILE = 'docs.html';

/** A file with its precompressed variants. */
export interface SiteFile {
  readonly contentType: string;
  readonly etag: string;
  readonly contents: Readonly<Partial<Record<Encoding, Buffer>>> & { readonly identity: Buffer };
}

export interface Site {
  readonly index: SiteFile;
  /** The OpenAPI document of the API. */
  readonly openApi: SiteFile;
  /** The page that renders the OpenAPI document. */
  readonly docs: SiteFile;
  /** Assets by file name. An asset is read at its first use. */
  readonly assets: ReadonlyMap<string, () => SiteFile>;
}

const CONTENT_TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.json': 'application/json',
};

/**
 * Reads the output of `lib/build-console.ts`, `lib/build-openapi.ts` and `lib/build-docs.ts`.
 *
 * @throws Error if a file is missing or has an unknown type
 */
export function readSite(folder: string): Site {
  const assets = join(folder, 'assets');
  const names = readdirSync(assets).filter((name) => !/\.(br|gz)$/.test(name));
  return {
    index: readFile(join(folder, 'index.html')),
    openApi: readFile(join(folder, OPENAPI_FILE)),
    docs: readFile(join(folder, DOCS_FILE)),
    assets: new Map(names.map((name) => [name, toLazyFile(join(assets, name))])),
  };
}

function toLazyFile(path: string): () => SiteFile {
  const contentType = contentTypeOf(path);
  return lazy(() => readFile(path, contentType));
}

/** @throws Error if the type is unknown */
function contentTypeOf(path: string): string {
  const contentType = CONTENT_TYPES[extname(path)];
  if (contentType === undefined) throw new Error(`The page has a file of an unknown type: ${path}`);
  return contentType;
}

function readFile(path: string, contentType = contentTypeOf(path)): SiteFile {
  const identity = readFileSync(path);
  const beside = (suffix: string) => (existsSync(path + suffix) ? readFileSync(path + suffix) : undefined);
  const [br, gzip] = [beside('.br'), beside('.gz')];
  return {
    contentType,
    etag: `"${createHash('sha256').update(identity).digest('base64url').slice(0, 22)}"`,
    contents: { identity, ...(br && { br }), ...(gzip && { gzip }) },
  };
}

/** Returns the best content coding that a client accepts by its `Accept-Encoding` header (RFC 9110, section 12.5.3). */
export function negotiateEncoding({ contents }: SiteFile, acceptEncoding: string | undefined): Encoding {
  const accepted = new Map(
    (acceptEncoding ?? '').split(',').map((part) => {
      const [name = '', ...parameters] = part
        .trim()
        .toLowerCase()
        .split(/\s*;\s*/);
      const quality = parameters.find((parameter) => parameter.startsWith('q='))?.slice(2);
      return [name, Number(quality ?? 1)] as const;
    }),
  );
  const takes = (name: string) => (accepted.get(name) ?? accepted.get('*') ?? 0) > 0;
  return (['br', 'gzip'] as const).find((name) => contents[name] && takes(name)) ?? 'identity';
}
