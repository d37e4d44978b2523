/**
 * Translates the stack traces of a bundle to source positions. Part of each function's bundle, before its code.
 *
 * Node's `--enable-source-maps` parses the map when the bundle is loaded, which takes a fifth of a cold start and 10 MB.
 * This module reads the map when the first stack trace is formatted.
 */
import { readFileSync } from 'node:fs';
import { SourceMap, type SourceMapPayload } from 'node:module';

const bundle = import.meta.url;
let map: SourceMap | null | undefined;

/** @returns the map, or `null` if it cannot be read: a stack trace must not throw */
function readMap(): SourceMap | null {
  try {
    return new SourceMap(JSON.parse(readFileSync(new URL(`${bundle}.map`), 'utf8')) as SourceMapPayload);
  } catch {
    return null;
  }
}

/** A frame of a stack trace; Node's types omit that it has a text. */
interface Frame extends NodeJS.CallSite {
  toString(): string;
}

/** Formats a frame as V8 does, with the source position if the bundle contains the frame. */
function formatFrame(site: Frame): string {
  const text = site.toString();
  if (site.getFileName() !== bundle) return text;
  map ??= readMap();
  const origin = map?.findOrigin(site.getLineNumber() ?? 0, site.getColumnNumber() ?? 0);
  if (!origin || !('fileName' in origin)) return text;
  const position = `${new URL(origin.fileName, bundle).pathname}:${origin.lineNumber}:${origin.columnNumber}`;
  return text.replace(/file:\/\/[^()]*:\d+:\d+/, () => position);
}

Error.prepareStackTrace = (error, sites) =>
  [String(error), ...sites.map((site) => `    at ${formatFrame(site)}`)].join('\n');
