/**
 * Translates the stack traces of a bundle to source positions. Part of each function's bundle, before its code.
 *
 * Node's `--enable-source-maps` parses the map when the bundle is loaded, which takes a fifth of a cold start and 10 MB.
 * This module reads the map of a file when the first stack trace with a frame of the file is formatted.
 */
import { readFileSync } from 'node:fs';
import { SourceMap, type SourceMapPayload } from 'node:module';

/** URL of the folder with the bundle, its chunks and their maps. */
const FOLDER = new URL('.', import.meta.url).href;

/** Maps by the URLs of their files; `null` for a map that cannot be read. */
const maps = new Map<string, SourceMap | null>();

/** @returns `null` if the map cannot be read: a stack trace must not throw */
function readMap(file: string): SourceMap | null {
  try {
    return new SourceMap(JSON.parse(readFileSync(new URL(`${file}.map`), 'utf8')) as SourceMapPayload);
  } catch {
    return null;
  }
}

function getMap(file: string): SourceMap | null {
  const known = maps.get(file);
  if (known !== undefined) return known;
  const map = readMap(file);
  maps.set(file, map);
  return map;
}

/** A frame of a stack trace; Node's types omit that it has a text. */
interface Frame extends NodeJS.CallSite {
  toString(): string;
}

/** Formats a frame as V8 does, with the source position if the bundle contains the frame. */
function formatFrame(site: Frame): string {
  const text = site.toString();
  const file = site.getFileName();
  if (!file?.startsWith(FOLDER)) return text;
  const origin = getMap(file)?.findOrigin(site.getLineNumber() ?? 0, site.getColumnNumber() ?? 0);
  if (!origin || !('fileName' in origin)) return text;
  const position = `${new URL(origin.fileName, file).pathname}:${origin.lineNumber}:${origin.columnNumber}`;
  return text.replace(/file:\/\/[^()]*:\d+:\d+/, () => position);
}

Error.prepareStackTrace = (error, sites) =>
  [String(error), ...sites.map((site) => `    at ${formatFrame(site)}`)].join('\n');
