import { InvalidInput } from './errors.ts';
import { type ValidateExpression, validateFlow } from './flow/validate-flow.ts';
import { headerFields, validateRequest } from './http-request.ts';
import type { HttpTarget, Job, ScriptTarget, Target } from './job.ts';
import { tooFrequentError } from './limits.ts';
import { type DestinationRules, validateDestination } from './notification/destination.ts';
import { isTimezone, minimumIntervalMs, parseSchedule, requireFire } from './schedule/index.ts';
import { validateScriptArguments } from './script-arguments.ts';
import { parseScriptName } from './script-name.ts';
import { assertNoSecretReferences, validateSecretReferences } from './secret.ts';

/** The part of a job that the tenant defines. */
export type Definition = Omit<Job, 'tenant' | 'id' | 'incarnation' | 'version' | 'createdAt' | 'updatedAt'>;

/** Maximum size of a definition as JSON, in bytes: far below the 400 KB of a DynamoDB item. */
const MAX_DEFINITION_BYTES = 32 * 1024;
export interface DefinitionContext extends DestinationRules {
  /** Epoch milliseconds. */
  readonly now: number;
  /** Creation time of the job: the anchor of a `rate()`. */
  readonly createdAt: string;
  readonly knownScripts: readonly string[];
  /** Scripts that receive credentials of AWS. Jobs may not set variables of AWS for them. */
  readonly scriptsWithRole: readonly string[];
  readonly validateExpression: ValidateExpression;
  /** The definition before the change; `undefined` for a new job. An unchanged schedule needs no future fire. */
  readonly before?: Definition;
}

/**
 * Validates the rules of a definition that span several fields. Errors name fields as requests do.
 *
 * @throws InvalidInput
 */
export function validateDefinition(definition: Definition, context: DefinitionContext): void {
  validateTiming(definition, context);
  validateTarget(definition.target, context);
  const { delaySeconds, maxDelaySeconds } = definition.retry;
  if (maxDelaySeconds < delaySeconds) {
    throw new InvalidInput(
      'retry.max_delay_seconds',
      `must be at least retry.delay_seconds (${delaySeconds}), got ${maxDelaySeconds}`,
    );
  }
  validateDestination('on_failure', definition.onFailure, context);
  validateDestination('on_success', definition.onSuccess, context);
  validateDestination('on_late', definition.onLate, context);
  const bytes = Buffer.byteLength(JSON.stringify(definition));
  if (bytes > MAX_DEFINITION_BYTES) {
    throw new InvalidInput('body', `must define a job in at most ${MAX_DEFINITION_BYTES} bytes, got ${bytes}`);
  }
}

/**
 * Asserts that a schedule fires no more often than the tenant's limit allows. The smallest gap counts; clock changes do
 * not.
 *
 * @throws LimitReached `limit.minIntervalSeconds`
 */
export function assertMinInterval(schedule: string | null, minIntervalSeconds: number): void {
  if (schedule === null) return;
  const seconds = minimumIntervalMs(parseSchedule(schedule)) / 1_000;
  if (seconds < minIntervalSeconds) throw tooFrequentError(minIntervalSeconds, seconds);
}

function validateTiming(definition: Definition, { now, createdAt, before }: DefinitionContext): void {
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

function validateTarget(
  target: Target,
  { knownScripts, scriptsWithRole, validateExpression: checkExpression }: DefinitionContext,
): void {
  if (target.type === 'script') validateScript(target, knownScripts, scriptsWithRole);
  else if (target.type === 'http') validateHttp(target);
  else validateFlow(target.flow, checkExpression);
}

function validateScript(
  target: ScriptTarget,
  knownScripts: readonly string[],
  scriptsWithRole: readonly string[],
): void {
  const known = knownScripts.length > 0 ? `known are ${knownScripts.join(', ')}` : 'none was shipped';
  const name = parseScriptName(target.script);
  if (name === undefined || !knownScripts.includes(name)) {
    throw new InvalidInput('script', `there is no script '${name ?? target.script}'; ${known}`);
  }
  validateScriptArguments(name, target, scriptsWithRole);
}

function validateHttp(target: HttpTarget): void {
  validateRequest('http', target);
  if (target.body !== null) assertNoSecretReferences('http.body', target.body, 'values of http.headers');
  validateSecretReferences(headerFields('http', target));
}
