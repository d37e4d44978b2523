import type { Job } from '../job.ts';
import { durationOf, type Run } from '../run.ts';
import { publicRunId } from '../run-id.ts';
import type { TenantId } from '../tenant.ts';
import { truncateWithEllipsis } from '../text.ts';
import { DAY_MS } from '../timing.ts';
import { NO_NOTIFICATION } from './destination.ts';

/** What is told of: `on_failure`, `on_success` and, of two things, `on_late` of a job. */
export const NOTIFICATION_KINDS = ['failure', 'success', 'late_start', 'late_finish'] as const;
export type NotificationKind = (typeof NOTIFICATION_KINDS)[number];

/** The field of a job that says who is told. */
const FIELDS = {
  failure: 'onFailure',
  success: 'onSuccess',
  late_start: 'onLate',
  late_finish: 'onLate',
} as const satisfies Record<NotificationKind, keyof NotificationDefaults>;

/** Where a tenant's jobs tell of their runs, by the fields of a job that says nothing itself. */
export type NotificationDefaults = Pick<Job, 'onFailure' | 'onSuccess' | 'onLate'>;

export const NO_NOTIFICATION_DEFAULTS: NotificationDefaults = { onFailure: null, onSuccess: null, onLate: null };

/** What is told of a run: as it ended, or was found to be late. */
export interface NotifiedRun {
  readonly ulid: string;
  readonly number: number;
  readonly status: 'ok' | 'error' | 'timeout' | 'late';
  /** Why it failed, at most `REASON_LENGTH` characters; secrets were hidden in it when the run ended. */
  readonly reason: string | null;
  readonly trigger: Run['trigger'];
  readonly scheduledAt: string | null;
  readonly startedAt: string | null;
  /** Of a late one: when that was found. */
  readonly finishedAt: string;
  readonly durationMs: number | null;
  readonly attempt: number;
}

/** Something about a run that happens to it once, and that anybody may want to know of: its end, its being late. */
export interface Notice {
  readonly tenant: TenantId;
  readonly jobId: string;
  readonly incarnation: string;
  readonly kind: NotificationKind;
  readonly run: NotifiedRun;
  /** When the run's row goes. */
  readonly purgeAt: string;
}

export const DELIVERY_STATES = ['pending', 'delivered', 'failed'] as const;
export type DeliveryState = (typeof DELIVERY_STATES)[number];

/** One message to one destination, and what became of it. Its content is fixed when it is first tried. */
export interface Delivery {
  readonly tenant: TenantId;
  /** A ULID: what receivers know a message by, the same at every attempt. */
  readonly id: string;
  readonly kind: NotificationKind;
  readonly jobId: string;
  readonly incarnation: string;
  readonly jobName: string;
  /** As the job, or the tenant's default, names it. */
  readonly destination: string;
  /** The last one that it tells of. */
  readonly run: NotifiedRun;
  /** How many runs it tells of. */
  readonly runs: number;
  /** When the first of them ended. */
  readonly since: string;
  /** It gathered what came within a minute of the message before. */
  readonly folded: boolean;
  readonly state: DeliveryState;
  readonly attempts: number;
  /** Of the last attempt that failed; null when none did. */
  readonly lastError: string | null;
  /** When it is to be tried (again). */
  readonly dueAt: string;
  /** It is not tried again after this. */
  readonly tryUntil: string;
  readonly createdAt: string;
  readonly deliveredAt: string | null;
  readonly expiresAt: string;
  /** When the sweeper is to look whether it was tried, if it is still pending. */
  readonly wakeAt: string;
  /** How often its message was sent again since it was due. */
  readonly resends: number;
  /** Of whoever is at it. */
  readonly leaseToken: string | null;
  readonly leaseUntil: string | null;
}

const MAX_REASON_LENGTH = 300;

/** Deliveries are shown for as long as their run, and at most for so long. */
const MAX_SHOWN_MS = 30 * DAY_MS;

/** What may be told of a run that has just ended; undefined of a canceled one. */
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

/** What may be told of a run that has just been found to be late. */
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

/** What an error says, short enough to be shown. */
export function shortenReason(text: string): string {
  return truncateWithEllipsis(text, MAX_REASON_LENGTH);
}

/** Where a job's notifications of a kind go, its own wish before the tenant's; null: nowhere. */
export function destinationOf(job: NotificationDefaults, defaults: NotificationDefaults, kind: NotificationKind) {
  const field = FIELDS[kind];
  const setting = job[field] ?? defaults[field];
  return setting === NO_NOTIFICATION ? null : setting;
}

export function deliveryExpiry(createdAt: number, purgeAt: string): string {
  return new Date(Math.min(createdAt + MAX_SHOWN_MS, Date.parse(purgeAt))).toISOString();
}

/** What clients call the run that a delivery tells of. */
export function deliveryRunId({ jobId, incarnation, run }: Pick<Delivery, 'jobId' | 'incarnation' | 'run'>): string {
  return publicRunId({ jobId, incarnation, ulid: run.ulid });
}
