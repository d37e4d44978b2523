import { describe, expect, it } from 'vitest';
import type { FailureCause } from '../../../../../../functions/console/app/api/types.ts';
import {
  acknowledgeRequests,
  EMPTY_SELECTION,
  groupFromCause,
  groupFromMessage,
  isSelected,
  redriveRequests,
  resolveSelection,
  sumRedriveResults,
  toggleGroup,
  toggleRun,
} from '../../../../../../functions/console/app/view/failures.ts';

const aCause = (cause: string, count: number): FailureCause => ({
  cause,
  kind: 'error',
  run_ids: [],
  job_id: 'job',
  message: 'exit code 1',
  count,
  newest: '2026-03-02T01:03:00.050Z',
  oldest: null,
});
const GROUPS = [aCause('a', 25), aCause('b', 2)].map(groupFromCause);

describe('a selection of failed runs', () => {
  it('holds whole groups and single runs of other groups', () => {
    const selection = toggleRun(toggleGroup(EMPTY_SELECTION, 'a'), 'r1', 'b', ['r1', 'r2']);
    const chosen = resolveSelection(selection, GROUPS);

    expect(chosen.count).toBe(26);
    expect(redriveRequests(chosen)).toEqual([{ cause: 'a' }, { run_ids: ['r1'] }]);
    expect(isSelected(selection, 'whichever', 'a')).toBe(true);
    expect(isSelected(selection, 'r2', 'b')).toBe(false);
  });

  it('keeps the other visible runs when a run of a whole group is deselected', () => {
    const chosen = resolveSelection(toggleRun(toggleGroup(EMPTY_SELECTION, 'b'), 'r1', 'b', ['r1', 'r2']), GROUPS);

    expect(redriveRequests(chosen)).toEqual([{ run_ids: ['r2'] }]);
    expect(chosen.count).toBe(1);
  });

  it('includes the runs of a selected group and drops them when the group is deselected', () => {
    const some = toggleRun(EMPTY_SELECTION, 'r1', 'b', ['r1']);

    expect(redriveRequests(resolveSelection(toggleGroup(some, 'b'), GROUPS))).toEqual([{ cause: 'b' }]);
    expect(toggleGroup(toggleGroup(some, 'b'), 'b')).toEqual(EMPTY_SELECTION);
    expect(toggleRun(some, 'r1', 'b', ['r1'])).toEqual(EMPTY_SELECTION);
  });

  it('ignores a group that is no longer listed', () => {
    const selection = toggleRun(toggleGroup(EMPTY_SELECTION, 'gone'), 'r1', 'gone too', ['r1']);

    expect(resolveSelection(selection, GROUPS)).toEqual({ count: 0, groups: [], runIds: [] });
  });

  it('excludes runs that fail after the selection from the acknowledgement', () => {
    const chosen = resolveSelection(toggleRun(toggleGroup(EMPTY_SELECTION, 'a'), 'r1', 'b', ['r1']), GROUPS);

    expect(acknowledgeRequests(chosen)).toEqual([
      { cause: 'a', before: '2026-03-02T01:03:00.051Z' },
      { run_ids: ['r1'] },
    ]);
  });

  it('selects a message of several jobs by the id of the message', () => {
    const jobs = [{ job_id: 'a', cause: 'c', count: 2 }];
    const group = groupFromMessage({ ...aCause('', 3), message_id: 'm', job_count: 2, jobs });

    expect(redriveRequests(resolveSelection(toggleGroup(EMPTY_SELECTION, 'm'), [group]))).toEqual([
      { message_id: 'm' },
    ]);
  });
});

it('sums results and merges equal reasons', () => {
  const skipped = (id: string, reason: string) => ({ run_id: id, reason, new_run_id: null });
  const sum = sumRedriveResults([
    { started: [{ run_id: '1', new_run_id: null }], skipped: [skipped('2', 'runs'), skipped('3', 'runs')], left: 4 },
    { started: [], skipped: [skipped('4', 'gone')], left: 1 },
  ]);

  expect(sum).toEqual({
    started: 1,
    skipped: [
      { reason: 'runs', count: 2 },
      { reason: 'gone', count: 1 },
    ],
    left: 5,
  });
});
