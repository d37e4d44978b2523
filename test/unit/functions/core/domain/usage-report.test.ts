import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { formatUsageCsv, listDayNames, reportUsage } from '../../../../../functions/core/domain/usage-report.ts';

const day = (name: string, storedBytesChange: number, runs = 1) => ({
  day: name,
  runs,
  computeMs: 1_500,
  records: 10,
  storedBytesChange,
});

describe('reportUsage', () => {
  it('has every day of the range, with the stored bytes at its end', () => {
    const counted = [day('2026-02-27', 100), day('2026-03-01', -30), day('2026-03-02', 5)];

    const report = reportUsage(counted, 1_000, { from: '2026-02-26', through: '2026-03-02', group: 'day' });

    expect(report.map(({ period, runs, storedBytes }) => [period, runs, storedBytes])).toEqual([
      ['2026-02-26', 0, 925],
      ['2026-02-27', 1, 1_025],
      ['2026-02-28', 0, 1_025],
      ['2026-03-01', 1, 995],
      ['2026-03-02', 1, 1_000],
    ]);
    expect(report[1]).toEqual({ period: '2026-02-27', runs: 1, computeSeconds: 1, records: 10, storedBytes: 1_025 });
  });

  it('considers changes after the range, which are not part of it', () => {
    const counted = [day('2026-03-01', 10), day('2026-03-05', 90)];

    expect(reportUsage(counted, 100, { from: '2026-03-01', through: '2026-03-02', group: 'day' })).toMatchObject([
      { period: '2026-03-01', runs: 1, storedBytes: 10 },
      { period: '2026-03-02', runs: 0, storedBytes: 10 },
    ]);
  });

  it('sums months before it rounds, with the level at their end', () => {
    const counted = [day('2026-02-01', 10), day('2026-02-28', 20), day('2026-03-01', 30)];

    expect(reportUsage(counted, 60, { from: '2026-02-01', through: '2026-03-02', group: 'month' })).toEqual([
      { period: '2026-02', runs: 2, computeSeconds: 3, records: 20, storedBytes: 30 },
      { period: '2026-03', runs: 1, computeSeconds: 1, records: 10, storedBytes: 60 },
    ]);
  });

  it('agrees with levels that are added up from the first day, by day and by month', () => {
    const names = listDayNames('2027-12-20', '2028-03-10');
    const change = fc.record({ at: fc.nat(names.length - 1), bytes: fc.integer({ min: 0, max: 1_000 }) });
    fc.assert(
      fc.property(fc.array(change), fc.nat(names.length - 1), fc.nat(names.length - 1), (changes, a, b) => {
        const [first, last] = [Math.min(a, b), Math.max(a, b)];
        const byDay = new Map<number, number>();
        for (const { at, bytes } of changes) byDay.set(at, (byDay.get(at) ?? 0) + bytes);
        const counted = [...byDay].filter(([at]) => at >= first).map(([at, bytes]) => day(names[at] ?? '', bytes));
        const levelAt = (end: number) =>
          changes.filter(({ at }) => at <= end).reduce((sum, { bytes }) => sum + bytes, 0);
        const range = { from: names[first] ?? '', through: names[last] ?? '' };

        const days = reportUsage(counted, levelAt(names.length), { ...range, group: 'day' });
        const months = reportUsage(counted, levelAt(names.length), { ...range, group: 'month' });

        expect(days.map(({ storedBytes }) => storedBytes)).toEqual(
          names.slice(first, last + 1).map((_, i) => levelAt(first + i)),
        );
        for (const { period, runs, storedBytes } of months) {
          const ofMonth = days.filter((one) => one.period.startsWith(period));
          expect(runs).toBe(ofMonth.reduce((sum, one) => sum + one.runs, 0));
          expect(storedBytes).toBe(ofMonth.at(-1)?.storedBytes);
        }
      }),
    );
  });
});

describe('listDayNames', () => {
  it('has each day once, over leap days and changes of the year', () => {
    expect(listDayNames('2028-02-28', '2028-03-01')).toEqual(['2028-02-28', '2028-02-29', '2028-03-01']);
    expect(listDayNames('2026-12-31', '2027-01-01')).toEqual(['2026-12-31', '2027-01-01']);
    expect(listDayNames('2026-12-31', '2026-12-30')).toEqual([]);
  });
});

describe('formatUsageCsv', () => {
  it('has a header and a row for each period', () => {
    const report = [{ period: '2026-03', runs: 1, computeSeconds: 2, records: 3, storedBytes: 4 }];

    expect(formatUsageCsv(report, 'month')).toBe(
      'month,runs,compute_seconds,records,stored_bytes\r\n2026-03,1,2,3,4\r\n',
    );
  });
});
