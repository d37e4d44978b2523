import { isTerminal } from '../../../domain/run.ts';
import type { Db } from '../../../store/db.ts';
import type { JobRef } from '../../../store/keys.ts';
import { getRun } from '../../../store/runs.ts';

/**
 * Returns a function that tells whether a run of a job has not ended. A run without a row has ended. Each run is read once, so
 * that the function is for one request or slice.
 */
export function createActivity(db: Db, { tenant, jobId, incarnation }: JobRef): (ulid: string) => Promise<boolean> {
  const known = new Map<string, Promise<boolean>>();
  return (ulid) => {
    const found = known.get(ulid) ?? readActivity(db, { tenant, jobId, incarnation }, ulid);
    known.set(ulid, found);
    return found;
  };
}

async function readActivity(db: Db, job: JobRef, ulid: string): Promise<boolean> {
  const run = await getRun(db, { ...job, ulid });
  return run !== undefined && !isTerminal(run.state);
}
