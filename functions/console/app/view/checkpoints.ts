import type { Checkpoint } from '../api/pipeline-types.ts';
import type { RunStatus } from '../api/types.ts';
import { formatBytes, formatTimeOfDay } from './format.ts';

/** Labels and colors of checkpoint states. */
export const CHECKPOINT_STATES: Readonly<Record<Checkpoint['state'], readonly [word: string, color: RunStatus]>> = {
  in_progress: ['In progress', 'running'],
  completed: ['Completed', 'ok'],
  failed: ['Failed', 'error'],
};

/** Labels of the causes of a checkpoint. */
export const CHECKPOINT_CAUSES: Readonly<Record<Checkpoint['cause'], string>> = {
  timer: 'on timer',
  request: 'on request',
  stop: 'on stop',
};

/** Returns the checkpoints that a run can restart from, as options of a `select`, newest first. */
export function restartOptions(
  checkpoints: readonly Checkpoint[],
  zone: string,
): readonly (readonly [id: string, label: string])[] {
  return checkpoints
    .filter(({ state }) => state === 'completed')
    .toSorted((a, b) => b.epoch - a.epoch)
    .map(({ id, epoch, start_time: start, cause, size_bytes: size }) => [
      id,
      `${epoch}: ${formatTimeOfDay(start, zone)}, ${CHECKPOINT_CAUSES[cause]}, ${formatBytes(size)}`,
    ]);
}

/**
 * Parses a whole number.
 *
 * @param min minimum, inclusive
 * @param max maximum, inclusive
 * @returns the number, or an error message
 */
export function parseWholeNumber(text: string, min: number, max: number): number | string {
  const value = Number(text);
  const isValid = text.trim() !== '' && Number.isInteger(value) && value >= min && value <= max;
  return isValid ? value : `Must be a whole number from ${min} to ${max.toLocaleString('en-US')}.`;
}
