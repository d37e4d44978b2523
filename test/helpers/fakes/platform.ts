import { ulid } from 'ulidx';
import { DEFAULT_LIMITS } from '../../../functions/core/domain/limits.ts';
import type { RunToSend, TickMessage } from '../../../functions/core/domain/messages.ts';
import type { Delivery } from '../../../functions/core/domain/notification/delivery.ts';
import type { RunRef } from '../../../functions/core/domain/run.ts';
import type { TenantId } from '../../../functions/core/domain/tenant.ts';
import type { ExternalPlatform } from '../../../functions/core/engine/external/external-platform.ts';
import type { FlowPlatform } from '../../../functions/core/engine/flow/flow-platform.ts';
import type { MetricValues } from '../../../functions/core/platform/metrics.ts';
import type { Platform } from '../../../functions/core/platform/platform.ts';
import type { SweepRequest } from '../../../functions/core/platform/queues.ts';
import { createUsageCache } from '../../../functions/core/platform/usage-cache.ts';
import type { Db } from '../../../functions/core/store/db.ts';
import { type MemoryObjects, memoryObjects } from './memory-objects.ts';
import { noExecutionService } from './no-execution-service.ts';

/** A platform with a controllable clock that stores its messages, logs and metrics in lists. */
export interface TestPlatform extends FlowPlatform, ExternalPlatform {
  readonly objects: MemoryObjects;
  sliceMs: number;
  /** Throws unless a test connects operators to the flows. */
  open: FlowPlatform['open'];
  /** Throws unless a test connects services. */
  executions: ExternalPlatform['executions'];
  /** Run messages that were sent and not processed. */
  readonly sent: (RunToSend & { readonly delayMs: number })[];
  /** Slice messages that were sent and not processed. */
  readonly slices: (RunRef & { readonly task: number; readonly slice: number; readonly delayMs: number })[];
  readonly ticks: (TickMessage & { readonly delayMs: number })[];
  /** Notification messages that were sent and not processed. */
  readonly notifications: (Pick<Delivery, 'tenant' | 'id'> & { readonly delayMs: number })[];
  /** Sweeps that were requested and not made. */
  readonly sweeps: SweepRequest[];
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
  const ticks: TestPlatform['ticks'] = [];
  const notifications: TestPlatform['notifications'] = [];
  const sweeps: TestPlatform['sweeps'] = [];
  const refusedNotices: TestPlatform['refusedNotices'] = [];
  const logged: TestPlatform['logged'] = [];
  const measured: TestPlatform['measured'] = [];
  const log =
    (level: string) =>
    (message: string, fields: Record<string, unknown> = {}) => {
      logged.push({ level, message, fields });
    };
  const objects = memoryObjects(() => now);
  return {
    db,
    objects,
    recordObjects: async (platform, ...run) =>
      (await import('../../../functions/core/engine/flow/record-objects.ts')).recordObjects(
        platform,
        objects.files,
        ...run,
      ),
    sliceMs: 45_000,
    open: async () => {
      throw new Error('the test connects no flow operators');
    },
    readTriggerInput: async (job, input) =>
      (await import('../../../functions/worker/read-trigger-input.ts')).readTriggerInput(job, input),
    executions: noExecutionService,
    sent,
    slices,
    ticks,
    notifications,
    sweeps,
    refusedNotices,
    logged,
    measured,
    queues: {
      async sendRun({ tenant, jobId, incarnation, ulid: id, lock }, delayMs = 0) {
        sent.push({ tenant, jobId, incarnation, ulid: id, delayMs, ...(lock && { lock }) });
      },
      async sendRuns(refs) {
        sent.push(
          ...refs.map(({ tenant, jobId, incarnation, ulid: id, lock }) => ({
            tenant,
            jobId,
            incarnation,
            ulid: id,
            delayMs: 0,
            ...(lock && { lock }),
          })),
        );
      },
      async sendSlice({ tenant, jobId, incarnation, ulid: id }, task, slice, delayMs = 0) {
        slices.push({ tenant, jobId, incarnation, ulid: id, task, slice, delayMs });
      },
      async sendTick(tick, delayMs) {
        ticks.push({ ...tick, delayMs });
      },
      async sendNotification({ tenant, id }, delayMs = 0) {
        notifications.push({ tenant, id, delayMs });
      },
      async sendSweeps(requests) {
        sweeps.push(...requests);
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
    usageCache: createUsageCache(() => now),
    now: () => now,
    random: () => 0.5,
    // The default of the library makes 16 calls of the operating system's generator.
    newUlid: (time) => ulid(time, Math.random),
    advance(ms) {
      now += ms;
    },
  };
}

/** Returns the platform with another database. */
export const withDb = (platform: TestPlatform, db: Db): TestPlatform =>
  Object.defineProperty({ ...platform, db }, 'open', { get: () => platform.open });
