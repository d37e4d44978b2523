import jsonata from 'jsonata';
import type { Json } from '../../../domain/json.ts';
import { truncate } from '../../../domain/text.ts';
import { MAX_OUTPUT_BYTES, MAX_OUTPUT_RECORD_BYTES, MAX_OUTPUT_RECORDS, type Program } from './protocol.ts';

/** Nested evaluations: a recursive function of the simplest kind gets about 300 calls deep. */
const MAX_STACK_DEPTH = 1000;

/** JSONata's own idea of what is true (https://docs.jsonata.org/boolean-functions#boolean). */
const boolean = jsonata('$boolean($value)');

/** What an expression yields: JSON texts, and their bytes. */
export interface EvaluationResult {
  readonly texts: readonly string[];
  readonly bytes: number;
}

/** Evaluates an expression. `input` is its own to change: there are ways to do that in JSONata. */
export type EvaluateRecord = (input: Json) => Promise<EvaluationResult>;

/**
 * Compiles what a transform does to one record. `$now()`, `$millis()` and `$random()` may say something else when a page
 * is made again after a crash; all else yields the same for the same record.
 *
 * A filter that lets a record pass yields `true`.
 *
 * @throws when it is not JSONata
 */
export function compileProgram({ type, expression }: Program): EvaluateRecord {
  const compiled = jsonata(expression, { stack: MAX_STACK_DEPTH });
  return async (input) => {
    const value: unknown = await compiled.evaluate(input);
    if (type === 'filter') return serialize((await boolean.evaluate(null, { value })) === true ? [true] : []);
    if (value === undefined) return serialize([]);
    return serialize(type === 'flatMap' && Array.isArray(value) ? value : [value]);
  };
}

function serialize(values: readonly unknown[]): EvaluationResult {
  if (values.length > MAX_OUTPUT_RECORDS) {
    throw new Error(`makes ${values.length} records of one: at most ${MAX_OUTPUT_RECORDS} are possible`);
  }
  const texts: string[] = [];
  let bytes = 0;
  for (const value of values) {
    const text = JSON.stringify(value, rejectUnserializable);
    const length = Buffer.byteLength(text);
    if (length > MAX_OUTPUT_RECORD_BYTES)
      throw new Error(`makes a record of ${length} bytes: at most ${MAX_OUTPUT_RECORD_BYTES} are possible`);
    bytes += length;
    if (bytes > MAX_OUTPUT_BYTES) throw new Error(`makes more than ${MAX_OUTPUT_BYTES} bytes of one record`);
    texts.push(text);
  }
  return { texts, bytes };
}

/** Refuses what JSON cannot say, where JSON.stringify() would leave it out or say null. */
function rejectUnserializable(name: string, value: unknown): unknown {
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
export function formatEvaluationError(error: unknown): string {
  if (error instanceof RangeError && error.message.includes('call stack')) return 'nested too deep';
  const message = (error as { readonly message?: unknown } | null | undefined)?.message;
  return truncate(typeof message === 'string' ? message : String(error), 500);
}
