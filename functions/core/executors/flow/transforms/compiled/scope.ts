import type { Json } from '../../../../domain/json.ts';

/** A JSON value, or no value. */
export type Value = Json | undefined;
export type JsonObject = { readonly [name: string]: Json };

/** The input of an evaluation, and what is left of its work. */
export interface Scope {
  readonly record: Json;
  /** Payload of the run, `$payload` in expressions. */
  readonly payload: Value;
  /** Units of work: items and characters that may still be visited. */
  left: number;
}

/**
 * A compiled expression. It yields the value that JSONata yields, or leaves the record to JSONata.
 *
 * @throws Undecided
 */
export type Evaluate = (scope: Scope) => Value;

/** The compiled expression leaves a record to JSONata: the record fails, is unusual, or takes much work. */
export class Undecided extends Error {}
/** Thrown for every such record, because the creation of an error takes longer than most evaluations. */
const undecided = new Undecided('left to JSONata');

/** @throws Undecided */
export function leaveToJsonata(): never {
  throw undecided;
}

/** @throws Undecided if less work is left */
export function spend(scope: Scope, units: number): void {
  scope.left -= units;
  if (scope.left < 0) leaveToJsonata();
}

/** @returns whether the value is an array, an object or an exact number, but not `null` */
export const isObject = (value: Value): value is JsonObject | readonly Json[] =>
  typeof value === 'object' && value !== null;
