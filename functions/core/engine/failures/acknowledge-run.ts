import { JobdeckError } from '../../domain/errors.ts';
import type { Run, RunRef } from '../../domain/run.ts';
import type { Platform } from '../../platform/platform.ts';
import * as store from '../../store/acknowledgements.ts';
import type { RunUpdate } from '../../store/runs.ts';

/** Who has dealt with a failed run, and what they say of it. */
export interface AcknowledgeRequest {
  readonly by: string;
  readonly note: string | null;
}

/** A failed run as it is now, and whether this is what made it so. */
export interface AcknowledgeResult {
  readonly run: Run;
  readonly changed: boolean;
}

/**
 * Notes that somebody has dealt with a failed run: it stays in history, and is no failure any more where failures of now
 * are counted. One that was acknowledged before stays as it was. Undefined when the run is gone.
 *
 * @throws JobdeckError `run.not_failed` (conflict)
 */
export async function acknowledgeFailure(
  { db, now }: Pick<Platform, 'db' | 'now'>,
  ref: RunRef,
  { by, note }: AcknowledgeRequest,
): Promise<AcknowledgeResult | undefined> {
  const at = new Date(now()).toISOString();
  return assertFailed(await store.acknowledgeRun(db, ref, { at, by, note }), 'acknowledge');
}

/** Takes an acknowledgement back. One that is not there is no error. @throws as `acknowledge` */
export async function withdrawAcknowledgement(
  { db }: Pick<Platform, 'db'>,
  ref: RunRef,
): Promise<AcknowledgeResult | undefined> {
  return assertFailed(await store.unacknowledgeRun(db, ref), 'unacknowledge');
}

function assertFailed({ ok, run }: RunUpdate, verb: string): AcknowledgeResult | undefined {
  if (run && run.state !== 'failed') {
    throw new JobdeckError('conflict', 'run.not_failed', `Cannot ${verb} ${run.state} run: only one that failed`);
  }
  return run && { run, changed: ok };
}
