import type { Run } from '../../../domain/run.ts';
import { requestFailure } from '../../../store/runs.ts';
import type { FlowEndPlatform } from '../end-flow.ts';
import { logRunEvent } from '../log-run-event.ts';
import { stopTasks } from './stop-tasks.ts';

/** Fails a flow run that has exceeded its timeout, and stops its tasks. */
export async function failTimedOutRun(platform: FlowEndPlatform, run: Run, timeoutMs: number): Promise<void> {
  const failure = { kind: 'timeout', message: `timeout: it took longer than ${timeoutMs} ms` } as const;
  const requested = await requestFailure(platform.db, run, failure);
  if (!requested.ok) return;
  await logRunEvent(platform, run, null, 'error', failure.message);
  await stopTasks(platform, requested.run);
}
