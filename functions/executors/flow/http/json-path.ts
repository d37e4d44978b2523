import type { Json } from '../../../domain/json.ts';

/** What stands at a dotted path of names; undefined when nothing does. */
export function at(json: Json, path: string): Json | undefined {
  return path.split('.').reduce<Json | undefined>((value, name) => {
    const isObject = typeof value === 'object' && value !== null && !Array.isArray(value);
    return isObject && Object.hasOwn(value, name) ? (value as { readonly [name: string]: Json })[name] : undefined;
  }, json);
}
