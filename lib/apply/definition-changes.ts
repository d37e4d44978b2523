import { isDeepStrictEqual } from 'node:util';

/** A field of a definition that changes. */
export interface FieldChange {
  /** `schedule`, `http.headers.accept` or `flow.sources[0].url`. */
  readonly field: string;
  /** `undefined` if the field is absent. */
  readonly before: unknown;
  /** `undefined` if the field is removed. */
  readonly after: unknown;
}

type Fields = Readonly<Record<string, unknown>>;

/** Returns the fields in which two definitions differ, as deep as both have objects, or lists of the same length. */
export function findChanges(before: Fields, after: Fields): readonly FieldChange[] {
  const names = new Set([...Object.keys(before), ...Object.keys(after)]);
  return [...names].flatMap((name) => changesOf(name, before[name], after[name]));
}

function changesOf(field: string, before: unknown, after: unknown): readonly FieldChange[] {
  if (isDeepStrictEqual(before, after)) return [];
  if (Array.isArray(before) && Array.isArray(after) && before.length === after.length) {
    return before.flatMap((element, i) => changesOf(`${field}[${i}]`, element, after[i]));
  }
  if (isObject(before) && isObject(after)) {
    return findChanges(before, after).map((change) => ({ ...change, field: `${field}.${change.field}` }));
  }
  return [{ field, before, after }];
}

const isObject = (value: unknown): value is Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
