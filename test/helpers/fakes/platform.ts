import { ulid } from 'ulidx';
import type { Job } from '../../../functions/core/domain/job.ts';
import { DEFAULT_LIMITS } from '../../../functions/core/domain/limits.ts';
import type { Delivery } from '../../../functions/core/domain/notification/delivery.ts';
import { NO_RETRY } from '../../../functions/core/domain/retry.ts';
import type { RunRef } from '../../../functions/core/domain/run.ts';
import { parseTenantId, type TenantId } from '../../../functions/core/domain/tenant.ts';
import type { FlowPlatform } from '../../../functions/core/engine/flow/flow-platform.ts';
import type { Outcome } from '../../../functions/core/executors/execution.ts';
import { captureText } from '../../../functions/core/executors/output/output.ts';
import type { MetricValues } from '../../../functions/core/platform/metrics.ts';
import type { Platform } from '../../../functions/core/platform/platform.ts';
import { createStoredBytesCache } from '../../../functions/core/platform/stored-bytes-cache.ts';
import type { Db } from '../../../functions/core/store/db.ts';
import { createJob } from '../../../functions/core/store/jobs.ts';
import { memoryObjects } from './memory-objects.ts';

/** A platform with a controllable clock that stores its messages, logs and metrics in lists. */
export interface TestPlatform extends FlowPlatform {
  readonly objects: ReturnType<typeof memoryObjects>;
  sliceMs: number;
  /** Throws unless a test connects operators to the flows. */
  open: FlowPlatform['open'];
  /** Run messages that were sent and not processed. */
  readonly sent: (RunRef & { readonly delayMs: number })[];
  /** Slice messages that were sent and not processed. */
  readonly slices: (RunRef & { readonly task: number; readonly slice: number; readonly delayMs: number })[];
  readonly ticks: unknown[];
  /** Notification messages that were sent and not processed. */
  readonly notifications: (Pick<Delivery, 'tenant' | 'id'> & { readonly delayMs: number })[];
  /** Run ends that were sent to the dead-letter queue. */
  readonly refusedNotices: { readonly run: string; readonly error: string }[];
  readonly logged: { readonly level: string; readonly message: string; readonly fields: Record<string, unknown> }[];
  /** Published metrics, of one tenant or of the whole stage. */
  readonly measured: { readonly message: string; readonly values: MetricValues; readonly tenant?: TenantId }[];
  advance(ms: number): void;
}

/** Start of the test clock: a whole minute, because the sweeper and schedules work in minutes. */
export const START = Date.UTC(2031, 4, 6, 10, 0, 0);

export function testPlatform(db: Db, limits: Partial<Platform['defaultLimits']> = {}): TestPlatform {
  let now = START;
  const sent: TestPlatform['sent'] = [];
  const slices: TestPlatform['slices'] = [];
  const ticks: unknown[] = [];
  const notifications: TestPlatform['notifications'] = [];
  const refusedNotices: TestPlatform['refusedNotices'] = [];
  const logged: TestPlatform['logged'] = [];
  const measured: TestPlatform['measured'] = [];
  const log =
    (level: string) =>
    (message: string, fields: Record<string, unknown> = {}) => {
      logged.push({ level, message, fields });
    };
  return {
    db,
    objects: memoryObjects(() => now),
    sliceMs: 45_000,
    open: async () => {
      throw new Error('the test connects no flow operators');
    },
    sent,
    slices,
    ticks,
    notifications,
    refusedNotices,
    logged,
    measured,
    queues: {
      async sendRun({ tenant, jobId, incarnation, ulid: id }, delayMs = 0) {
        sent.push({ tenant, jobId, incarnation, ulid: id, delayMs });
      },
      async sendSlice({ tenant, jobId, incarnation, ulid: id }, task, slice, delayMs = 0) {
        slices.push({ tenant, jobId, incarnation, ulid: id, task, slice, delayMs });
      },
      async sendTick(tick) {
        ticks.push(tick);
      },
      async sendNotification({ tenant, id }, delayMs = 0) {
        notifications.push({ tenant, id, delayMs });
      },
      async sendRefusedNotice({ run }, error) {
        refusedNotices.push({ run: run.ulid, error });
      },
    },
    log: { info: log('info'), warn: log('warn'), error: log('error') },
    metrics: {
      event: (message, values, { tenant }) => void measured.push({ message, values, tenant }),
      gauge: (message, values, tenant) => void measured.push({ message, values, ...(tenant && { tenant }) }),
    },
    defaultLimits: { ...DEFAULT_LIMITS, generation: 0, ...limits },
    storedBytesCache: createStoredBytesCache(() => now),
    now: () => now,
    random: () => 0.5,
    newUlid: (time) => ulid(time),
    advance(ms) {
      now += ms;
    },
  };
}

let tenants = 0;

/** Returns a tenant id that no other test uses. */
export function newTenant(): TenantId {
  return parseTenantId(`tenant-${process.pid}-${++tenants}`) as TenantId;
}

export function aJob(overrides: Partial<Job> = {}): Job {
  const at = new Date(START - 3_600_000).toISOString();
  return {
    tenant: newTenant(),
    id: 'sync-email',
    incarnation: 'abc12345',
    version: 1,
    name: 'Sync Email',
    description: null,
    schedule: '* * * * *',
    timezone: 'UTC',
    startAt: null,
    endAt: null,
    jitterSeconds: 0,
    target: { type: 'script', script: 'echo', args: [], env: {} },
    timeoutMs: 60_000,
    overlapPolicy: 'skip',
    retry: NO_RETRY,
    startGraceSeconds: 0,
    finishGraceSeconds: 0,
    integrationId: null,
    tags: [],
    enabled: true,
    onFailure: null,
    onSuccess: null,
    onLate: null,
    createdAt: at,
    updatedAt: at,
    ...overrides,
  };
}

/** Stores a job and returns it. */
export async function givenJob(platform: Platform, overrides: Partial<Job> = {}): Promise<Job> {
  const job = aJob(overrides);
  if (!(await createJob(platform.db, job))) throw new Error(`job ${job.id} exists`);
  return job;
}

export function anOutcome(overrides: Partial<Outcome> = {}): Outcome {
  return {
    status: 'ok',
    exitCode: 0,
    message: null,
    stdout: captureText('done\n'),
    stderr: captureText(''),
    durationMs: 12,
    itemsProcessed: 0,
    meta: null,
    ...overrides,
  };
}
