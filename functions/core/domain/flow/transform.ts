import type { Operator } from './operator.ts';

/** JSONata expressions with the record as their input. */
export type TransformSpec =
  /** Passes records for which `where` is true, by JSONata's boolean cast. */
  | { readonly type: 'filter'; readonly where: string }
  /** Maps each record to one record. A record without a result is ignored. */
  | { readonly type: 'map'; readonly to: string }
  /** Maps each record to any number of records: the items of an array, or one value. */
  | { readonly type: 'flatMap'; readonly to: string };
export type Transform = Operator & TransformSpec;
