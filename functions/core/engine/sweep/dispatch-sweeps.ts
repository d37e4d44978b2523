import { SWEEP_DELAY_MS, SWEEP_SHARD_NAMES } from '../../domain/sweep-agenda.ts';
import { MINUTE_MS } from '../../domain/timing.ts';
import type { Platform } from '../../platform/platform.ts';
import { getSweepPass, listTenantsAfter, putSweepPass, walkDueTenants } from '../../store/sweep-agenda.ts';
import { PASS_INTERVAL_MS, PASS_LIMIT, PASS_MINUTES, PASS_SHARE } from './sweep-limits.ts';

/**
 * Sends one message per tenant that is due until the next minute, delayed until the tenant is due, and messages for the
 * next tenants of the pass over all tenants. Costs what is due, and a fixed number of calls.
 *
 * A tenant that is not swept in time stays due and gets another message.
 *
 * @throws AggregateError after all partitions of the agenda were processed, if some failed
 */
export async function dispatchSweeps(platform: Platform): Promise<void> {
  const parts = await Promise.allSettled(SWEEP_SHARD_NAMES.map((shard) => dispatchDue(platform, shard)));
  const due = parts.reduce((sum, part) => sum + (part.status === 'fulfilled' ? part.value : 0), 0);
  const [pass] = await Promise.allSettled([dispatchPass(platform, due)]);
  const failed = [...parts, pass].filter((part) => part.status === 'rejected');
  for (const { reason } of failed) platform.log.error('sweep.dispatch_failed', { error: String(reason) });
  // guard: sweep.dispatch.shards-apart
  if (failed.length > 0) {
    throw new AggregateError(
      failed.map(({ reason }) => reason as unknown),
      `${failed.length} of ${parts.length + 1} parts of the agenda were not dispatched`,
    );
  }
}

/** @returns the number of tenants that are due */
async function dispatchDue({ db, queues, now }: Platform, shard: string): Promise<number> {
  let count = 0;
  for await (const due of walkDueTenants(db, shard, now() + SWEEP_DELAY_MS)) {
    await queues.sendSweeps(due.map(({ tenant, sweepAt }) => ({ tenant, delayMs: sweepAt - now() })));
    count += due.length;
  }
  return count;
}

/**
 * Continues the pass over all tenants, the safety net for entries that are wrong because counters are. Its cost follows
 * the work of the stage: one tenant every other minute, and one for every ten that are due.
 */
async function dispatchPass({ db, queues, now }: Platform, due: number): Promise<void> {
  const isTurn = Math.floor(now() / MINUTE_MS) % PASS_MINUTES === 0;
  const size = Math.min(Number(isTurn) + Math.floor(due * PASS_SHARE), PASS_LIMIT);
  if (size === 0) return;
  const pass = (await getSweepPass(db)) ?? { startedAt: 0, after: null };
  const startedAt = pass.after === null ? now() : pass.startedAt;
  if (pass.after === null && now() - pass.startedAt < PASS_INTERVAL_MS) return;
  const tenants = await listTenantsAfter(db, pass.after, size);
  await queues.sendSweeps(tenants.map((tenant) => ({ tenant, full: true, delayMs: 0 })));
  await putSweepPass(db, { startedAt, after: tenants.length < size ? null : (tenants.at(-1) ?? null) });
}
