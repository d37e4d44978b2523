import type { Json } from './json.ts';

const FIELD_NAME = '[A-Za-z0-9_-]{1,64}';
/** Path of a field of a payload: names separated by dots. */
export const PAYLOAD_PATH = new RegExp(`^${FIELD_NAME}(\\.${FIELD_NAME}){0,9}$`);
export const PAYLOAD_PATH_RULE = 'must be 1–10 names of A–Z a–z 0–9 _ - separated by dots, such as customer.id';

/** Returns the value of a payload at a path. A missing value is null. */
export function valueAt(value: Json | undefined, path: string): Json {
  const found = path.split('.').reduce<Json | undefined>((within, name) => {
    if (typeof within !== 'object' || within === null || !Object.hasOwn(within, name)) return undefined;
    return (within as { readonly [name: string]: Json })[name];
  }, value);
  return found ?? null;
}
