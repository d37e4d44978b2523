import type { Json } from './json.ts';
import { namesIn } from './path-names.ts';

const FIELD_NAME = '(?:[\\p{ID_Continue}-]{1,64}|"[^"\\p{Cc}]{1,64}"|`[^`\\p{Cc}]{1,64}`)';
/** Path of a field of a payload: names separated by dots. */
export const PAYLOAD_PATH = new RegExp(`^${FIELD_NAME}(?:\\.${FIELD_NAME}){0,9}$`, 'u');
export const PAYLOAD_PATH_RULE =
  'must be 1–10 names separated by dots, such as customer.id, each of 1–64 letters, digits, _ and -, or in double quotes or backticks';
/** Maximum length of a path in characters: of ten quoted names. */
export const MAX_PAYLOAD_PATH_LENGTH = 10 * (64 + 2) + 9;

/** Returns the value of a payload at a path. A missing value is null. */
export function valueAt(value: Json | undefined, path: string): Json {
  const found = namesIn(path).reduce<Json | undefined>((within, { text }) => {
    if (typeof within !== 'object' || within === null || !Object.hasOwn(within, text)) return undefined;
    return (within as { readonly [name: string]: Json })[text];
  }, value);
  return found ?? null;
}
