import type { RunView } from './api-types.ts';
import { formatDuration, formatTable, formatTime } from './table.ts';

/** Formats runs as a table. */
export const formatRuns = (runs: readonly RunView[]): string =>
  formatTable(
    ['RUN', 'STATUS', 'STARTED', 'TOOK', 'TRIGGER', 'REASON'],
    runs.map((run) => [
      run.run_id,
      run.status,
      formatTime(run.started_at),
      formatDuration(run.duration_ms),
      run.trigger,
      run.reason,
    ]),
  );
