import { createHash } from 'node:crypto';
import type { Child } from './flow/child.ts';
import { parsePublicRunId } from './public-run-id.ts';
import type { RunRef } from './run.ts';
import type { TenantId } from './tenant.ts';

/** Crockford's base 32, the alphabet of ULIDs. */
const ALPHABET = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';
const TIME_LENGTH = 10;
const HASH_LENGTH = 16;

/**
 * Returns the ULID of a tick's run: the time of the tick, followed by a hash of tenant, job, incarnation and time. A
 * schedule that fires twice therefore creates one run. (EventBridge Scheduler's execution id differs per attempt and
 * cannot deduplicate.)
 */
export function tickUlid(job: Omit<RunRef, 'ulid'>, scheduledAt: string): string {
  return hashedUlid(Date.parse(scheduledAt), `${job.tenant}#${job.jobId}#${job.incarnation}#${scheduledAt}`);
}

/** @returns whether the run was created by a tick, recognized by the hash in its ULID */
export function isTickRun({ ulid, ...job }: RunRef): boolean {
  return ulid === tickUlid(job, new Date(decodeUlidTime(ulid)).toISOString());
}

/** Returns the ULID that is derived from `time` and a hash of `text`. */
export function hashedUlid(time: number, text: string): string {
  const hash = createHash('sha256').update(text).digest();
  const tail = Array.from(hash.subarray(0, HASH_LENGTH), (byte) => ALPHABET[byte % ALPHABET.length]).join('');
  return encodeUlidTime(time) + tail;
}

/** Returns the time part of a ULID, its first ten characters: sorts before every ULID of the same millisecond. */
export function encodeUlidTime(time: number): string {
  let rest = time;
  let text = '';
  for (let i = 0; i < TIME_LENGTH; i++) {
    text = ALPHABET[rest % ALPHABET.length] + text;
    rest = Math.floor(rest / ALPHABET.length);
  }
  return text;
}

/** @returns the time part of a ULID in epoch milliseconds */
export const decodeUlidTime = (ulid: string): number =>
  Array.from(ulid.slice(0, TIME_LENGTH)).reduce((time, digit) => time * ALPHABET.length + ALPHABET.indexOf(digit), 0);

const ULID = /^[0-9A-HJKMNP-TV-Z]{26}$/;

export function isUlid(value: string): boolean {
  return ULID.test(value);
}

/**
 * Returns the public id of a run. It contains job and incarnation, so that a lookup is one read, and needs no escaping
 * in a URL.
 */
export function publicRunId(ref: Omit<RunRef, 'tenant'>): string {
  return `${ref.jobId}.${ref.incarnation}.${ref.ulid}`;
}

/** @returns `undefined` if the text is not a run id */
export function parseRunId(tenant: TenantId, id: string): RunRef | undefined {
  const ref = parsePublicRunId(id);
  return ref && { tenant, ...ref };
}

type ChildRef = Pick<Child, 'run' | 'kind' | 'operator'>;

const CHILD_ID = /^(.+)\.([EI])\.([A-Za-z0-9_-]{1,64})$/;

/** Returns the public id of an export or import step: its run's id, `E` or `I`, and the id of its source or sink. */
export function publicChildId({ run, kind, operator }: ChildRef): string {
  return `${publicRunId(run)}.${kind === 'export' ? 'E' : 'I'}.${operator}`;
}

/**
 * Parses the id of a step. A run id is never a step id, because it ends in a ULID.
 *
 * @returns `undefined` if the text is not a step id
 */
export function parseChildId(tenant: TenantId, id: string): ChildRef | undefined {
  const [, runId = '', kind, operator] = CHILD_ID.exec(id) ?? [];
  const run = parseRunId(tenant, runId);
  return run && operator !== undefined ? { run, kind: kind === 'E' ? 'export' : 'import', operator } : undefined;
}
