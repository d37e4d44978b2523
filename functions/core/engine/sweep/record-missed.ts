import type { JobOutline } from '../../domain/job.ts';
import { tickUlid } from '../../domain/run-id.ts';
import type { Platform } from '../../platform/platform.ts';
import { getJob } from '../../store/jobs.ts';
import { getTickRows } from '../../store/runs.ts';
import { startTick } from '../start/dispatch-tick.ts';

/** Records those of the ticks that have no row as missed. */
export async function recordMissed(platform: Platform, outline: JobOutline, ticks: readonly string[]): Promise<void> {
  const ref = { tenant: outline.tenant, jobId: outline.id, incarnation: outline.incarnation };
  const rows = await getTickRows(
    platform.db,
    ref,
    ticks.map((tick) => tickUlid(ref, tick)),
  );
  const missed = ticks.filter((_, i) => !rows[i]);
  if (missed.length === 0) return;
  const job = await getJob(platform.db, outline.tenant, outline.id);
  if (job?.incarnation !== outline.incarnation) return;
  for (const tick of missed) await startTick(platform, job, tick, 'missed');
}
