import { describe, expect, it } from 'vitest';
import {
  chartStart,
  defaultRange,
  formatPeriod,
  isFigure,
  isUsageGroup,
  periodName,
  sumUsage,
} from '../../../../../../functions/console/app/view/usage.ts';

const FIGURES = { runs: 2, compute_seconds: 30, records: 5, stored_bytes: 700 };
const DAY = { day: '2026-11-30', ...FIGURES };
const MONTH = { month: '2026-02', ...FIGURES };

describe('defaultRange', () => {
  it('covers the last 30 days in UTC', () => {
    expect(defaultRange('day', Date.parse('2026-11-30T23:59:59.999Z'))).toEqual({
      from: '2026-11-01',
      to: '2026-11-30',
    });
  });

  it.each([
    ['2026-11-30', '2025-12-01'],
    ['2026-12-01', '2026-01-01'],
    ['2028-02-29', '2027-03-01'],
  ])('covers on %s the twelve months from %s', (to, from) => {
    expect(defaultRange('month', Date.parse(`${to}T10:00:00Z`))).toEqual({ from, to });
  });
});

describe('a period', () => {
  it('has the name and the text of its day or month', () => {
    expect([DAY, MONTH].map(periodName)).toEqual(['2026-11-30', '2026-02']);
    expect([DAY, MONTH].map(formatPeriod)).toEqual(['30 Nov 2026', 'February 2026']);
  });

  it('starts on the chart at midnight of the browser', () => {
    expect(chartStart(DAY)).toBe(new Date(2026, 10, 30).getTime());
    expect(chartStart(MONTH)).toBe(new Date(2026, 1, 1).getTime());
  });
});

describe('sumUsage', () => {
  it('adds up all figures except the stored bytes, which are a level', () => {
    expect(sumUsage([DAY, MONTH])).toEqual({ runs: 4, compute_seconds: 60, records: 10 });
    expect(sumUsage([])).toEqual({ runs: 0, compute_seconds: 0, records: 0 });
  });
});

describe('parameters of the URL', () => {
  it('do not count if they name no group and no figure', () => {
    expect(['day', 'month', 'year', null].map(isUsageGroup)).toEqual([true, true, false, false]);
    expect(['runs', 'records', 'stored_bytes', null].map(isFigure)).toEqual([true, true, false, false]);
  });
});
