import type { LookupSpec } from './lookup.ts';
import type { Operator } from './operator.ts';

/** JSONata expressions with the record as their input. */
export type TransformSpec =
  /** Passes records for which `where` is true, by JSONata's boolean cast. */
  | { readonly type: 'filter'; readonly where: string }
  /** Maps each record to one record. A record without a result is ignored. */
  | { readonly type: 'map'; readonly to: string }
  /** Maps each record to any number of records: the items of an array, or one value. */
  | { readonly type: 'flatMap'; readonly to: string }
  | LookupSpec
  | RouteSpec;

/** A branch of a route. */
export interface Branch {
  /** Passes a record if it is true, by JSONata's boolean cast. */
  readonly when: string;
  /** Ids of sinks. */
  readonly to: readonly string[];
}

/** Sends each record to named sinks, by conditions. The last transform of a flow. */
export interface RouteSpec {
  readonly type: 'route';
  /** `first`: a record takes the first branch whose condition is true; `all`: all such branches. It goes to each sink once. */
  readonly mode: 'first' | 'all';
  readonly routes: readonly Branch[];
  /** Ids of the sinks of records that take no branch. Without a sink, such a record is ignored. */
  readonly otherwise: readonly string[];
}

export type Transform = Operator & TransformSpec;
