import { type Run, type RunState, type SkippedTick, terminalStatus } from '../../core/domain/run.ts';

/** The statuses of a run in the runner contract. */
export const RUN_STATUSES = ['ok', 'error', 'timeout', 'canceled', 'skipped', 'running', 'pending'] as const;
export type RunStatus = (typeof RUN_STATUSES)[number];

/** The states that each status covers. */
export const STATES_BY_STATUS: Readonly<Record<RunStatus, readonly (RunState | 'skipped')[]>> = {
  ok: ['completed'],
  error: ['failed'],
  timeout: ['failed'],
  canceled: ['canceled'],
  skipped: ['skipped'],
  running: ['running', 'stopping'],
  pending: ['queued'],
};

export function runStatus(row: Run | SkippedTick): RunStatus {
  switch (row.state) {
    case 'skipped':
      return 'skipped';
    case 'queued':
      return 'pending';
    case 'running':
    case 'stopping':
      return 'running';
    case 'completed':
    case 'failed':
    case 'canceled':
      return terminalStatus(row.state, row.failure?.kind === 'timeout');
  }
}
