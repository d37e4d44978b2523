import type { Run, RunStatus } from '../api/types.ts';
import { formatDuration } from './format.ts';
import { isActive, STATUS_LABELS } from './status.ts';

/** One bar of a strip of runs. */
export interface Bar {
  readonly runId: string;
  readonly status: RunStatus;
  /** 0–1 of the strip's height. */
  readonly height: number;
  readonly label: string;
}

/** A run of no length still shows. */
const MIN_HEIGHT = 0.18;

/**
 * The last runs as bars, oldest first. Heights go with the square root of durations, so that one long run does not make
 * dots of all the others.
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
