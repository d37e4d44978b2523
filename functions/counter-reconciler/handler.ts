import { setTimeout as sleep } from 'node:timers/promises';
import type { Context } from 'aws-lambda';
import { auditAll } from '../core/engine/reconciliation/audit-all.ts';
import { type Rebuilt, rebuildTenant } from '../core/engine/reconciliation/rebuild-tenant.ts';
import { rebuildRequest } from '../core/engine/reconciliation/request.ts';
import { OutOfTime } from '../core/engine/reconciliation/time.ts';
import { createPlatform } from '../core/platform/platform.ts';

const platform = createPlatform();

/** Left at the end of an invocation, for what was begun. */
const RESERVE_MS = 20_000;

/** Every hour: audits the counters. On request, `{ "rebuild": "<tenant>" }`: rebuilds those of a tenant. */
export async function handler(event: unknown, context: Context): Promise<Rebuilt | null> {
  const left = () => context.getRemainingTimeInMillis() - RESERVE_MS;
  const hasTime = () => left() > 0;
  const pause = async (ms: number) => {
    if (left() < ms) throw new OutOfTime(`no time to wait for ${ms} ms`);
    await sleep(ms);
  };
  const tenant = rebuildRequest(event);
  if (tenant) return rebuildTenant(platform, tenant, hasTime, pause);
  await auditAll(platform, hasTime, pause);
  return null;
}
