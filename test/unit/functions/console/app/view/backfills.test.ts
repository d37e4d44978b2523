import { describe, expect, it } from 'vitest';
import type { Backfill } from '../../../../../../functions/console/app/api/types.ts';
import {
  describeProgress,
  emptyBackfill,
  isChanging,
  isOpen,
  toBackfillBody,
  validateBackfill,
} from '../../../../../../functions/console/app/view/backfills.ts';

const form = emptyBackfill(Date.parse('2026-11-30T12:34:56.789Z'));

const backfill: Backfill = {
  id: '01JNXA3V5T9YV0Q2Z6W8M4R7B1',
  job_id: 'nightly',
  cause: 'request',
  state: 'running',
  from: '2026-03-01T00:00:00.000Z',
  to: '2026-03-31T00:00:00.000Z',
  order: 'asc',
  concurrency: 2,
  total: 31,
  done: 5,
  failed: 0,
  canceled: 0,
  skipped: 0,
  active: 0,
  tags: [],
  note: null,
  created_at: '2026-04-01T00:00:00.000Z',
  created_by: 'ada',
  finished_at: null,
  canceled_by: null,
};

describe('emptyBackfill', () => {
  it('has the range of the last 24 hours in whole minutes', () => {
    expect(form).toMatchObject({ from: '2026-11-29T12:34:00Z', to: '2026-11-30T12:34:00Z' });
    expect(validateBackfill(form)).toEqual({});
  });
});

describe('toBackfillBody', () => {
  it('contains the range, order and concurrency only, unless there is an input', () => {
    expect(toBackfillBody({ ...form, from: ' 2026-03-01T00:00:00Z ', order: 'desc', concurrency: ' 5 ' })).toEqual({
      from: '2026-03-01T00:00:00Z',
      to: '2026-11-30T12:34:00Z',
      order: 'desc',
      concurrency: 5,
    });
    expect(toBackfillBody({ ...form, payload: '{"a":1}', tags: 'x\ny', note: 'again' })).toMatchObject({
      payload: { a: 1 },
      tags: ['x', 'y'],
      note: 'again',
    });
  });
});

describe('validateBackfill', () => {
  it.each([
    [{ from: ' ' }, { from: 'This field is required.' }],
    [{ to: '' }, { to: 'This field is required.' }],
    [{ concurrency: 'two' }, { concurrency: 'Must be a number, got "two"' }],
    [{ payload: '{' }, { payload: expect.stringMatching(/^Must be JSON: /) }],
  ])('reports %j at its field', (wrong, errors) => {
    expect(validateBackfill({ ...form, ...wrong })).toEqual(errors);
  });
});

describe('the progress of a backfill', () => {
  it.each([
    [{}, '5 of 31 runs ended'],
    [{ total: 1, done: 1 }, '1 of 1 run ended'],
    [{ failed: 2, canceled: 1, active: 3 }, '8 of 31 runs ended, 2 failed, 1 canceled, 3 active'],
  ])('of %j is described as %s', (counts, text) => {
    expect(describeProgress({ ...backfill, ...counts })).toBe(text);
  });

  it('changes while the backfill runs or has active runs', () => {
    const states = ['running', 'paused', 'completed', 'canceled'] as const;
    expect(states.map((state) => isOpen({ state }))).toEqual([true, true, false, false]);
    expect(states.map((state) => isChanging({ state, active: 0 }))).toEqual([true, false, false, false]);
    expect(isChanging({ state: 'canceled', active: 1 })).toBe(true);
  });
});
