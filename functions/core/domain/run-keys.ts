import { createHash } from 'node:crypto';
import { InvalidInput } from './errors.ts';
import { type Json, sortNames } from './json.ts';
import { PAYLOAD_PATH, PAYLOAD_PATH_RULE, valueAt } from './payload-path.ts';

/** Maximum of `limit`: the runs that hold the slots of a key value are in one row. */
export const MAX_KEY_LIMIT = 100;

/** Name of a group of jobs that count their runs together. */
export const KEY_GROUP = /^[a-z0-9][a-z0-9-]{0,63}$/;
export const KEY_GROUP_RULE = '1–64 characters of a–z, 0–9 and -, not starting with -';

/** The part of a payload by which runs are counted together. */
export interface RunKey {
  /** Path of a field of the payload, such as `customer.id`; null if all runs count together. */
  readonly key: string | null;
  /** Jobs with the same group count their runs together; null if the job counts its own. */
  readonly group: string | null;
}

/** The limit of runs with the same key value that are active at the same time. */
export interface Concurrency extends RunKey {
  /** Number of active runs of a value beside which no run of the job starts: 1–100. */
  readonly limit: number;
}

/** The part of a job on which the keys of its runs depend. */
interface KeyedJob {
  readonly id: string;
  readonly incarnation: string;
  readonly concurrency: Concurrency | null;
  readonly throttle: RunKey | null;
}

/**
 * Validates the paths of a job's keys. Errors name fields as requests do.
 *
 * @throws InvalidInput
 */
export function validateRunKeys({ concurrency, throttle }: Pick<KeyedJob, 'concurrency' | 'throttle'>): void {
  if (concurrency) validatePath('concurrency.key', concurrency.key);
  if (throttle) validatePath('throttle.key', throttle.key);
}

function validatePath(field: string, path: string | null): void {
  if (path === null || PAYLOAD_PATH.test(path)) return;
  throw new InvalidInput(field, `${PAYLOAD_PATH_RULE}, got '${path}'`);
}

/**
 * Returns the name of the value that the payload of a run has at the concurrency key of its job: equal for runs that count
 * together. The name is a hash, because the payload may be confidential.
 *
 * @param payload the one that the run gets, which may be the default of its job (`payloadOf`)
 * @returns `null` for a job without a concurrency key
 */
export const concurrencyKeyOf = (job: KeyedJob, payload: Json | undefined): string | null =>
  job.concurrency && hashKey('concurrency', job, job.concurrency, payload);

/** Returns the same as {@link concurrencyKeyOf} for the throttle of a job. */
export const throttleKeyOf = (job: KeyedJob, payload: Json | undefined): string | null =>
  job.throttle && hashKey('throttle', job, job.throttle, payload);

/** Characters of names, in the order of their codes. */
const NAME_CHARACTERS = '-0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ_abcdefghijklmnopqrstuvwxyz';

/**
 * Returns the beginning of the name of a key value, all of which are equally likely.
 *
 * @param random 0 to 1, without 1
 */
export function randomKeyStart(random: number): string {
  const position = random * NAME_CHARACTERS.length;
  const second = (position % 1) * NAME_CHARACTERS.length;
  return NAME_CHARACTERS.charAt(position) + NAME_CHARACTERS.charAt(second);
}

/** Characters of a hash: 132 bits. */
const HASH_LENGTH = 22;

function hashKey(
  kind: string,
  { id, incarnation }: KeyedJob,
  { key, group }: RunKey,
  payload: Json | undefined,
): string {
  const scope = group === null ? ['job', id, incarnation] : ['group', group];
  const value = key === null ? null : valueAt(payload, key);
  const text = JSON.stringify([kind, ...scope, value], sortNames);
  return createHash('sha256').update(text).digest('base64url').slice(0, HASH_LENGTH);
}
