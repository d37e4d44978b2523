import { expect, test } from 'vitest';
import type { Cause } from '../../functions/console/app/api/wire.ts';
import {
  countChosen,
  isChosen,
  NOTHING,
  redrivenTogether,
  requestsOf,
  turnCause,
  turnRun,
} from '../../functions/console/app/view/failures.ts';

const aCause = (cause: string, count: number): Cause => ({
  cause,
  job_id: 'job',
  message: 'exit code 1',
  count,
  newest: null,
  oldest: null,
});
const CAUSES = [aCause('a', 25), aCause('b', 2)];

test('causes are chosen whole, and runs of others beside them', () => {
  const selection = turnRun(turnCause(NOTHING, 'a'), 'r1', 'b', ['r1', 'r2']);

  expect(countChosen(selection, CAUSES)).toBe(26);
  expect(requestsOf(selection)).toEqual([{ cause: 'a' }, { run_ids: ['r1'] }]);
  expect(isChosen(selection, 'whichever', 'a')).toBe(true);
  expect(isChosen(selection, 'r2', 'b')).toBe(false);
});

test('a run that is taken out of a whole cause leaves the others that are shown', () => {
  const selection = turnRun(turnCause(NOTHING, 'b'), 'r1', 'b', ['r1', 'r2']);

  expect(requestsOf(selection)).toEqual([{ run_ids: ['r2'] }]);
  expect(countChosen(selection, CAUSES)).toBe(1);
});

test('choosing a cause takes in its runs; choosing anything again takes it out', () => {
  const some = turnRun(NOTHING, 'r1', 'b', ['r1']);

  expect(requestsOf(turnCause(some, 'b'))).toEqual([{ cause: 'b' }]);
  expect(turnCause(turnCause(some, 'b'), 'b')).toEqual(NOTHING);
  expect(turnRun(some, 'r1', 'b', ['r1'])).toEqual(NOTHING);
});

test('what is chosen of a cause that is gone is not counted', () => {
  expect(countChosen(turnCause(NOTHING, 'gone'), CAUSES)).toBe(0);
});

test('answers are told together, with each reason once', () => {
  const skipped = (id: string, reason: string) => ({ run_id: id, reason });
  const told = redrivenTogether([
    { started: [{ run_id: '1', new_run_id: null }], skipped: [skipped('2', 'runs'), skipped('3', 'runs')], left: 4 },
    { started: [], skipped: [skipped('4', 'gone')], left: 1 },
  ]);

  expect(told).toEqual({
    started: 1,
    skipped: [
      { reason: 'runs', count: 2 },
      { reason: 'gone', count: 1 },
    ],
    left: 5,
  });
});
