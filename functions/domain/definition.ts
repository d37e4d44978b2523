import { InvalidInput } from './errors.ts';
import { isHeaderValue } from './header-value.ts';
import type { HttpTarget, Job, ScriptTarget } from './job.ts';
import { isReservedHeader } from './reserved-headers.ts';
import { isTimezone, parseSchedule, requireFire } from './schedule/index.ts';
import { scriptName } from './script-name.ts';
import { checkReferences, refuseReferences } from './secret.ts';

/** What a tenant says of a job: all of it but what the platform gives it. */
export type Definition = Omit<Job, 'tenant' | 'id' | 'incarnation' | 'version' | 'createdAt' | 'updatedAt'>;

/** Bytes of a definition at most, as JSON: with it the row stays far below the 400 KB of a DynamoDB item. */
const DEFINITION_BYTES = 32 * 1024;
/** Bytes of all names and values of `env` together. */
const ENV_BYTES = 4 * 1024;

const ENV_NAME = /^[A-Za-z_][A-Za-z0-9_]*$/;
/** Names that change how a process starts or where it writes, and the platform's own. */
const RESERVED_ENV = /^(NODE_OPTIONS|NODE_EXTRA_CA_CERTS|NODE_PATH|LD_\w*|DYLD_\w*|JOBDECK_\w*|HOME|TMPDIR)$/;

/** `token` of RFC 9110, 5.6.2. */
const HEADER_NAME = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/;

export interface DefinitionContext {
  /** Epoch milliseconds. */
  readonly now: number;
  /** When the job was, or is being, created: what a `rate()` counts from. */
  readonly createdAt: string;
  readonly knownScripts: readonly string[];
  /** What it was before; of a job that is changed, only a schedule that changed must still have a fire to come. */
  readonly before?: Definition;
}

/**
 * Checks what no single field can say about itself. Fields are named as in a request.
 *
 * @throws InvalidInput
 */
export function checkDefinition(definition: Definition, context: DefinitionContext): void {
  checkTiming(definition, context);
  const { target } = definition;
  if (target.type === 'script') checkScript(target, context.knownScripts);
  else checkHttp(target);
  const { delaySeconds, maxDelaySeconds } = definition.retry;
  if (maxDelaySeconds < delaySeconds) {
    throw new InvalidInput(
      'retry.max_delay_seconds',
      `must be at least retry.delay_seconds (${delaySeconds}), got ${maxDelaySeconds}`,
    );
  }
  const bytes = Buffer.byteLength(JSON.stringify(definition));
  if (bytes > DEFINITION_BYTES) {
    throw new InvalidInput('body', `must define a job in at most ${DEFINITION_BYTES} bytes, got ${bytes}`);
  }
}

function checkTiming(definition: Definition, { now, createdAt, before }: DefinitionContext): void {
  const { schedule, timezone, startAt, endAt } = definition;
  if (!isTimezone(timezone)) {
    throw new InvalidInput('timezone', `must be an IANA name such as Europe/Berlin, got '${timezone}'`);
  }
  if (startAt !== null && endAt !== null && endAt <= startAt) {
    throw new InvalidInput('end_at', `must be after start_at (${startAt}), got ${endAt}`);
  }
  if (schedule === null) return;
  const parsed = parseSchedule(schedule);
  const unchanged =
    before?.schedule === schedule &&
    before.timezone === timezone &&
    before.startAt === startAt &&
    before.endAt === endAt;
  if (!unchanged) requireFire(parsed, { timezone, startAt, endAt, anchor: createdAt, after: now });
}

function checkScript({ script, args, env }: ScriptTarget, knownScripts: readonly string[]): void {
  const known = knownScripts.length > 0 ? `known are ${knownScripts.join(', ')}` : 'none was shipped';
  const name = scriptName(script);
  if (name === undefined || !knownScripts.includes(name)) {
    throw new InvalidInput('script', `there is no script '${name ?? script}'; ${known}`);
  }
  for (const [variable, value] of Object.entries(env)) {
    if (!ENV_NAME.test(variable)) {
      throw new InvalidInput(`env.${variable}`, 'a name must be letters, digits and _, not starting with a digit');
    }
    if (RESERVED_ENV.test(variable)) throw new InvalidInput(`env.${variable}`, "is not a job's to set");
    if (value.includes('\0')) throw new InvalidInput(`env.${variable}`, 'must not hold a NUL character');
  }
  for (const [i, arg] of args.entries()) refuseReferences(`args[${i}]`, arg, 'values of env');
  checkReferences(Object.entries(env).map(([variable, value]) => [`env.${variable}`, value]));
  const bytes = Object.entries(env).reduce((sum, [name, value]) => sum + Buffer.byteLength(name + value), 0);
  if (bytes > ENV_BYTES) {
    throw new InvalidInput('env', `must have at most ${ENV_BYTES} bytes of names and values, got ${bytes}`);
  }
}

function checkHttp({ url, headers, body }: HttpTarget): void {
  const parsed = URL.parse(url);
  if (!parsed || (parsed.protocol !== 'http:' && parsed.protocol !== 'https:') || parsed.hostname === '') {
    throw new InvalidInput('http.url', `must be an http or https URL with a host, got '${url}'`);
  }
  if (parsed.username !== '' || parsed.password !== '') {
    throw new InvalidInput('http.url', 'must not hold credentials; send them in http.headers');
  }
  refuseReferences('http.url', url, 'values of http.headers');
  if (body !== null) refuseReferences('http.body', body, 'values of http.headers');
  const seen = new Set<string>();
  for (const [name, value] of Object.entries(headers)) {
    const field = `http.headers.${name}`;
    if (!HEADER_NAME.test(name)) throw new InvalidInput(field, 'is not the name of a header');
    if (isReservedHeader(name)) throw new InvalidInput(field, "is the platform's to set");
    // The value may be a secret: it is not repeated.
    if (!isHeaderValue(value)) throw new InvalidInput(field, 'must be one line of printable characters');
    if (seen.has(name.toLowerCase())) throw new InvalidInput(field, 'is given twice');
    seen.add(name.toLowerCase());
  }
  checkReferences(Object.entries(headers).map(([name, value]) => [`http.headers.${name}`, value]));
}
