import { setTimeout as sleep } from 'node:timers/promises';
import type { Context } from 'aws-lambda';
import { parseRebuildRequest } from '../core/engine/reconciliation/rebuild-request.ts';
import { type RebuildResult, rebuildTenant } from '../core/engine/reconciliation/rebuild-tenant.ts';
import { reconcileCounters } from '../core/engine/reconciliation/reconcile-counters.ts';
import { createPlatform } from '../core/platform/create-platform.ts';
import { OutOfTimeError } from '../core/platform/time-budget.ts';

const platform = createPlatform();

/** Milliseconds reserved at the end of an invocation for work that has started. */
const RESERVE_MS = 20_000;

/** Reconciles the counters, hourly. The event `{ "rebuild": "<tenant>" }` rebuilds the counters of a tenant instead. */
export async function handler(event: unknown, context: Context): Promise<RebuildResult | null> {
  const left = () => context.getRemainingTimeInMillis() - RESERVE_MS;
  const hasTime = () => left() > 0;
  const pause = async (ms: number) => {
    if (left() < ms) throw new OutOfTimeError(`no time to wait for ${ms} ms`);
    await sleep(ms);
  };
  const tenant = parseRebuildRequest(event);
  if (tenant) return rebuildTenant(platform, tenant, hasTime, pause);
  await reconcileCounters(platform, hasTime, pause);
  return null;
}
