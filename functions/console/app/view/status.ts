import type { RunStatus } from '../api/types.ts';

/** Labels of run statuses and their meaning. */
export const STATUS_LABELS: Readonly<Record<RunStatus, readonly [name: string, meaning: string]>> = {
  ok: ['Succeeded', 'completed successfully'],
  error: ['Failed', 'ended with an error'],
  timeout: ['Timed out', 'exceeded its timeout'],
  canceled: ['Canceled', 'was canceled'],
  skipped: ['Skipped', 'the tick started no run'],
  running: ['Running', 'is being processed'],
  pending: ['Queued', 'is waiting to start'],
};

export const ALL_STATUSES = Object.keys(STATUS_LABELS) as readonly RunStatus[];

/** Statuses of runs, without skipped ticks. */
export const RUN_STATUSES = ALL_STATUSES.filter((status) => status !== 'skipped');

export const isStatus = (text: string | null): text is RunStatus => ALL_STATUSES.some((status) => status === text);
export const isRunStatus = (text: string | null): text is RunStatus => isStatus(text) && text !== 'skipped';

export const isActive = (status: RunStatus): boolean => status === 'running' || status === 'pending';
export const hasFailed = (status: RunStatus): boolean => status === 'error' || status === 'timeout';
