import type { Checkpoint } from '../api/pipeline-types.ts';
import type { RunStatus } from '../api/types.ts';
import { formatBytes, formatTimeOfDay } from './format.ts';

/** What a checkpoint's state is called, and the colour that goes with it. */
export const CHECKPOINT_STATES: Readonly<Record<Checkpoint['state'], readonly [word: string, colour: RunStatus]>> = {
  in_progress: ['In progress', 'running'],
  completed: ['Done', 'ok'],
  failed: ['Failed', 'error'],
};

/** Why it was taken. */
export const CHECKPOINT_CAUSES: Readonly<Record<Checkpoint['cause'], string>> = {
  timer: 'on its timer',
  request: 'on request',
  stop: 'on stop',
};

/** The checkpoints that a run can be restarted from, newest first, as a choice shows them. */
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

/** A whole number of a field within its bounds, or why it is none. */
export function parseWholeNumber(text: string, least: number, most: number): number | string {
  const value = Number(text);
  const isGood = text.trim() !== '' && Number.isInteger(value) && value >= least && value <= most;
  return isGood ? value : `Must be a whole number of ${least}–${most.toLocaleString('en-US')}.`;
}
