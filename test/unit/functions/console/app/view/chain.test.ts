import { describe, expect, it } from 'vitest';
import {
  chainInterval,
  isNotable,
  listFollowing,
  listRuns,
} from '../../../../../../functions/console/app/view/chain.ts';
import { aRun } from '../../../../../helpers/builders/run-view.ts';

const NOW = Date.parse('2026-11-30T12:00:00.000Z');
const ended = (run_id: string, finished_at: string) => aRun({ run_id, status: 'ok', finished_at });

const first = ended('first', '2026-11-30T11:00:00.000Z');
const second = ended('second', '2026-11-30T11:30:00.000Z');
const third = ended('third', '2026-11-30T11:50:00.000Z');
const chain = {
  run: first,
  children: [
    { run: second, children: [] },
    { run: third, children: [] },
  ],
};

describe('listRuns', () => {
  it('contains each run before its children', () => {
    expect(listRuns(chain)).toEqual([first, second, third]);
  });
});

describe('listFollowing', () => {
  it('contains each run with the one before, and 500 runs after each other', () => {
    expect(listFollowing(chain)).toEqual([
      { run: second, before: first },
      { run: third, before: first },
    ]);
    let long: typeof chain.children = [];
    for (let i = 0; i < 500; i++) long = [{ run: second, children: long as never[] }];
    expect(listFollowing({ run: first, children: long })).toHaveLength(500);
  });
});

describe('isNotable', () => {
  it('finds failed and active runs, and those before the current run', () => {
    expect(isNotable(chain, 'third')).toBe(true);
    expect(isNotable(chain, 'other')).toBe(false);
    expect(isNotable({ run: aRun({ status: 'timeout' }), children: [] }, 'other')).toBe(true);
    expect(isNotable({ run: aRun({ status: 'pending' }), children: [] }, 'other')).toBe(true);
  });
});

describe('chainInterval', () => {
  it('returns undefined a minute after the last end', () => {
    expect(chainInterval(chain, NOW)).toBeUndefined();
    expect(chainInterval(chain, Date.parse('2026-11-30T11:50:59.999Z'))).toBe(3_000);
  });

  it('returns a short interval before the first load and while any run is active', () => {
    expect(chainInterval(undefined, NOW)).toBe(3_000);
    const running = { run: aRun({ run_id: 'later', status: 'running', finished_at: null }), children: [] };
    expect(chainInterval({ run: first, children: [running] }, NOW)).toBe(3_000);
  });
});
