import { JobdeckError } from './errors.ts';
import type { Job } from './job.ts';
import type { Run } from './run.ts';
import { hashedUlid, publicRunId } from './run-id.ts';
import { MAX_PAYLOAD_BYTES } from './run-input.ts';

/**
 * Identifies a start within the run whose script requests it: a key that the script chose, or the ordinal of the call among
 * those for the same job without a key, from 1.
 */
export type TriggerKey = string | number;

/** Maximum number of runs that one run starts, in all its attempts. */
export const MAX_TRIGGERS = 100;
/** Maximum number of runs of a tenant that have not started, up to which scripts may start others. */
export const MAX_PENDING_RUNS = 10_000;
/** Maximum number of starts by scripts between the first run of a chain and a run. */
export const MAX_TRIGGER_DEPTH = 10;
/** Maximum characters of a key. */
export const MAX_TRIGGER_KEY_LENGTH = 255;
/** Maximum bytes of an input as JSON: of a payload and of the other fields. */
export const MAX_TRIGGER_BYTES = MAX_PAYLOAD_BYTES + 64 * 1024;

export const isTriggerKey = (key: unknown): key is TriggerKey =>
  typeof key === 'string'
    ? key.length >= 1 && key.length <= MAX_TRIGGER_KEY_LENGTH && key.isWellFormed()
    : Number.isSafeInteger(key) && Number(key) >= 1;

/**
 * Returns the ULID of the run that the script of `parent` starts with a key. Repeats of the call, in any attempt, start one
 * run. Its time is the start of the first attempt.
 */
export function triggeredUlid(parent: Run, { tenant, id, incarnation }: Job, key: TriggerKey): string {
  const time = Date.parse(parent.startedAt ?? parent.createdAt);
  return hashedUlid(time, `trigger#${tenant}#${publicRunId(parent)}#${id}#${incarnation}#${typeof key}#${key}`);
}

export const keyReusedError = (key: TriggerKey): JobdeckError =>
  new JobdeckError(
    'unprocessable',
    'trigger.key_reused',
    typeof key === 'string'
      ? `key: '${key}' was used by this run for a trigger of the job with another input; use a key of its own for each input`
      : `an earlier attempt used another input in call ${key} for the job; give each input a key of its own, or each attempt the same input`,
  );

export const tooManyTriggersError = (): JobdeckError =>
  new JobdeckError('limited', 'trigger.too_many', `the run has started ${MAX_TRIGGERS} runs, which is the maximum`);

export const tooManyPendingError = (pending: number): JobdeckError =>
  new JobdeckError(
    'limited',
    'trigger.too_many_pending',
    `${pending} runs of the tenant have not started; scripts start no further ones at ${MAX_PENDING_RUNS}`,
  );

export const tooDeepError = (): JobdeckError =>
  new JobdeckError(
    'limited',
    'trigger.too_deep',
    `the run is the last of ${MAX_TRIGGER_DEPTH} that scripts started one after another, which is the maximum`,
  );

/** The run has ended, is being stopped, or is executed by another worker. */
export const notRunningError = (): JobdeckError =>
  new JobdeckError('conflict', 'trigger.not_running', 'the run is being stopped, or this attempt is over');
