import { validateAfter } from './after.ts';
import { InvalidInput } from './errors.ts';
import { type ValidateExpression, validateFlow } from './flow/validate-flow.ts';
import { headerFields, validateRequest } from './http-request.ts';
import type { HttpTarget, Job, JobSchedule, NamedTarget, ScriptTarget, Target } from './job.ts';
import { schedulesOf } from './job-timetable.ts';
import { tooFrequentError } from './limits.ts';
import { type DestinationRules, validateDestination } from './notification/destination.ts';
import { validateRunInput } from './run-input.ts';
import { validateRunKeys } from './run-keys.ts';
import { validateSearchable } from './run-search.ts';
import { isTimezone, minimumIntervalMs, parseSchedule, requireFire } from './schedule/index.ts';
import { validateScriptArguments } from './script-arguments.ts';
import { parseScriptName } from './script-name.ts';
import { assertNoSecretReferences, validateSecretReferences } from './secret.ts';
import { validateContainer } from './targets/container-target.ts';
import { type TargetReference, unknownTargetMessage } from './targets/declared-target.ts';
import { validateEvent } from './targets/event-target.ts';

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
  /** @returns whether the tenant's jobs may name the target */
  readonly mayName: (target: TargetReference) => boolean;
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
  if (definition.after) validateAfter(definition.after);
  validateTarget(definition.target, context);
  validatePayloads(definition, context);
  const { delaySeconds, maxDelaySeconds } = definition.retry;
  if (maxDelaySeconds < delaySeconds) {
    throw new InvalidInput(
      'retry.max_delay_seconds',
      `must be at least retry.delay_seconds (${delaySeconds}), got ${maxDelaySeconds}`,
    );
  }
  validateSearchable(definition.searchable);
  validateRunKeys(definition);
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
 * not. Of several schedules the average of their smallest gaps counts, so that many of them cannot avoid the limit.
 *
 * @throws LimitReached `limit.minIntervalSeconds`
 */
export function assertMinInterval(
  job: Pick<Definition, 'schedule' | 'timezone' | 'schedules'>,
  minIntervalSeconds: number,
): void {
  const intervals = schedulesOf(job).map(({ schedule }) => minimumIntervalMs(parseSchedule(schedule)) / 1_000);
  if (intervals.length === 0) return;
  // Several schedules count together: two that fire each minute fire 30 s apart on average.
  const seconds =
    intervals.length === 1 ? (intervals[0] ?? 0) : 1 / intervals.reduce((rate, interval) => rate + 1 / interval, 0);
  if (seconds < minIntervalSeconds) throw tooFrequentError(minIntervalSeconds, seconds);
}

function validateTiming(definition: Definition, { now, createdAt, before }: DefinitionContext): void {
  const { schedule, timezone, startAt, endAt } = definition;
  if (definition.schedules.length === 0 && !isTimezone(timezone)) {
    throw new InvalidInput('timezone', `must be an IANA name such as Europe/Berlin, got '${timezone}'`);
  }
  if (startAt !== null && endAt !== null && endAt <= startAt) {
    throw new InvalidInput('end_at', `must be after start_at (${startAt}), got ${endAt}`);
  }
  const sameRange = before?.startAt === startAt && before.endAt === endAt;
  const known = sameRange ? schedulesOf(before) : [];
  const isKnown = (one: JobSchedule) => known.some((other) => isSameSchedule(one, other));
  const assertFires = (one: JobSchedule) => {
    const parsed = parseSchedule(one.schedule);
    if (isKnown(one)) return;
    requireFire(parsed, { timezone: one.timezone, startAt, endAt, anchor: createdAt, after: now });
  };
  if (definition.schedules.length === 0) {
    if (schedule !== null) assertFires({ schedule, timezone, payload: null });
    return;
  }
  for (const [i, one] of definition.schedules.entries()) {
    const place = `schedules[${i}]`;
    if (!isTimezone(one.timezone)) {
      throw new InvalidInput(`${place}.timezone`, `must be an IANA name such as Europe/Berlin, got '${one.timezone}'`);
    }
    atPlace(place, () => assertFires(one));
    const same = definition.schedules.findIndex((other) => isSameSchedule(one, other));
    if (same < i) throw new InvalidInput(place, `must differ from schedules[${same}] in schedule or timezone`);
  }
}

/** @returns whether two definitions have the same schedules, apart from their payloads */
export function hasSameSchedules(one: Definition, other: Definition): boolean {
  const [these, those] = [schedulesOf(one), schedulesOf(other)];
  return these.length === those.length && these.every((schedule, i) => isSameSchedule(schedule, those[i] ?? schedule));
}

const isSameSchedule = (one: JobSchedule, other: JobSchedule): boolean =>
  one.schedule === other.schedule && one.timezone === other.timezone;

/** Validates the payloads of the schedules like those of triggers, apart from the schema of the script. */
function validatePayloads({ schedules, target }: Definition, { scriptsWithRole }: DefinitionContext): void {
  for (const [i, { payload }] of schedules.entries()) {
    if (payload !== null) atPlace(`schedules[${i}]`, () => validateRunInput({ payload }, target, { scriptsWithRole }));
  }
}

/** Names the field of an error within a list. */
function atPlace(place: string, validate: () => void): void {
  try {
    validate();
  } catch (error) {
    if (!(error instanceof InvalidInput)) throw error;
    const { field, message } = error;
    throw new InvalidInput(`${place}.${field}`, message.slice(`${field}: `.length), { cause: error });
  }
}

function validateTarget(
  target: Target,
  { knownScripts, scriptsWithRole, validateExpression: checkExpression, mayName }: DefinitionContext,
): void {
  if (target.type === 'script') validateScript(target, knownScripts, scriptsWithRole);
  else if (target.type === 'http') validateHttp(target);
  else if (target.type === 'flow') validateFlow(target.flow, checkExpression);
  else validateNamedTarget(target, mayName);
}

function validateNamedTarget(target: NamedTarget, mayName: DefinitionContext['mayName']): void {
  if (!mayName(target)) throw new InvalidInput(`${target.type}.target`, unknownTargetMessage(target));
  if (target.type === 'event') validateEvent(target);
  if (target.type === 'container') validateContainer(target);
  if (target.payload === null) return;
  atPlace(target.type, () => validateRunInput({ payload: target.payload }, target, { scriptsWithRole: [] }));
  assertNoSecretReferences(`${target.type}.payload`, JSON.stringify(target.payload), 'env of scripts and http.headers');
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
