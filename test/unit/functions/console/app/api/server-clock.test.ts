import { beforeEach, describe, expect, it, vi } from 'vitest';
import { serverNow, syncServerTime } from '../../../../../../functions/console/app/api/server-clock.ts';

const NOON = Date.parse('2026-11-22T12:00:00.000Z');
const HOUR = 3_600_000;

/** Sets the browser's clock. */
const browserAt = (time: number) => vi.setSystemTime(time);

describe('serverNow', () => {
  beforeEach(() => {
    vi.useFakeTimers();
    browserAt(NOON);
    syncServerTime(new Date(NOON).toUTCString());
    return () => vi.useRealTimers();
  });

  it("uses the server's clock if the browser's clock is an hour ahead or behind", () => {
    for (const error of [HOUR, -HOUR]) {
      browserAt(NOON + error);
      syncServerTime(new Date(NOON).toUTCString());
      expect(serverNow()).toBe(NOON);
    }
  });

  it("uses the browser's clock if the difference is within the duration of a request", () => {
    browserAt(NOON + 3_400);
    syncServerTime(new Date(NOON).toUTCString());

    expect(serverNow()).toBe(NOON + 3_400);
  });

  it('does not jitter between responses', () => {
    browserAt(NOON + HOUR);
    syncServerTime(new Date(NOON).toUTCString());
    browserAt(NOON + HOUR + 2_900);
    syncServerTime(new Date(NOON + 1_000).toUTCString());

    expect(serverNow()).toBe(NOON + 2_900);
  });

  it("uses the browser's clock again once that clock is correct", () => {
    browserAt(NOON + HOUR);
    syncServerTime(new Date(NOON).toUTCString());
    browserAt(NOON + 1_000);
    syncServerTime(new Date(NOON + 1_000).toUTCString());

    expect(serverNow()).toBe(NOON + 1_000);
  });

  it.each([[null], [''], ['soon']])('ignores the header %j', (header) => {
    syncServerTime(header);

    expect(serverNow()).toBe(NOON);
  });
});
