import type { RunRef } from './run.ts';
import { parseTenantId, type TenantId } from './tenant.ts';

/**
 * A message of the ticks queue: the schedule's `Input` as the registrar wrote it, with `<aws.scheduler.scheduled-time>`
 * replaced by EventBridge Scheduler (`2026-03-02T01:03:00Z`).
 */
export interface TickMessage {
  readonly v: 1;
  readonly tenant: TenantId;
  readonly jobId: string;
  readonly incarnation: string;
  readonly scheduledAt: string;
  /** Set after the tick has been delayed by the job's jitter. */
  readonly jittered?: boolean;
  /** Set for the start of a delayed run: its ULID. */
  readonly ulid?: string;
  /** Set for a backfill that is to be advanced: its id. */
  readonly backfill?: string;
  /** Set for the end of a run after which runs of other jobs may start: its ULID. `scheduledAt` is the time of the end. */
  readonly ended?: string;
}

/**
 * A message of the runs queue: the run to claim. The tenant is repeated in the body because some emulators drop the
 * message group.
 */
export interface RunMessage {
  readonly v: 1;
  readonly tenant: TenantId;
  readonly jobId: string;
  readonly incarnation: string;
  readonly ulid: string;
  /** Set if the start of the run acquired a lock for which no run can wait (overlap policy `skip`). */
  readonly lock?: AcquiredLock;
}

/** The overlap lock as the start of a run acquired it, for a claim soon after. */
export interface AcquiredLock {
  /** Time at which the run acquired the lock, ISO 8601. */
  readonly since: string;
  /** Every expected tick of the job up to this one has a row, ISO 8601; null if unknown. */
  readonly ticksThrough: string | null;
}

/** A run whose message is sent. */
export interface RunToSend extends RunRef {
  readonly lock?: AcquiredLock | undefined;
}

/** A message of the runs queue for a planned flow run: the slice of the task to execute. */
export interface SliceMessage extends RunMessage {
  readonly task: number;
  readonly slice: number;
}

/** A message of the runs queue about an execution by another service that has ended, as an EventBridge rule sends it. */
export interface ExecutionMessage {
  readonly v: 1;
  /** ARN of the execution. */
  readonly execution: string;
  /** The detail of the event, if the service forgets ended executions. */
  readonly event?: unknown;
}

function parseObject(body: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(body);
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}

/** @returns `undefined` if the body is not a tick */
export function parseTick(body: string): TickMessage | undefined {
  const m = parseObject(body);
  const tenant = parseTenantId(m?.tenant);
  const time = typeof m?.scheduledAt === 'string' ? Date.parse(m.scheduledAt) : Number.NaN;
  if (m?.v !== 1 || !tenant || typeof m.jobId !== 'string' || typeof m.incarnation !== 'string') return undefined;
  if (Number.isNaN(time)) return undefined;
  return {
    v: 1,
    tenant,
    jobId: m.jobId,
    incarnation: m.incarnation,
    scheduledAt: new Date(time).toISOString(),
    ...(m.jittered === true && { jittered: true }),
    ...(typeof m.ulid === 'string' && { ulid: m.ulid }),
    ...(typeof m.backfill === 'string' && { backfill: m.backfill }),
    ...(typeof m.ended === 'string' && { ended: m.ended }),
  };
}

/**
 * Parses the tick in a dead letter. The dispatcher's dead letter holds the tick itself; that of EventBridge Scheduler
 * holds the failed request (`{ "MessageBody": …, "QueueUrl": … }`).
 */
export function parseDeadLetterTick(body: string): TickMessage | undefined {
  const request = parseObject(body)?.MessageBody;
  return parseTick(typeof request === 'string' ? request : body);
}

/**
 * Parses the body of a message of the runs queue.
 *
 * @returns `undefined` if the body is neither a run nor a slice
 */
export function parseRunMessage(body: string): RunMessage | SliceMessage | undefined {
  const m = parseObject(body);
  const tenant = parseTenantId(m?.tenant);
  if (m?.v !== 1 || !tenant) return undefined;
  if (typeof m.jobId !== 'string' || typeof m.incarnation !== 'string' || typeof m.ulid !== 'string') return undefined;
  const run: RunMessage = { v: 1, tenant, jobId: m.jobId, incarnation: m.incarnation, ulid: m.ulid };
  const lock = parseLock(m.lock);
  if (m.task === undefined && m.slice === undefined) return { ...run, ...(lock && { lock }) };
  return isCount(m.task) && isCount(m.slice) ? { ...run, task: m.task, slice: m.slice } : undefined;
}

/** @returns `undefined` if the body is not about an ended execution */
export function parseExecutionMessage(body: string): ExecutionMessage | undefined {
  const m = parseObject(body);
  if (m?.v !== 1 || typeof m.execution !== 'string') return undefined;
  return { v: 1, execution: m.execution, ...(m.event !== undefined && { event: m.event }) };
}

export function isExecutionMessage(message: RunMessage | SliceMessage | ExecutionMessage): message is ExecutionMessage {
  return 'execution' in message;
}

/** @returns `undefined` if the value is not an acquired lock; the claim reads the job's state then */
function parseLock(value: unknown): AcquiredLock | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  const { since, ticksThrough } = value as Record<string, unknown>;
  if (typeof since !== 'string' || Number.isNaN(Date.parse(since))) return undefined;
  if (ticksThrough === null) return { since, ticksThrough };
  const isTime = typeof ticksThrough === 'string' && !Number.isNaN(Date.parse(ticksThrough));
  return isTime ? { since, ticksThrough } : undefined;
}

const isCount = (value: unknown): value is number => Number.isSafeInteger(value) && (value as number) >= 0;

export function isSliceMessage(message: RunMessage | SliceMessage): message is SliceMessage {
  return 'slice' in message;
}

/** A message of the sweeps queue: the tenant to sweep. */
export interface SweepMessage {
  readonly v: 1;
  readonly tenant: TenantId;
  /** Set for a sweep of the whole tenant, independent of its agenda entry. */
  readonly full?: true;
}

/** @returns `undefined` if the body names no tenant */
export function parseSweepMessage(body: string): SweepMessage | undefined {
  const m = parseObject(body);
  const tenant = parseTenantId(m?.tenant);
  if (m?.v !== 1 || !tenant) return undefined;
  return { v: 1, tenant, ...(m.full === true && { full: true }) };
}

/** A message of the notifications queue: the delivery to attempt. */
export interface NotificationMessage {
  readonly v: 1;
  readonly tenant: TenantId;
  /** Id of the delivery. */
  readonly delivery: string;
}

/** Dead letter of notifications for the end of a run that the notifier cannot store. */
export interface RefusedNoticeMessage extends RunMessage {
  readonly kind: string;
  readonly error: string;
}

/** @returns `undefined` if the body is not a refused notice */
export function parseRefusedNotice(body: string): RefusedNoticeMessage | undefined {
  const m = parseObject(body);
  const run = parseRunMessage(body);
  if (!run || typeof m?.kind !== 'string' || typeof m.error !== 'string') return undefined;
  return { ...run, kind: m.kind, error: m.error };
}

/** @returns `undefined` if the body does not name a delivery */
export function parseNotificationMessage(body: string): NotificationMessage | undefined {
  const m = parseObject(body);
  const tenant = parseTenantId(m?.tenant);
  if (m?.v !== 1 || !tenant || typeof m.delivery !== 'string') return undefined;
  return { v: 1, tenant, delivery: m.delivery };
}
