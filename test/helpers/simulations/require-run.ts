import type { Run, RunRef } from '../../../functions/core/domain/run.ts';
import { getRun } from '../../../functions/core/store/runs.ts';
import type { TestPlatform } from '../fakes/platform.ts';

/** @throws Error if the run does not exist */
export async function requireRun({ db }: Pick<TestPlatform, 'db'>, ref: RunRef): Promise<Run> {
  const run = await getRun(db, ref);
  if (!run) throw new Error('the run does not exist');
  return run;
}
