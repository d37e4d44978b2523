import jsonata from 'jsonata';
import type { Json } from '../../../domain/json.ts';
import { truncate } from '../../../domain/text.ts';
import { type Program, RECORD_BYTES, RESULT_BYTES, RESULT_RECORDS } from './protocol.ts';

/** Nested evaluations: a recursive function of the simplest kind gets about 300 calls deep. */
const DEPTH = 1000;

/** JSONata's own idea of what is true (https://docs.jsonata.org/boolean-functions#boolean). */
const boolean = jsonata('$boolean($value)');

/** What an expression yields: JSON texts, and their bytes. */
export interface Yield {
  readonly texts: readonly string[];
  readonly bytes: number;
}

/** Evaluates an expression. `input` is its own to change: there are ways to do that in JSONata. */
export type Evaluate = (input: Json) => Promise<Yield>;

/**
 * Compiles what a transform does to one record. `$now()`, `$millis()` and `$random()` may say something else when a page
 * is made again after a crash; all else yields the same for the same record.
 *
 * A filter that lets a record pass yields `true`.
 *
 * @throws when it is not JSONata
 */
export function compile({ type, expression }: Program): Evaluate {
  const compiled = jsonata(expression, { stack: DEPTH });
  return async (input) => {
    const value: unknown = await compiled.evaluate(input);
    if (type === 'filter') return written((await boolean.evaluate(null, { value })) === true ? [true] : []);
    if (value === undefined) return written([]);
    return written(type === 'flatMap' && Array.isArray(value) ? value : [value]);
  };
}

function written(values: readonly unknown[]): Yield {
  if (values.length > RESULT_RECORDS) {
    throw new Error(`makes ${values.length} records of one: at most ${RESULT_RECORDS} are possible`);
  }
  const texts: string[] = [];
  let bytes = 0;
  for (const value of values) {
    const text = JSON.stringify(value, plain);
    const length = Buffer.byteLength(text);
    if (length > RECORD_BYTES)
      throw new Error(`makes a record of ${length} bytes: at most ${RECORD_BYTES} are possible`);
    bytes += length;
    if (bytes > RESULT_BYTES) throw new Error(`makes more than ${RESULT_BYTES} bytes of one record`);
    texts.push(text);
  }
  return { texts, bytes };
}

/** Refuses what JSON cannot say, where JSON.stringify() would leave it out or say null. */
function plain(name: string, value: unknown): unknown {
  const where = name === '' ? 'the result' : `'${truncate(name, 100)}' in the result`;
  if (typeof value === 'number' && !Number.isFinite(value)) throw new Error(`${where} is ${value}, which is no number`);
  if (isFunction(value)) throw new Error(`${where} is a function`);
  return value;
}

/** A function of JavaScript, as regular expressions are, or of JSONata: one of its own, or one of the expression's. */
function isFunction(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return typeof value === 'function';
  return '_jsonata_function' in value || '_jsonata_lambda' in value;
}

/** What is thrown at an evaluation, in words. */
export function faultOf(error: unknown): string {
  if (error instanceof RangeError && error.message.includes('call stack')) return 'nested too deep';
  const message = (error as { readonly message?: unknown } | null | undefined)?.message;
  return truncate(typeof message === 'string' ? message : String(error), 500);
}
