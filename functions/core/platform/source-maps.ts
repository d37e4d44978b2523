/**
 * Translates the stack traces of a bundle to source positions and names. Part of each function's bundle, before its code.
 *
 * Node's `--enable-source-maps` parses the map when the bundle is loaded, which takes a fifth of a cold start and 10 MB.
 * This module reads a file and its map when the first stack trace with a frame of the file is formatted.
 */
import { readFileSync } from 'node:fs';
import { SourceMap, type SourceMapPayload } from 'node:module';

/** URL of the folder with the bundle, its chunks and their maps. */
const FOLDER = new URL('.', import.meta.url).href;

interface MappedFile {
  readonly map: SourceMap;
  /** The code, to find the names of its functions. */
  readonly lines: readonly string[];
}

/** Files with their maps by URL; `null` for a file without a map that can be read. */
const files = new Map<string, MappedFile | null>();

/** @returns `null` if the file or its map cannot be read: a stack trace must not throw */
function readFile(url: string): MappedFile | null {
  try {
    const map = new SourceMap(JSON.parse(readFileSync(new URL(`${url}.map`), 'utf8')) as SourceMapPayload);
    return { map, lines: readFileSync(new URL(url), 'utf8').split('\n') };
  } catch {
    return null;
  }
}

function getFile(url: string): MappedFile | null {
  const known = files.get(url);
  if (known !== undefined) return known;
  const file = readFile(url);
  files.set(url, file);
  return file;
}

/** A frame of a stack trace, with the methods of V8 that Node's types omit. */
interface Frame extends NodeJS.CallSite {
  toString(): string;
  /** Line and column at which the function of the frame starts. */
  getEnclosingLineNumber(): number;
  getEnclosingColumnNumber(): number;
}

/** Finds the name in the source of a frame's function, which has a shorter name in the bundle. */
function findFunctionName({ map, lines }: MappedFile, site: Frame): string | undefined {
  const name = site.getFunctionName();
  if (!name) return undefined;
  const line = site.getEnclosingLineNumber() - 1;
  const start = site.getEnclosingColumnNumber() - 1;
  // Functions are declared (`function a(`) or assigned to a variable (`a=()=>`).
  const columns = [start + 'function '.length, start + 'async function '.length, start - `${name}=`.length];
  const column = columns.find((place) => lines[line]?.startsWith(name, place));
  if (column === undefined) return undefined;
  return (map.findEntry(line, column) as { readonly name?: string }).name;
}

/** Formats a frame as V8 does, with the source position and name if the bundle contains the frame. */
function formatFrame(site: Frame): string {
  const text = site.toString();
  const url = site.getFileName();
  if (!url?.startsWith(FOLDER)) return text;
  const file = getFile(url);
  const origin = file?.map.findOrigin(site.getLineNumber() ?? 0, site.getColumnNumber() ?? 0);
  if (!file || !origin || !('fileName' in origin)) return text;
  const position = `${new URL(origin.fileName, url).pathname}:${origin.lineNumber}:${origin.columnNumber}`;
  const name = findFunctionName(file, site);
  const named = name === undefined ? text : text.replace(/^((?:async |new )*)[\w$]+ \(/, (_, how) => `${how}${name} (`);
  return named.replace(/file:\/\/[^()]*:\d+:\d+/, () => position);
}

Error.prepareStackTrace = (error, sites) =>
  [String(error), ...sites.map((site) => `    at ${formatFrame(site as Frame)}`)].join('\n');
