import { executionToken, isExternalRun } from '../../functions/core/domain/external-execution.ts';
import { isTerminal, type Run } from '../../functions/core/domain/run.ts';
import { ACTIVE_CLASSES, type RunClass } from '../../functions/core/domain/run-class.ts';
import type { TenantId } from '../../functions/core/domain/tenant.ts';
import { MINUTE_MS } from '../../functions/core/domain/timing.ts';
import { recoverExternal } from '../../functions/core/engine/external/recover-external.ts';
import { cancelRun } from '../../functions/core/engine/finalize/cancel-run.ts';
import type { Platform } from '../../functions/core/platform/platform.ts';
import { createUsageCache } from '../../functions/core/platform/usage-cache.ts';
import { walkOldestActive } from '../../functions/core/store/run-lists.ts';
import type { AdminContext } from './admin-context.ts';

/** The parts of the context that the end of runs needs. */
type EndContext = Pick<AdminContext, 'db' | 'sendRun' | 'defaultLimits' | 'now' | 'pause' | 'reportProgress'>;

/** Milliseconds that runs get to end before their rows are removed. A worker whose row is missing stops within seconds. */
const RUN_END_TIMEOUT_MS = 30_000;
/**
 * Milliseconds that executions of other services get to end. A task of ECS may take two minutes to stop, and a start whose
 * answer was lost is looked for during five minutes.
 */
export const EXECUTION_END_TIMEOUT_MS = 10 * MINUTE_MS;
/** Milliseconds between two looks at the runs. */
export const POLL_INTERVAL_MS = 2_000;
/** Milliseconds between two requests to stop the same executions. */
const STOP_INTERVAL_MS = 20_000;
/** Number of runs that are read together. */
const PAGE = 100;

/** The classes of active runs, those with executions first: others only wait. */
const CLASSES: readonly RunClass[] = ['admitted', ...ACTIVE_CLASSES.filter((runClass) => runClass !== 'admitted')];

export const TENANT_DELETED = 'tenant deleted';

/**
 * Cancels the active runs of a tenant and waits for them to end: 30 s, or 10 minutes while other services execute some.
 * Workers stop those executions; the sweep, which repeats lost requests, skips the tenant, so they are repeated here.
 *
 * @returns the executions that may still run, each with its service; none if all have ended
 */
export async function endRuns(context: EndContext, tenant: TenantId): Promise<readonly string[]> {
  const { now, pause, reportProgress } = context;
  const startedAt = now();
  let requestedAt: number | undefined;
  for (;;) {
    const isStopDue = requestedAt === undefined || now() - requestedAt >= STOP_INTERVAL_MS;
    const left = await cancelActive(context, tenant, {
      isStopDue,
      mayContinue: () => now() - startedAt <= RUN_END_TIMEOUT_MS,
    });
    const executed = left.filter(isExternalRun);
    if (executed.length > 0 && requestedAt === undefined) {
      reportProgress(
        `waiting up to ${EXECUTION_END_TIMEOUT_MS / MINUTE_MS} min for ${executed.length} executions of other services to stop`,
      );
    }
    if (isStopDue) requestedAt = now();
    if (left.length === 0) return [];
    const timeoutMs = executed.length > 0 ? EXECUTION_END_TIMEOUT_MS : RUN_END_TIMEOUT_MS;
    if (now() - startedAt > timeoutMs) return executed.map(describeExecution);
    await pause(POLL_INTERVAL_MS);
  }
}

interface CancelOptions {
  /** `true` asks workers to stop executions that were asked before. */
  readonly isStopDue: boolean;
  /** `false` leaves the runs that have not been read: their rows are removed, and they start no more. */
  readonly mayContinue: () => boolean;
}

/** Cancels the active runs. @returns those that have not ended */
async function cancelActive(
  context: EndContext,
  tenant: TenantId,
  { isStopDue, mayContinue }: CancelOptions,
): Promise<readonly Run[]> {
  const platform = toSilentPlatform(context);
  const left: Run[] = [];
  for (const runClass of CLASSES) {
    for await (const { refs } of walkOldestActive(context.db, tenant, runClass, PAGE)) {
      for (const ref of refs) {
        const run = await cancelRun(platform, ref, TENANT_DELETED);
        if (!run || isTerminal(run.state)) continue;
        left.push(run);
        if (isStopDue && isExternalRun(run)) await requestStop(context, platform, run);
      }
      if (runClass !== 'admitted' && !mayContinue()) break;
    }
  }
  return left;
}

/** Asks a worker to stop the execution of a run. A run whose worker was lost is released first. */
async function requestStop({ sendRun, now }: EndContext, platform: Platform, run: Run): Promise<void> {
  if (!run.lease) return sendRun(run);
  if (Date.parse(run.lease.until) > now()) return;
  await recoverExternal({ ...platform, queues: { ...platform.queues, sendRun } }, run);
}

const describeExecution = (run: Run): string => {
  if (!isExternalRun(run)) throw new Error(`run ${run.ulid} has no execution`);
  const { type, target, reference } = run.external;
  return `${type} ${reference ?? `${executionToken(run)} of the target ${target}`}`;
};

/** Returns a platform that sends no messages: the canceled runs are not notified and not executed. */
function toSilentPlatform({ db, defaultLimits, now, reportProgress }: EndContext): Platform {
  const ignore = async () => {};
  const warn = (message: string, fields: Record<string, unknown> = {}) =>
    reportProgress(`${message} ${JSON.stringify(fields)}`);
  return {
    db,
    queues: {
      sendRun: ignore,
      sendRuns: ignore,
      sendSlice: ignore,
      sendTick: ignore,
      sendNotification: ignore,
      sendSweeps: ignore,
      sendRefusedNotice: ignore,
    },
    log: { info: () => {}, warn, error: warn },
    metrics: { event: () => {}, gauge: () => {} },
    defaultLimits,
    usageCache: createUsageCache(now),
    now,
    random: () => 0.5,
    newUlid: () => {
      throw new Error('no run is created for a deleted tenant');
    },
  };
}
