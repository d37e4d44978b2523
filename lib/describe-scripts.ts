import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { pathToFileURL } from 'node:url';
import * as z from 'zod';
import type { KnownScript } from '../functions/core/platform/known-scripts.ts';

/** Maximum characters of a description. */
const MAX_DESCRIPTION = 500;
/** Maximum characters of the form of the arguments. */
const MAX_USAGE = 200;
/** Milliseconds for the evaluation of one script. */
const TIMEOUT_MS = 20_000;
const REMEDY = 'Scripts are imported without variables; work belongs into `run`.';
/** Exit code of Node.js if an `await` at the top level of a module never ends. */
const UNSETTLED_AWAIT = 13;

/**
 * Imports one script after the other and writes what each declares, or why it cannot be imported, to the file descriptor
 * 3, as a line of JSON. The output of a script while it is imported is discarded.
 */
const PROGRAM = `
import { writeSync } from 'node:fs';
import { inspect } from 'node:util';
const cause = (error) => error instanceof Error ? error.name + ': ' + error.message : inspect(error);
for (const [name, url] of JSON.parse(process.argv[1])) {
  const line = JSON.stringify({ name, ...await declarationOf(url) });
  for (let rest = Buffer.from(line + '\\n'); rest.length > 0; ) rest = rest.subarray(writeSync(3, rest));
}
async function declarationOf(url) {
  let script;
  try {
    ({ default: script } = await import(url));
  } catch (error) {
    return { failure: 'cannot be imported: ' + cause(error) };
  }
  try {
    const declared = { description: script?.description, usage: script?.usage, ...await describePayload(script?.payload) };
    JSON.stringify(declared);
    return declared;
  } catch (error) {
    return { failure: 'cannot be described: ' + cause(error) };
  }
}
// Standard Schema, and Standard JSON Schema, which zod has since 4.2. A schema of dates, for example, has no form as JSON.
async function describePayload(schema) {
  const standard = schema?.['~standard'];
  if (typeof schema === 'function' && !standard) throw new TypeError('payload is a function and no schema');
  if (!standard) return { payload: schema, isJsonSchema: true };
  const payloadRequired = (await standard.validate(undefined)).issues !== undefined;
  try {
    return { payload: standard.jsonSchema?.input({ target: 'draft-2020-12' }), payloadRequired };
  } catch {
    return { payloadRequired };
  }
}
process.exit();
`;

export interface DescribedScripts {
  /** All scripts, sorted by name. */
  readonly scripts: readonly KnownScript[];
  /** Errors of the fields that are invalid and therefore absent, and of scripts that cannot be imported, which have none. */
  readonly errors: readonly { readonly script: string; readonly message: string }[];
}

/**
 * Returns what bundled scripts declare about themselves. The scripts are evaluated in a process of its own with no variables
 * of this one. A script that cannot be imported is an error: the API could not validate the payloads of its runs.
 *
 * @param files path of each script's bundle by its name
 * @param timeoutMs milliseconds for the evaluation of one script
 */
export async function describeScripts(
  files: ReadonlyMap<string, string>,
  timeoutMs: number = TIMEOUT_MS,
): Promise<DescribedScripts> {
  const errors: { script: string; message: string }[] = [];
  const declarations = await readDeclarations(files, timeoutMs);
  for (const [script, { failure }] of declarations) {
    if (failure !== undefined) errors.push({ script, message: `The script '${script}' ${failure}. ${REMEDY}` });
  }
  const validate = (script: string, field: 'description' | 'usage', max: number): string | null => {
    const value = declarations.get(script)?.[field];
    if (value === null || value === undefined) return null;
    if (typeof value === 'string' && value.length > 0 && value.length <= max) return value;
    const received = typeof value === 'string' ? `${value.length} characters` : JSON.stringify(value);
    errors.push({
      script,
      message: `The script '${script}': ${field} must be text of 1–${max} characters, got ${received}`,
    });
    return null;
  };
  const validatePayload = (script: string): Pick<KnownScript, 'payload' | 'payloadRequired'> => {
    const { payload, payloadRequired, isJsonSchema } = declarations.get(script) ?? {};
    const required = payloadRequired === true ? { payloadRequired } : {};
    if (payload === null || payload === undefined) return required;
    try {
      // The API applies the schema with the same library.
      const schema = z.fromJSONSchema(payload as Parameters<typeof z.fromJSONSchema>[0]);
      // JSON Schema describes values only: a run without a payload is one with null.
      const isMissing = isJsonSchema === true && !schema.safeParse(null).success;
      return {
        payload: payload as NonNullable<KnownScript['payload']>,
        ...(isMissing ? { payloadRequired: true } : required),
      };
    } catch (error) {
      errors.push({
        script,
        message: `The script '${script}': payload is no valid schema: ${(error as Error).message}`,
      });
      return required;
    }
  };
  const scripts = [...files.keys()].sort().map((name) => ({
    name,
    description: validate(name, 'description', MAX_DESCRIPTION),
    usage: validate(name, 'usage', MAX_USAGE),
    ...validatePayload(name),
  }));
  return { scripts, errors };
}

/** Declarations of a script, with values of any type. */
interface Declaration {
  readonly description?: unknown;
  readonly usage?: unknown;
  readonly payload?: unknown;
  readonly payloadRequired?: unknown;
  readonly isJsonSchema?: unknown;
  /** The reason why nothing is known. */
  readonly failure?: string;
}

/**
 * Evaluates scripts one after the other. If a script ends the process, or takes too long, the others are evaluated by
 * another process.
 *
 * @returns a declaration for each script
 */
async function readDeclarations(
  files: ReadonlyMap<string, string>,
  timeoutMs: number,
): Promise<ReadonlyMap<string, Declaration>> {
  const declarations = new Map<string, Declaration>();
  let left = [...files];
  while (left.length > 0) {
    const { declared, failure } = await evaluate(left, timeoutMs);
    for (const [name, declaration] of declared) declarations.set(name, declaration);
    // A script that is not the first may have been stopped by what an earlier one left behind. It gets a process of its own.
    const [first] = left;
    if (declared.size === 0 && first) declarations.set(first[0], { failure });
    left = left.filter(([name]) => !declarations.has(name));
  }
  return declarations;
}

interface Evaluation {
  /** Complete if no script ended the process. */
  readonly declared: ReadonlyMap<string, Declaration>;
  /** The reason why the process ended. */
  readonly failure: string;
}

async function evaluate(files: readonly (readonly [string, string])[], timeoutMs: number): Promise<Evaluation> {
  const modules = files.map(([name, file]) => [name, pathToFileURL(file).href]);
  const child = spawn(process.execPath, ['--input-type=module', '--eval', PROGRAM, JSON.stringify(modules)], {
    stdio: ['ignore', 'ignore', 'ignore', 'pipe'],
    env: { TZ: 'UTC' },
  });
  const exit = once(child, 'exit') as Promise<[number | null, NodeJS.Signals | null]>;
  let isLate = false;
  const timer = setTimeout(() => {
    isLate = true;
    child.kill('SIGKILL');
  }, timeoutMs);
  const declared = new Map<string, Declaration>();
  for await (const line of createInterface({ input: child.stdio[3] as NodeJS.ReadableStream })) {
    const { name, ...declaration } = JSON.parse(line) as Declaration & { readonly name: string };
    declared.set(name, declaration);
    timer.refresh();
  }
  const [code, signal] = await exit;
  clearTimeout(timer);
  return { declared, failure: isLate ? `is not imported within ${timeoutMs / 1_000} s` : explainExit(code, signal) };
}

const explainExit = (code: number | null, signal: NodeJS.Signals | null): string =>
  code === UNSETTLED_AWAIT
    ? 'waits forever when it is imported'
    : `ends the process when it is imported (${signal ?? `exit code ${code}`})`;
