import type { Job } from '../job.ts';
import { durationOf, type Run } from '../run.ts';
import { publicRunId } from '../run-id.ts';
import type { TenantId } from '../tenant.ts';
import { truncateWithEllipsis } from '../text.ts';
import { DAY_MS } from '../timing.ts';
import { NO_NOTIFICATION } from './destination.ts';
import type { NotificationKind } from './kind.ts';
import type { NotificationRule } from './rule.ts';

/** The job's field with the destination of a kind. Only rules report a recovery. */
const FIELDS = {
  failure: 'onFailure',
  success: 'onSuccess',
  late_start: 'onLate',
  late_finish: 'onLate',
} as const satisfies Record<Exclude<NotificationKind, 'recovered'>, keyof NotificationDestinations>;

/** Destinations by event. */
export type NotificationDestinations = Pick<Job, 'onFailure' | 'onSuccess' | 'onLate'>;

/** A tenant's default destinations, for jobs that set none, and its rules. */
export interface NotificationDefaults extends NotificationDestinations {
  readonly rules: readonly NotificationRule[];
}

export const NO_NOTIFICATION_DEFAULTS: NotificationDefaults = {
  onFailure: null,
  onSuccess: null,
  onLate: null,
  rules: [],
};

/** The reported state of a run that ended or is late. */
export interface NotifiedRun {
  readonly ulid: string;
  readonly number: number;
  readonly status: 'ok' | 'error' | 'timeout' | 'late';
  /** Error of a failed run, at most `MAX_REASON_LENGTH` characters; secrets were redacted when the run ended. */
  readonly reason: string | null;
  readonly trigger: Run['trigger'];
  readonly scheduledAt: string | null;
  readonly startedAt: string | null;
  /** Late runs: the time at which lateness was detected. */
  readonly finishedAt: string;
  readonly durationMs: number | null;
  readonly attempt: number;
}

/** An event of a run that is reported once: its end or its lateness. */
export interface Notice {
  readonly tenant: TenantId;
  readonly jobId: string;
  readonly incarnation: string;
  readonly kind: NotificationKind;
  readonly run: NotifiedRun;
  /** Time at which the run's row is purged. */
  readonly purgeAt: string;
}

export const DELIVERY_STATES = ['pending', 'delivered', 'failed'] as const;
export type DeliveryState = (typeof DELIVERY_STATES)[number];

/** A notification message to one destination and its delivery state. The content is fixed by the first attempt. */
export interface Delivery {
  readonly tenant: TenantId;
  /** ULID by which receivers identify the message; equal for all attempts. */
  readonly id: string;
  readonly kind: NotificationKind;
  readonly jobId: string;
  readonly incarnation: string;
  readonly jobName: string;
  /** Destination as written in the job, the tenant's defaults or the rule. */
  readonly destination: string;
  /** Name of the rule that caused the message; null for the destination of the job. */
  readonly rule: string | null;
  /** The newest reported run. */
  readonly run: NotifiedRun;
  /** Number of reported runs. */
  readonly runs: number;
  /** End of the first reported run. */
  readonly since: string;
  /** Set if the message groups events that followed the previous message within a minute. */
  readonly folded: boolean;
  readonly state: DeliveryState;
  readonly attempts: number;
  /** Error of the last failed attempt; null if none failed. */
  readonly lastError: string | null;
  /** Time of the next attempt. */
  readonly dueAt: string;
  /** End of the retries. */
  readonly tryUntil: string;
  readonly createdAt: string;
  readonly deliveredAt: string | null;
  readonly expiresAt: string;
  /** Time at which the sweeper checks a pending delivery for a lost message. */
  readonly wakeAt: string;
  /** Number of times that the message was sent again since it was due. */
  readonly resends: number;
  /** Lease of the current attempt. */
  readonly leaseToken: string | null;
  readonly leaseUntil: string | null;
}

const MAX_REASON_LENGTH = 300;

/** Maximum time for which deliveries are shown; they are never shown longer than their run. */
const MAX_SHOWN_MS = 30 * DAY_MS;

/** Returns the notice of a run's end, or `undefined` for a canceled run. */
export function endNotice(run: Run): Notice | undefined {
  const { tenant, jobId, incarnation, ulid, number, state, failure, finishedAt, purgeAt } = run;
  if ((state !== 'completed' && state !== 'failed') || finishedAt === null) return undefined;
  const { trigger, scheduledAt, startedAt, attempt } = run;
  const kind = state === 'failed' ? 'failure' : 'success';
  const ended = failure?.kind === 'timeout' ? 'timeout' : 'error';
  const noted: NotifiedRun = {
    ulid,
    number,
    status: kind === 'success' ? 'ok' : ended,
    reason: kind === 'success' ? null : shortenReason(failure?.message ?? ''),
    trigger,
    scheduledAt,
    startedAt,
    finishedAt,
    durationMs: durationOf(run),
    attempt,
  };
  return { tenant, jobId, incarnation, kind, run: noted, purgeAt };
}

/** Returns the notice of a run that is late. */
export function lateNotice(run: Run, kind: 'late_start' | 'late_finish', at: string): Notice {
  const { tenant, jobId, incarnation, ulid, number, trigger, scheduledAt, startedAt, attempt, purgeAt } = run;
  const reason = kind === 'late_start' ? 'it did not start in time' : 'it did not end in time';
  const times = { scheduledAt, startedAt, finishedAt: at, durationMs: null };
  return {
    tenant,
    jobId,
    incarnation,
    kind,
    run: { ulid, number, status: 'late', reason, trigger, ...times, attempt },
    purgeAt,
  };
}

/** Shortens an error message for display. */
export function shortenReason(text: string): string {
  return truncateWithEllipsis(text, MAX_REASON_LENGTH);
}

/**
 * Returns the destination of a job's notifications of a kind: the job's own, otherwise the tenant's default; null for
 * none.
 */
export function destinationOf(
  job: NotificationDestinations,
  defaults: NotificationDestinations,
  kind: NotificationKind,
): string | null {
  if (kind === 'recovered') return null;
  const field = FIELDS[kind];
  const setting = job[field] ?? defaults[field];
  return setting === NO_NOTIFICATION ? null : setting;
}

export function deliveryExpiry(createdAt: number, purgeAt: string): string {
  return new Date(Math.min(createdAt + MAX_SHOWN_MS, Date.parse(purgeAt))).toISOString();
}

/** Returns the public id of the reported run. */
export function deliveryRunId({ jobId, incarnation, run }: Pick<Delivery, 'jobId' | 'incarnation' | 'run'>): string {
  return publicRunId({ jobId, incarnation, ulid: run.ulid });
}
