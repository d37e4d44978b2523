import type { Run, RunStatus } from '../api/types.ts';
import { formatDuration } from './format.ts';
import { isActive, STATUS_LABELS } from './status.ts';

/** A bar that represents one run. */
export interface Bar {
  readonly runId: string;
  readonly status: RunStatus;
  /** Share of the chart's height, 0–1. */
  readonly height: number;
  readonly label: string;
}

/** Keeps runs without a duration visible. */
const MIN_HEIGHT = 0.18;

/**
 * Returns bars for the most recent runs, oldest first. Heights are proportional to the square root of the duration, so
 * that one long run does not shrink the others to dots.
 *
 * @param runs newest first, as the API lists them
 */
export function runBars(runs: readonly Run[], count: number): readonly Bar[] {
  const shown = runs.slice(0, count).reverse();
  const longest = Math.max(1, ...shown.map(({ duration_ms }) => duration_ms ?? 0));
  return shown.map((run) => {
    const length = Math.sqrt((run.duration_ms ?? 0) / longest);
    const [word] = STATUS_LABELS[run.status];
    const took = run.duration_ms === null ? '' : `, ${formatDuration(run.duration_ms)}`;
    return {
      runId: run.run_id,
      status: run.status,
      height: isActive(run.status) ? 1 : MIN_HEIGHT + (1 - MIN_HEIGHT) * length,
      label: `#${run.id}: ${word.toLowerCase()}${took}`,
    };
  });
}
