import { parseExactJson } from '../../functions/core/domain/exact-json.ts';
import { UsageError } from './errors.ts';
import { readJson } from './read-json-file.ts';

/** The options of a command that say something about one run. */
export interface RunInputOptions {
  readonly payload?: string | undefined;
  readonly arg?: readonly string[] | undefined;
  readonly env?: readonly string[] | undefined;
  readonly tag?: readonly string[] | undefined;
  readonly note?: string | undefined;
  readonly priority?: string | undefined;
  readonly expiresIn?: string | undefined;
  /** Start of the run: ISO 8601, or the seconds until then. */
  readonly at?: string | undefined;
  readonly in?: string | undefined;
}

/** Adds a value to those of a repeatable option. */
export const collect = (value: string, previous: readonly string[] = []): readonly string[] => [...previous, value];

/**
 * Returns the body of a trigger; `undefined` without any option.
 *
 * @throws UsageError, CommandFailed
 */
export async function toRunInputBody({
  payload,
  arg,
  env,
  tag,
  note,
  priority,
  expiresIn,
  at,
  in: delay,
}: RunInputOptions): Promise<object | undefined> {
  const body = {
    ...(payload !== undefined && { payload: await parsePayload(payload) }),
    ...(arg && { args: arg }),
    ...(env && { env: Object.fromEntries(env.map(parseVariable)) }),
    ...(tag && { tags: tag }),
    ...(note !== undefined && { note }),
    ...(priority !== undefined && { priority: parseNumber('--priority', priority) }),
    ...(expiresIn !== undefined && { expires_in_s: parseNumber('--expires-in', expiresIn) }),
    ...(at !== undefined && { run_at: at }),
    ...(delay !== undefined && { delay_s: parseNumber('--in', delay, ' of seconds') }),
  };
  return Object.keys(body).length > 0 ? body : undefined;
}

/** Parses JSON, or reads it from the file after `@`; `@-` is the standard input. */
async function parsePayload(text: string): Promise<unknown> {
  if (text.startsWith('@')) return readJson(text.slice(1), parseExactJson);
  try {
    return parseExactJson(text);
  } catch (error) {
    throw new UsageError(`--payload must be JSON, or @file, or @- (${(error as Error).message})`);
  }
}

function parseNumber(option: string, text: string, unit = ''): number {
  if (!/^\d{1,9}$/.test(text)) throw new UsageError(`${option} must be a number${unit}, got '${text}'`);
  return Number(text);
}

/** Parses `NAME=value`. The message of an error omits the value, which may be a secret. */
function parseVariable(text: string): readonly [name: string, value: string] {
  const at = text.indexOf('=');
  if (at < 1) throw new UsageError('--env must be NAME=value');
  return [text.slice(0, at), text.slice(at + 1)];
}
