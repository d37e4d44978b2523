import type { LogLevel } from '../../domain/flow/log-line.ts';
import type { Platform } from '../../platform/platform.ts';
import { putLogLines } from '../../store/flow-logs.ts';
import type { RecordOwner } from '../../store/run-item.ts';

/**
 * Writes a line to the log of a run. A failed write is logged and ignored.
 *
 * @param task index of the task; `null` for the run
 */
export async function logRunEvent(
  { db, now, log }: Pick<Platform, 'db' | 'now' | 'log'>,
  run: RecordOwner,
  task: number | null,
  level: LogLevel,
  message: string,
): Promise<void> {
  // Lines of a slice start at 1.
  const line = { time: now(), line: 0, level, operator: null, task, message, details: {} };
  await putLogLines(db, run, [line]).catch((error: unknown) => {
    log.warn('flow_log.write_failed', { run: run.ulid, tenant: run.tenant, job: run.jobId, error: String(error) });
  });
}
