import { parseTenantId, type TenantId } from './tenant.ts';

/**
 * What EventBridge Scheduler sends to the ticks queue: the `Input` the registrar gave the schedule,
 * with `<aws.scheduler.scheduled-time>` filled in (`2026-03-02T01:03:00Z`).
 */
export interface TickMessage {
  readonly v: 1;
  readonly tenant: TenantId;
  readonly jobId: string;
  readonly incarnation: string;
  readonly scheduledAt: string;
  /** True once the tick has been delayed by the job's jitter. */
  readonly jittered?: boolean;
}

/** What the runs queue carries: which run to claim. The message group is dropped by some emulators, so the tenant is here too. */
export interface RunMessage {
  readonly v: 1;
  readonly tenant: TenantId;
  readonly jobId: string;
  readonly incarnation: string;
  readonly ulid: string;
}

/** What the runs queue carries for a flow run that was planned: which slice of which of its tasks to do. */
export interface SliceMessage extends RunMessage {
  readonly task: number;
  readonly slice: number;
}

function parseObject(body: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(body);
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}

/** The tick in a queue message's body, or undefined when it is not one. */
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
  };
}

/**
 * The tick in a dead letter's body: as the dispatcher gave it up, or as EventBridge Scheduler did, which sends the
 * request it could not make (`{ "MessageBody": …, "QueueUrl": … }`).
 */
export function parseDeadLetterTick(body: string): TickMessage | undefined {
  const request = parseObject(body)?.MessageBody;
  return parseTick(typeof request === 'string' ? request : body);
}

/** The run, or the slice of one, in a queue message's body; undefined when it is neither. */
export function parseRunMessage(body: string): RunMessage | SliceMessage | undefined {
  const m = parseObject(body);
  const tenant = parseTenantId(m?.tenant);
  if (m?.v !== 1 || !tenant) return undefined;
  if (typeof m.jobId !== 'string' || typeof m.incarnation !== 'string' || typeof m.ulid !== 'string') return undefined;
  const run: RunMessage = { v: 1, tenant, jobId: m.jobId, incarnation: m.incarnation, ulid: m.ulid };
  if (m.task === undefined && m.slice === undefined) return run;
  return isCount(m.task) && isCount(m.slice) ? { ...run, task: m.task, slice: m.slice } : undefined;
}

const isCount = (value: unknown): value is number => Number.isSafeInteger(value) && (value as number) >= 0;

export function isSliceMessage(message: RunMessage | SliceMessage): message is SliceMessage {
  return 'slice' in message;
}

/** What the notifications queue carries: which delivery to try. */
export interface NotificationMessage {
  readonly v: 1;
  readonly tenant: TenantId;
  /** Its id. */
  readonly delivery: string;
}

/** Dead letter of notifications for the end of a run that the notifier cannot store. */
export interface RefusedNoticeMessage extends RunMessage {
  readonly kind: string;
  readonly error: string;
}

/** The refused notice in a queue message's body; undefined when it is none. */
export function parseRefusedNotice(body: string): RefusedNoticeMessage | undefined {
  const m = parseObject(body);
  const run = parseRunMessage(body);
  if (!run || typeof m?.kind !== 'string' || typeof m.error !== 'string') return undefined;
  return { ...run, kind: m.kind, error: m.error };
}

/** The delivery in a queue message's body; undefined when it is none. */
export function parseNotificationMessage(body: string): NotificationMessage | undefined {
  const m = parseObject(body);
  const tenant = parseTenantId(m?.tenant);
  if (m?.v !== 1 || !tenant || typeof m.delivery !== 'string') return undefined;
  return { v: 1, tenant, delivery: m.delivery };
}
