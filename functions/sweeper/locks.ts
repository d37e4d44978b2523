import type { Job } from '../domain/job.ts';
import type { JobState } from '../domain/job-state.ts';
import { isTerminal } from '../domain/run.ts';
import { LOCK_GRACE_MS } from '../domain/timing.ts';
import { passLock } from '../lifecycle/settle.ts';
import type { Platform } from '../platform/platform.ts';
import { getRuns } from '../store/runs.ts';
import { changeState } from '../store/states.ts';

/** Frees the locks of runs that ended, or were never made, a while ago: their workers crashed before they did. */
export async function sweepLocks(
  platform: Platform,
  jobs: ReadonlyMap<string, Job>,
  states: ReadonlyMap<string, JobState>,
): Promise<void> {
  const old = platform.now() - LOCK_GRACE_MS;
  const held = [...jobs.values()].flatMap((job) => {
    const state = states.get(job.id);
    const isOld = state?.lock && Date.parse(state.lock.since) <= old;
    const ref = { tenant: job.tenant, jobId: job.id, incarnation: job.incarnation };
    return isOld ? [{ job, state, ref: { ...ref, ulid: state.lock?.ulid ?? '' } }] : [];
  });
  const runs = await getRuns(
    platform.db,
    held.map(({ ref }) => ref),
  );
  for (const [i, { job, state }] of held.entries()) {
    const run = runs[i];
    if (run && isTerminal(run.state)) await passLock(platform, run);
    // What waits for it is found by `sweepQueued`.
    else if (!run) await changeState(platform.db, job, state, { lock: null });
  }
}
