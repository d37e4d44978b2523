import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { pathToFileURL } from 'node:url';
import * as z from 'zod';
import type { KnownScript } from '../functions/core/platform/known-scripts.ts';

/** Maximum characters of a description. */
const MAX_DESCRIPTION = 500;
/** Maximum characters of the form of the arguments. */
const MAX_USAGE = 200;
/** Milliseconds for the evaluation of all scripts. */
const TIMEOUT_MS = 20_000;

/**
 * Imports each script and writes what it declares to the file descriptor 3, as a line of JSON. The output of a script
 * while it is imported is discarded.
 */
const PROGRAM = `
import { writeSync } from 'node:fs';
for (const [name, url] of JSON.parse(process.argv[1])) {
  const declared = await import(url).then(({ default: script }) => script, () => undefined);
  const payload = await describePayload(declared?.payload).catch(() => []);
  const line = JSON.stringify([name, declared?.description ?? null, declared?.usage ?? null, ...payload]);
  for (let rest = Buffer.from(line + '\\n'); rest.length > 0; ) rest = rest.subarray(writeSync(3, rest));
}
// Standard Schema, and Standard JSON Schema, which zod has since 4.2. A schema of dates, for example, has no form as JSON.
async function describePayload(schema) {
  if (schema === undefined) return [];
  const standard = schema['~standard'];
  if (!standard) return [schema, false];
  const isRequired = (await standard.validate(undefined)).issues !== undefined;
  try {
    return [standard.jsonSchema?.input({ target: 'draft-2020-12' }) ?? null, isRequired];
  } catch {
    return [null, isRequired];
  }
}
process.exit();
`;

export interface DescribedScripts {
  /** All scripts, sorted by name. */
  readonly scripts: readonly KnownScript[];
  /** Errors of the fields that are invalid and therefore absent. */
  readonly errors: readonly { readonly script: string; readonly message: string }[];
}

/**
 * Returns what bundled scripts declare about themselves. The scripts are evaluated in a process of its own with no variables
 * of this one. A script that cannot be imported has no description.
 *
 * @param files path of each script's bundle by its name
 */
export async function describeScripts(files: ReadonlyMap<string, string>): Promise<DescribedScripts> {
  const errors: { script: string; message: string }[] = [];
  const declarations = files.size === 0 ? new Map<string, Declaration>() : await readDeclarations(files);
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
    const { payload, payloadRequired } = declarations.get(script) ?? {};
    const required = payloadRequired === true ? { payloadRequired } : {};
    if (payload === null || payload === undefined) return required;
    try {
      // The API applies the schema with the same library.
      z.fromJSONSchema(payload as Parameters<typeof z.fromJSONSchema>[0]);
      return { payload: payload as NonNullable<KnownScript['payload']>, ...required };
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

interface Declaration {
  readonly description: unknown;
  readonly usage: unknown;
  readonly payload: unknown;
  readonly payloadRequired: unknown;
}

async function readDeclarations(files: ReadonlyMap<string, string>): Promise<ReadonlyMap<string, Declaration>> {
  const modules = [...files].map(([name, file]) => [name, pathToFileURL(file).href]);
  const child = spawn(process.execPath, ['--input-type=module', '--eval', PROGRAM, JSON.stringify(modules)], {
    stdio: ['ignore', 'ignore', 'ignore', 'pipe'],
    env: { TZ: 'UTC' },
    timeout: TIMEOUT_MS,
    killSignal: 'SIGKILL',
  });
  const [lines] = await Promise.all([text(child.stdio[3] as NodeJS.ReadableStream), once(child, 'exit')]);
  return new Map(
    lines
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => JSON.parse(line) as [string, unknown, unknown, unknown, unknown])
      .map(([name, description, usage, payload, payloadRequired]) => [
        name,
        { description, usage, payload, payloadRequired },
      ]),
  );
}
