import type { Json } from '../../../../domain/json.ts';
import {
  type EvaluationResponse,
  MAX_OUTPUT_BYTES,
  MAX_OUTPUT_RECORD_BYTES,
  MAX_OUTPUT_RECORDS,
  type Program,
} from '../protocol.ts';
import { type AstNode, Unsupported } from './ast.ts';
import { compileExpression } from './compile-expression.ts';
import { resultSize } from './json-size.ts';
import { toBoolean } from './operators.ts';
import { type Scope, spend, Undecided, type Value } from './scope.ts';

/** Work on a record and on a page in one transform, in items and characters. */
const RECORD_WORK = 256 * 1024;
const PAGE_WORK = 16 * 1024 * 1024;

/** The response to a record; without an error, because JSONata finds errors. */
type Answer = Exclude<EvaluationResponse, { readonly error: string }>;

/** A program that is evaluated in this process. */
export interface CompiledProgram {
  /** Returns what JSONata would answer to each record, or `undefined` for a record that is left to JSONata. */
  evaluate(records: readonly Json[]): readonly (Answer | undefined)[];
}

/**
 * Compiles programs. A program that JSONata has to evaluate is `undefined`; all are if one is not valid, so that
 * JSONata reports it.
 *
 * @param payload payload of the run, `$payload` in expressions
 */
export async function compilePrograms(
  programs: readonly Program[],
  payload: Value,
): Promise<readonly (CompiledProgram | undefined)[]> {
  const { default: jsonata } = await import('jsonata');
  try {
    const parsed = programs.map((program) => expressionsOf(program).map((text) => jsonata(text).ast() as AstNode));
    return programs.map((program, i) => compileProgram(program, parsed[i] ?? [], payload));
  } catch {
    return programs.map(() => undefined);
  }
}

const expressionsOf = (program: Program): readonly string[] =>
  program.type === 'route' ? program.conditions : [program.expression];

function compileProgram(program: Program, trees: readonly AstNode[], payload: Value): CompiledProgram | undefined {
  const expressions = compileAll(trees);
  const answer =
    expressions &&
    answerTo(
      program,
      expressions.map(({ evaluate }) => evaluate),
    );
  if (!answer) return undefined;
  const nodes = expressions.reduce((sum, expression) => sum + expression.nodes, 0);
  return {
    evaluate(records) {
      let left = PAGE_WORK;
      return records.map((record) => {
        const given = Math.min(RECORD_WORK, left);
        const scope: Scope = { record, payload, left: given };
        const answered = attempt(() => {
          spend(scope, nodes);
          return Array.isArray(record) ? undefined : answer(scope);
        });
        left -= Math.min(given, given - scope.left);
        return answered;
      });
    },
  };
}

function compileAll(trees: readonly AstNode[]) {
  try {
    return trees.map(compileExpression);
  } catch (error) {
    if (error instanceof Unsupported) return undefined;
    throw error;
  }
}

function attempt(answer: () => Answer | undefined): Answer | undefined {
  try {
    return answer();
  } catch (error) {
    if (error instanceof Undecided) return undefined;
    throw error;
  }
}

/** Returns the function that answers as `compileProgram` of the expression process does. */
function answerTo(
  program: Program,
  expressions: readonly ((scope: Scope) => Value)[],
): (scope: Scope) => Answer | undefined {
  const [first = () => undefined] = expressions;
  switch (program.type) {
    case 'filter':
      return (scope) => (toBoolean(first(scope)) ? PASSED : IGNORED);
    case 'map':
      return (scope) => toAnswer([first(scope)], scope);
    case 'flatMap':
      return (scope) => {
        const value = first(scope);
        return toAnswer(Array.isArray(value) ? (value as readonly Value[]) : [value], scope);
      };
    case 'route':
      return (scope) => {
        const taken: number[] = [];
        for (const [branch, condition] of expressions.entries()) {
          if (!toBoolean(condition(scope))) continue;
          taken.push(branch);
          if (program.mode === 'first') break;
        }
        return toAnswer([taken], scope);
      };
  }
}

const PASSED: Answer = { values: [true], bytes: 4 };
const IGNORED: Answer = { values: [], bytes: 0 };

/** Returns an answer of values, or `undefined` if they are more than a record may yield. */
function toAnswer(values: readonly Value[], scope: Scope): Answer | undefined {
  if (values.length === 1 && values[0] === undefined) return IGNORED;
  if (values.length > MAX_OUTPUT_RECORDS) return undefined;
  let bytes = 0;
  for (const value of values) {
    const size = resultSize(value, scope);
    bytes += size;
    if (size > MAX_OUTPUT_RECORD_BYTES || bytes > MAX_OUTPUT_BYTES) return undefined;
  }
  return { values: values as readonly Json[], bytes };
}
