import { describe, expect, it } from 'vitest';
import type { Run } from '../../../../../../functions/core/domain/run.ts';
import { isClaimOverdue } from '../../../../../../functions/core/engine/sweep/sweep-queued.ts';

describe('isClaimOverdue', () => {
  const created = Date.UTC(2031, 4, 6, 10);
  const run = { createdAt: new Date(created).toISOString(), sentAt: null, dueAt: null, resends: 0 } as Run;

  it('waits for a minute, then twice that, and so on up to an hour', () => {
    const firstOverdue = [0, 1, 2, 3, 10].map((resends) =>
      [60, 120, 240, 480, 3_600].find((seconds) => isClaimOverdue({ ...run, resends }, created + seconds * 1_000 + 1)),
    );

    expect(firstOverdue).toEqual([60, 120, 240, 480, 3_600]);
    expect(isClaimOverdue(run, created + 60_000)).toBe(false);
  });

  it('counts from the due time', () => {
    const later = { ...run, dueAt: new Date(created + 600_000).toISOString() };

    expect([isClaimOverdue(later, created + 650_000), isClaimOverdue(later, created + 661_000)]).toEqual([false, true]);
  });
});
