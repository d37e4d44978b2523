import { describe, expect, it } from 'vitest';
import {
  addPause,
  endPause,
  findPause,
  suppressedTicks,
  ticksAfter,
} from '../../../../../functions/core/domain/pause.ts';
import { aJob } from '../../../../helpers/builders/jobs.ts';

const at = (hour: number, minute = 0) => new Date(Date.UTC(2026, 0, 1, hour, minute)).toISOString();

describe('a pause', () => {
  it('covers its start and not its end', () => {
    const pauses = addPause([], at(1), at(3));

    expect([at(0, 59), at(1), at(2, 59), at(3)].map((time) => findPause(pauses, time) !== undefined)).toEqual([
      false,
      true,
      true,
      false,
    ]);
  });

  it('keeps its start when its end is changed, and ends when the job is resumed', () => {
    const longer = addPause(addPause([], at(1), at(3)), at(2), null);

    expect(longer).toEqual([{ from: at(1), until: null }]);
    expect(endPause(longer, at(4))).toEqual([{ from: at(1), until: at(4) }]);
    expect(addPause(endPause(longer, at(4)), at(5), null)).toEqual([
      { from: at(1), until: at(4) },
      { from: at(5), until: null },
    ]);
  });

  it('delays the next tick to its end', () => {
    expect(ticksAfter([], Date.parse(at(1)))).toBe(Date.parse(at(1)));
    expect(ticksAfter(addPause([], at(1), at(3)), Date.parse(at(2)))).toBe(Date.parse(at(3)) - 1);
    expect(ticksAfter(addPause([], at(1), null), Date.parse(at(2)))).toBeNull();
  });

  it('is one of the newest five that are remembered', () => {
    let pauses = addPause([], at(0), null);
    for (let hour = 1; hour < 8; hour++) {
      pauses = addPause(endPause(pauses, at(hour - 1, 30)), at(hour), null);
    }

    expect(pauses.map(({ from }) => from)).toEqual([3, 4, 5, 6, 7].map((hour) => at(hour)));
  });

  it('suppresses the ticks between its start, inclusive, and its end, exclusive', () => {
    const job = aJob({ schedule: '0 * * * *' });
    const pauses = [
      { from: at(1), until: at(3) },
      { from: at(5, 30), until: null },
    ];

    expect(suppressedTicks(job, pauses, { from: at(0), to: at(7), limit: 10 })).toEqual([1, 2, 6, 7].map((h) => at(h)));
    expect(suppressedTicks(job, pauses, { from: at(1), to: at(6), limit: 10 })).toEqual([2, 6].map((h) => at(h)));
    expect(suppressedTicks(job, pauses, { from: at(0), to: at(7), limit: 3 })).toEqual([1, 2, 6].map((h) => at(h)));
  });
});
