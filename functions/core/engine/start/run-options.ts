import { JobdeckError } from '../../domain/errors.ts';
import type { Run } from '../../domain/run.ts';
import { expirySecondsOf } from '../../domain/run-expiry.ts';
import type { RunOptions } from '../../domain/run-input.ts';
import type { Db } from '../../store/db.ts';
import { getRunInput } from '../../store/run-inputs.ts';

/**
 * Returns the options of a run, for another run that repeats or continues it.
 *
 * @throws JobdeckError `run.input_expired` (conflict)
 */
export async function getRunOptions(db: Db, run: Run): Promise<RunOptions> {
  const input = await getRunInput(db, run);
  if (input === undefined) throw new JobdeckError('conflict', 'run.input_expired', 'The input of the run has expired');
  const seconds = expirySecondsOf(run);
  const expiry = seconds === null ? {} : { expiresInSeconds: seconds };
  return { input, tags: run.tags, note: run.note, priority: run.priority, ...expiry };
}
