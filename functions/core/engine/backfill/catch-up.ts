import type { JobOutline } from '../../domain/job.ts';
import { hashedUlid } from '../../domain/run-id.ts';
import type { Platform } from '../../platform/platform.ts';
import { getBackfill, putTicksOnce } from '../../store/backfills.ts';
import { newBackfill, putBackfill } from './create-backfill.ts';

/**
 * Creates the backfill that runs missed ticks of a job, one after the other. Its id derives from the tick watermark, so that
 * a repeat, or a concurrent sweep, creates no second one. The ticks of the first attempt apply.
 *
 * @param ticksThrough the watermark as read
 * @param ticks ISO 8601, ascending; not empty
 * @returns the last tick of the backfill: the time up to which the watermark may advance
 * @throws Error if the backfill has expired
 */
export async function catchUp(
  platform: Platform,
  { tenant, id: jobId, incarnation }: JobOutline,
  ticksThrough: string,
  ticks: readonly string[],
): Promise<string> {
  const { db, now } = platform;
  const id = hashedUlid(Date.parse(ticksThrough), `catch-up#${tenant}#${jobId}#${incarnation}#${ticksThrough}`);
  const ref = { tenant, jobId, incarnation, id };
  const stored = /* guard: catch-up.ticks-once */ await putTicksOnce(db, ref, ticks, now());
  const [from = '', to = ''] = [stored[0], stored.at(-1)];
  const created = await putBackfill(platform, {
    ticks: stored,
    input: null,
    backfill: {
      ...newBackfill({ tenant, id: jobId, incarnation }, id, now()),
      cause: 'catch_up',
      from,
      to,
      order: 'asc',
      concurrency: 1,
      total: stored.length,
      tags: [],
      note: null,
      createdBy: null,
    },
  });
  const backfill = typeof created === 'string' ? await getBackfill(db, ref, now()) : created;
  if (!backfill) throw new Error(`job ${jobId}: the catch-up ${id} has expired`);
  return backfill.to;
}
