import type { Json } from '../json.ts';
import { namesIn, type PathName } from '../path-names.ts';

/** A name in brackets and quotes, as in `data['@odata.nextLink']`. No dot precedes it. */
const BRACKETED = String.raw`\[(?:'[^']+'|"[^"]+")\]`;
/** A name in double quotes or backticks, or one without a dot and the start of a bracketed name. */
const NAME = '(?:"[^"]+"|`[^`]+`|(?:[^."`\\[]|\\[[^.\'"])(?:[^.\\[]|\\[[^.\'"])*)';

/**
 * A path into JSON: names separated by dots. A name in double quotes, backticks or brackets may contain any other
 * character: `data."@odata.nextLink"`, `data['@odata.nextLink']`.
 */
export const JSON_PATH = new RegExp(`^(?:${NAME}|${BRACKETED})(?:\\.${NAME}|${BRACKETED})*$`);

/**
 * Returns the value at a path, or `undefined` if there is none. Adjacent unquoted names also match one name with dots
 * if no object has the shorter name: `@odata.nextLink` finds `{ "@odata.nextLink": … }`.
 *
 * @param path a path that matches `JSON_PATH`
 */
export function valueAt(json: Json, path: string): Json | undefined {
  return find(json, namesIn(path));
}

function find(json: Json, names: readonly PathName[]): Json | undefined {
  if (names.length === 0) return json;
  if (typeof json !== 'object' || json === null || Array.isArray(json)) return undefined;
  const object = json as Readonly<Record<string, Json>>;
  const firstQuoted = names.findIndex(({ quoted }) => quoted);
  const longest = firstQuoted === 0 ? 1 : firstQuoted < 0 ? names.length : firstQuoted;
  for (let count = 1; count <= longest; count++) {
    const name = names
      .slice(0, count)
      .map(({ text }) => text)
      .join('.');
    const value = Object.hasOwn(object, name) ? find(object[name] as Json, names.slice(count)) : undefined;
    if (value !== undefined) return value;
  }
  return undefined;
}
