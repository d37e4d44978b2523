import { JobdeckError } from '../../domain/errors.ts';
import type { Run, RunRef } from '../../domain/run.ts';
import type { Platform } from '../../platform/platform.ts';
import * as store from '../../store/acknowledgements.ts';
import type { RunUpdate } from '../../store/runs.ts';

/** The author and the text of an acknowledgement. */
export interface AcknowledgeRequest {
  readonly by: string;
  readonly note: string | null;
}

/** The run after the request. `changed` is `false` if the request changed nothing. */
export interface AcknowledgeResult {
  readonly run: Run;
  readonly changed: boolean;
}

/**
 * Acknowledges a failed run. The run stays in the history and leaves the count of current failures. An earlier
 * acknowledgement stays unchanged.
 *
 * @returns `undefined` if the run does not exist
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

/**
 * Removes the acknowledgement of a failed run, if it has one.
 *
 * @returns `undefined` if the run does not exist
 * @throws JobdeckError `run.not_failed` (conflict)
 */
export async function withdrawAcknowledgement(
  { db }: Pick<Platform, 'db'>,
  ref: RunRef,
): Promise<AcknowledgeResult | undefined> {
  return assertFailed(await store.unacknowledgeRun(db, ref), 'unacknowledge');
}

function assertFailed({ ok, run }: RunUpdate, verb: string): AcknowledgeResult | undefined {
  if (run && run.state !== 'failed') {
    throw new JobdeckError(
      'conflict',
      'run.not_failed',
      `Cannot ${verb} ${run.state} run: only failed runs can be acknowledged`,
    );
  }
  return run && { run, changed: ok };
}
