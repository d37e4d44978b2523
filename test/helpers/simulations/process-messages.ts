import type { Job } from '../../../functions/core/domain/job.ts';
import { ACTIVE_CLASSES } from '../../../functions/core/domain/run-class.ts';
import type { TenantId } from '../../../functions/core/domain/tenant.ts';
import { processRunMessage } from '../../../functions/core/engine/execute/process-run-message.ts';
import { runSlice } from '../../../functions/core/engine/flow/slice/run-slice.ts';
import { deliver, type SendDelivery } from '../../../functions/core/engine/notifications/delivery/deliver.ts';
import { triggerJob } from '../../../functions/core/engine/start/trigger-job.ts';
import { sweepTenant } from '../../../functions/core/engine/sweep/sweep-tenant.ts';
import { listOldestActive, listOldestActiveChildren } from '../../../functions/core/store/run-lists.ts';
import type { TestPlatform } from '../fakes/platform.ts';

/** Triggers a run and plans it. */
export async function startFlowRun(platform: TestPlatform, job: Job) {
  const run = await triggerJob(platform, job);
  await processRunMessages(platform);
  return run;
}

export const rejectScripts = async (): Promise<never> => {
  throw new Error('the test runs no scripts');
};

/** Processes all run messages, including those that the processing sends. */
export async function processRunMessages(platform: TestPlatform, as: TestPlatform = platform): Promise<void> {
  for (let next = platform.sent.shift(); next; next = platform.sent.shift())
    await processRunMessage(as, rejectScripts, next);
}

/**
 * Processes slice messages, including those that the processing sends. Advances the clock to the due time of delayed
 * messages.
 *
 * @returns the number of processed slices
 */
export async function drainSlices(platform: TestPlatform, as: TestPlatform = platform, most = 10_000): Promise<number> {
  let slices = 0;
  while (slices < most) {
    await processRunMessages(platform, as);
    const next = platform.slices.shift();
    if (!next) return slices;
    if (next.delayMs > 0) platform.advance(next.delayMs);
    slices++;
    await runSlice(as, { v: 1, ...next });
  }
  return slices;
}

/**
 * Advances the clock by minutes with a sweep each, as after a crash, until no run is active. The sweeper cannot record the
 * objects of a run.
 */
export async function recoverBySweeping(platform: TestPlatform, job: Job, minutes = 6): Promise<void> {
  const { recordObjects, ...sweeper } = platform;
  for (let minute = 0; minute < minutes; minute++) {
    platform.advance(61_000);
    await sweepTenant(sweeper, job.tenant);
    await drainSlices(platform);
    if (await isQuiet(platform, job.tenant)) return;
  }
}

/** @returns whether the tenant has no active run or step */
async function isQuiet({ db }: TestPlatform, tenant: TenantId): Promise<boolean> {
  const runs = await Promise.all(ACTIVE_CLASSES.map((runClass) => listOldestActive(db, tenant, runClass, 1)));
  return runs.flat().length === 0 && (await listOldestActiveChildren(db, tenant, 1)).length === 0;
}

/** Processes the due notification messages, including those that the processing sends. Delayed messages remain. */
export async function drainNotifications(platform: TestPlatform, send: SendDelivery): Promise<void> {
  for (;;) {
    const i = platform.notifications.findIndex(({ delayMs }) => delayMs <= 0);
    const [message] = i < 0 ? [] : platform.notifications.splice(i, 1);
    if (!message) return;
    await deliver(platform, send, { v: 1, tenant: message.tenant, delivery: message.id });
  }
}

/** Advances the clock and reduces the delays of waiting messages. */
export function advanceClock(platform: TestPlatform, ms: number): void {
  platform.advance(ms);
  const waiting = platform.notifications.splice(0);
  platform.notifications.push(...waiting.map((message) => ({ ...message, delayMs: message.delayMs - ms })));
}
