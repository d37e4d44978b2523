import { newestAttemptStart } from './attempt.ts';
import type { ExternalTarget, Target } from './job.ts';
import type { ExternalExecution, Run } from './run.ts';
import { DAY_MS, HOUR_MS, MAX_QUEUE_DELAY_MS, MINUTE_MS, RESEND_AFTER_MS } from './timing.ts';

/** A run that another service executes. */
export type ExternalRun = Run & { readonly external: ExternalExecution };

export const isExternalRun = (run: Run): run is ExternalRun => run.external !== null;

export const isExternalTarget = (target: Target): target is ExternalTarget =>
  target.type === 'container' || target.type === 'stateMachine';

/** Maximum timeout of an external execution in milliseconds. */
export const MAX_EXTERNAL_TIMEOUT_MS = 7 * DAY_MS;
/** Timeout of an external execution whose job has none, in milliseconds. */
export const DEFAULT_EXTERNAL_TIMEOUT_MS = HOUR_MS;

/** Time for which a service may not list an execution that it has started, in milliseconds. */
const LISTING_DELAY_MS = 5 * MINUTE_MS;

/**
 * Returns the name under which a service starts the execution of an attempt, so that a repeated start finds the same
 * execution. At most 64 characters of `A–Z 0–9 -`.
 */
export const executionToken = ({ ulid, attempt }: Pick<Run, 'ulid' | 'attempt'>): string => `${ulid}-${attempt}`;

/** Returns the id of a task, or the name of an execution: the last part of its ARN. */
export const toExecutionId = (arn: string): string => arn.split(/[:/]/).at(-1) ?? arn;

export const isPastDeadline = ({ external }: ExternalRun, now: number): boolean =>
  now >= Date.parse(external.deadlineAt);

/** Time after its deadline for which a run waits for a service that cannot be reached, in milliseconds. */
const OUTAGE_WAIT_MS = HOUR_MS;

/** @returns whether the run waits for the end of its execution only: it is canceled, or past its deadline */
export const isToEnd = (run: ExternalRun, now: number): boolean => run.state === 'stopping' || isPastDeadline(run, now);

/** @returns whether the service has listed or shown no execution for so long that the run ends without it */
export const isUnresolved = ({ external: { unresolvedAt } }: ExternalRun, now: number): boolean =>
  unresolvedAt !== undefined && now - Date.parse(unresolvedAt) >= LISTING_DELAY_MS;

/** Returns the execution of a run without the findings of earlier looks and starts. */
export function resolved({ external }: ExternalRun): ExternalExecution {
  const { unresolvedAt: _, startError: __, ...rest } = external;
  return rest;
}

/** @returns whether the run waits no longer for a service that cannot be reached */
export const isOutageOver = (run: ExternalRun, now: number): boolean => isPastDeadline(run, now - OUTAGE_WAIT_MS);

/**
 * @returns whether the state of a run's execution should be read, because no event has reported its end. The interval
 * doubles from a minute up to 15 minutes; it is a minute if the execution is to be stopped, or was not found.
 */
export function isLookOverdue(run: ExternalRun, now: number): boolean {
  const isUrgent = isToEnd(run, now) || run.external.unresolvedAt !== undefined;
  const intervalMs = isUrgent ? RESEND_AFTER_MS : Math.min(RESEND_AFTER_MS * 2 ** run.resends, MAX_QUEUE_DELAY_MS);
  const since = run.sentAt ?? newestAttemptStart(run) ?? run.createdAt;
  return now - Date.parse(since) >= intervalMs;
}
