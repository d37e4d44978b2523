import { describe, expect, it } from 'vitest';
import type { Checkpoint } from '../../../../../../functions/console/app/api/pipeline-types.ts';
import { parseWholeNumber, restartOptions } from '../../../../../../functions/console/app/view/checkpoints.ts';

describe('a restart', () => {
  const checkpoint = (epoch: number, state: Checkpoint['state']): Checkpoint => ({
    id: `chk_${epoch}`,
    epoch,
    start_time: Date.parse('2026-11-22T12:00:00Z'),
    finish_time: null,
    state,
    size_bytes: 1_234,
    cause: 'stop',
    pinned: false,
    job_id: 'job.inc.1',
    operator_states: [],
  });

  it('offers completed checkpoints, the newest first', () => {
    const all = [checkpoint(1, 'completed'), checkpoint(2, 'failed'), checkpoint(3, 'completed')];

    expect(restartOptions(all, 'UTC')).toEqual([
      ['chk_3', '3: 12:00:00.000 UTC, on stop, 1.2 KB'],
      ['chk_1', '1: 12:00:00.000 UTC, on stop, 1.2 KB'],
    ]);
  });

  it.each([
    ['4', 4],
    [' 64 ', 64],
  ])('accepts %j tasks', (text, tasks) => expect(parseWholeNumber(text, 1, 64)).toBe(tasks));
  it.each(['', '0', '65', '1.5', 'x'])('rejects %j tasks', (text) => {
    expect(parseWholeNumber(text, 1, 64)).toBe('Must be a whole number from 1 to 64.');
  });
});
