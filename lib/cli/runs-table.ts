import { duration, table, time } from './table.ts';
import type { Run } from './wire.ts';

/** Runs, one a line; the last column says why. */
export const runsTable = (runs: readonly Run[]): string =>
  table(
    ['RUN', 'STATUS', 'STARTED', 'TOOK', 'TRIGGER', 'REASON'],
    runs.map((run) => [
      run.run_id,
      run.status,
      time(run.started_at),
      duration(run.duration_ms),
      run.trigger,
      run.reason,
    ]),
  );
