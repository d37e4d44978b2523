import jsonata from 'jsonata';
import type { Json } from '../../../domain/json.ts';
import { truncate } from '../../../domain/text.ts';
import { MAX_OUTPUT_BYTES, MAX_OUTPUT_RECORD_BYTES, MAX_OUTPUT_RECORDS, type Program } from './protocol.ts';

/** Maximum nested evaluations: a minimal recursive function reaches about 300 calls. */
const MAX_STACK_DEPTH = 1000;

/** Truthiness as defined by JSONata (https://docs.jsonata.org/boolean-functions#boolean). */
const boolean = jsonata('$boolean($value)');

/** The JSON texts that an expression yields, and their size in bytes. */
export interface EvaluationResult {
  readonly texts: readonly string[];
  readonly bytes: number;
}

/** Evaluates an expression, which may modify `input`. */
export type EvaluateRecord = (input: Json) => Promise<EvaluationResult>;

/**
 * Compiles a transform for one record. `$now()`, `$millis()` and `$random()` may differ when a page is repeated after a
 * crash; everything else is deterministic.
 *
 * A filter yields `true` for a record that passes, a route the list of the branches that the record takes.
 *
 * @param payload payload of the run, bound to `$payload`
 * @throws if the expression is not JSONata
 */
export function compileProgram(program: Program, payload?: Json): EvaluateRecord {
  const bindings = { payload };
  if (program.type === 'route') return compileRoute(program, bindings);
  const { type, expression } = program;
  const compiled = compile(expression);
  return async (input) => {
    const value: unknown = await compiled.evaluate(input, bindings);
    if (type === 'filter') return serialize((await isTrue(value)) ? [true] : []);
    if (value === undefined) return serialize([]);
    return serialize(type === 'flatMap' && Array.isArray(value) ? value : [value]);
  };
}

/** Evaluates the conditions of a route in order: each sees what the ones before it have changed in the record. */
function compileRoute(
  { mode, conditions }: Extract<Program, { readonly type: 'route' }>,
  bindings: { readonly payload: Json | undefined },
): EvaluateRecord {
  const compiled = conditions.map(compile);
  return async (input) => {
    const taken: number[] = [];
    for (const [branch, condition] of compiled.entries()) {
      if (!(await isTrue(await condition.evaluate(input, bindings)))) continue;
      taken.push(branch);
      if (mode === 'first') break;
    }
    return serialize([taken]);
  };
}

const compile = (expression: string) => jsonata(expression, { stack: MAX_STACK_DEPTH });

const isTrue = async (value: unknown): Promise<boolean> => (await boolean.evaluate(null, { value })) === true;

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

/** Rejects values that JSON.stringify() would omit or write as null. */
function rejectUnserializable(name: string, value: unknown): unknown {
  const where = name === '' ? 'the result' : `'${truncate(name, 100)}' in the result`;
  if (typeof value === 'number' && !Number.isFinite(value))
    throw new Error(`${where} is ${value}, which is not a finite number`);
  if (isFunction(value)) throw new Error(`${where} is a function`);
  return value;
}

/** @returns whether the value is a JavaScript function, a regular expression or a JSONata function */
function isFunction(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return typeof value === 'function';
  return '_jsonata_function' in value || '_jsonata_lambda' in value;
}

/** Formats an error thrown by an evaluation. */
export function formatEvaluationError(error: unknown): string {
  if (error instanceof RangeError && error.message.includes('call stack')) return 'nested too deep';
  const message = (error as { readonly message?: unknown } | null | undefined)?.message;
  return truncate(typeof message === 'string' ? message : String(error), 500);
}
