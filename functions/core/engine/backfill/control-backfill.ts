import { type Backfill, type BackfillRef, isBackfillOver } from '../../domain/backfill.ts';
import { JobdeckError } from '../../domain/errors.ts';
import { MINUTE_MS, purgeTime } from '../../domain/timing.ts';
import type { Platform } from '../../platform/platform.ts';
import { getBackfill, replaceBackfill } from '../../store/backfills.ts';
import { getLimits } from '../../store/limits.ts';
import { hastenSweep } from '../../store/sweep-agenda.ts';
import { requestAdvance } from './request-advance.ts';

/** A change of a backfill by a caller. */
export type BackfillAction = 'pause' | 'resume' | 'cancel';

const STATE_AFTER = { pause: 'paused', resume: 'running', cancel: 'canceled' } as const;

/** Attempts at a change while the backfill advances. */
const MAX_ATTEMPTS = 20;

/**
 * Pauses, resumes or cancels a backfill, and requests its next step. Active runs of a paused backfill continue, those of a
 * canceled one are canceled by the step. Repeating an action changes nothing.
 *
 * @param by name of the caller
 * @returns the backfill, or `undefined` if it does not exist
 * @throws JobdeckError `backfill.ended`, `backfill.busy` (conflict)
 */
export async function controlBackfill(
  platform: Platform,
  ref: BackfillRef,
  action: BackfillAction,
  by: string,
): Promise<Backfill | undefined> {
  const { db, now } = platform;
  const state = STATE_AFTER[action];
  // Of a paused backfill no run may be active, so that no other change makes the sweep due.
  // guard: backfill.resume.sweep
  if (action !== 'pause') await hastenSweep(db, ref.tenant, now() + MINUTE_MS);
  for (let attempts = 0; attempts < MAX_ATTEMPTS; attempts++) {
    const seen = await getBackfill(db, ref, now());
    if (!seen) return undefined;
    if (seen.state === state) return seen;
    if (seen.state === 'completed' || seen.state === 'canceled') {
      throw new JobdeckError('conflict', 'backfill.ended', `Cannot ${action} ${seen.state} backfill`);
    }
    const stored = await replaceBackfill(db, seen, await change(platform, seen, state, by));
    if (!stored) continue;
    await requestAdvance(platform, stored, stored.id);
    return stored;
  }
  throw new JobdeckError('conflict', 'backfill.busy', 'The backfill is being changed; try again');
}

async function change(
  { db, now, defaultLimits }: Platform,
  seen: Backfill,
  state: Backfill['state'],
  by: string,
): Promise<Backfill> {
  const at = now();
  const updatedAt = new Date(at).toISOString();
  if (state !== 'canceled') return { ...seen, state, updatedAt };
  const canceled = { ...seen, state, updatedAt, finishedAt: updatedAt, canceledBy: by };
  if (!isBackfillOver(canceled)) return canceled;
  const { retentionDays } = await getLimits(db, seen.tenant, defaultLimits);
  return { ...canceled, purgeAt: purgeTime(at, retentionDays) };
}
