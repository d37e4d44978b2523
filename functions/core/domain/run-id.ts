import { createHash } from 'node:crypto';
import type { Child } from './flow/child.ts';
import type { RunRef } from './run.ts';
import type { TenantId } from './tenant.ts';

/** Crockford's base 32, the alphabet of ULIDs. */
const ALPHABET = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';
const TIME_LENGTH = 10;
const HASH_LENGTH = 16;

/**
 * The ULID of the run that a tick makes: the time is the tick's, the rest a hash of what it is a tick of. A schedule
 * that fires twice makes one run. (EventBridge Scheduler's execution id is per attempt and no dedupe key.)
 */
export function tickUlid(job: Omit<RunRef, 'ulid'>, scheduledAt: string): string {
  return hashedUlid(Date.parse(scheduledAt), `${job.tenant}#${job.jobId}#${job.incarnation}#${scheduledAt}`);
}

/** @returns whether a tick made the run: a ULID with its hash is no other's */
export function isTickRun({ ulid, ...job }: RunRef): boolean {
  return ulid === tickUlid(job, new Date(decodeUlidTime(ulid)).toISOString());
}

/** The one ULID of this time that stands for `text`. */
export function hashedUlid(time: number, text: string): string {
  const hash = createHash('sha256').update(text).digest();
  const tail = Array.from(hash.subarray(0, HASH_LENGTH), (byte) => ALPHABET[byte % ALPHABET.length]).join('');
  return encodeUlidTime(time) + tail;
}

/** The first ten characters of a ULID made at this time: sorts before every ULID of the same millisecond. */
export function encodeUlidTime(time: number): string {
  let rest = time;
  let text = '';
  for (let i = 0; i < TIME_LENGTH; i++) {
    text = ALPHABET[rest % ALPHABET.length] + text;
    rest = Math.floor(rest / ALPHABET.length);
  }
  return text;
}

/** @returns the epoch milliseconds that a ULID begins with */
const decodeUlidTime = (ulid: string): number =>
  Array.from(ulid.slice(0, TIME_LENGTH)).reduce((time, digit) => time * ALPHABET.length + ALPHABET.indexOf(digit), 0);

const ULID = /^[0-9A-HJKMNP-TV-Z]{26}$/;
const PUBLIC_ID = /^([A-Za-z0-9][A-Za-z0-9_.-]{0,63})\.([a-z0-9]{6,12})\.([0-9A-HJKMNP-TV-Z]{26})$/;

export function isUlid(value: string): boolean {
  return ULID.test(value);
}

/** What clients call a run. It carries its job and incarnation, so that a get by id is one read; safe in a URL as it is. */
export function publicRunId(ref: Omit<RunRef, 'tenant'>): string {
  return `${ref.jobId}.${ref.incarnation}.${ref.ulid}`;
}

/** What a run's id says, whose ever it is; undefined when the text is no run id. */
export function parsePublicRunId(id: string): Omit<RunRef, 'tenant'> | undefined {
  const [, jobId, incarnation, ulid] = PUBLIC_ID.exec(id) ?? [];
  return jobId && incarnation && ulid ? { jobId, incarnation, ulid } : undefined;
}

/** The run that a client names, or undefined when the text is no run id. */
export function parseRunId(tenant: TenantId, id: string): RunRef | undefined {
  const ref = parsePublicRunId(id);
  return ref && { tenant, ...ref };
}

type ChildRef = Pick<Child, 'run' | 'kind' | 'operator'>;

const CHILD_ID = /^(.+)\.([EI])\.([A-Za-z0-9_-]{1,64})$/;

/** What clients call an export or import step: its run's id, `E` or `I`, and the id of its source or sink. */
export function publicChildId({ run, kind, operator }: ChildRef): string {
  return `${publicRunId(run)}.${kind === 'export' ? 'E' : 'I'}.${operator}`;
}

/** The step that a client names, or undefined when the text is no step's id. No run's id is one: it ends in a ULID. */
export function parseChildId(tenant: TenantId, id: string): ChildRef | undefined {
  const [, runId = '', kind, operator] = CHILD_ID.exec(id) ?? [];
  const run = parseRunId(tenant, runId);
  return run && operator !== undefined ? { run, kind: kind === 'E' ? 'export' : 'import', operator } : undefined;
}
