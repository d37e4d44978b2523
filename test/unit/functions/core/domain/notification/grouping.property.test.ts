import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  nextAttemptTime,
  RETRY_WINDOW_MS,
} from '../../../../../../functions/core/domain/notification/delivery-retry.ts';
import {
  GROUPING_INTERVAL_MS,
  type NotificationGroup,
  placeInGroup,
} from '../../../../../../functions/core/domain/notification/grouping.ts';
import { aDelivery } from '../../../../../helpers/builders/deliveries.ts';

const START = Date.UTC(2031, 4, 6, 10);
const iso = (time: number) => new Date(time).toISOString();

interface Message {
  readonly dueAt: number;
  readonly folded: boolean;
  readonly notices: number[];
}

/** Returns the messages for notices at the given times. */
function folded(times: readonly number[]): readonly Message[] {
  const messages: Message[] = [];
  let slot: NotificationGroup | undefined;
  for (const now of times) {
    const place = placeInGroup(slot, '#ops', now);
    if ('join' in place) {
      messages[Number(place.join)]?.notices.push(now);
      continue;
    }
    slot = { delivery: String(messages.length), destination: '#ops', dueAt: iso(place.dueAt) };
    messages.push({ ...place, notices: [now] });
  }
  return messages;
}

const times = fc.array(fc.integer({ min: 0, max: 100_000 }), { minLength: 1, maxLength: 60 }).map((gaps) => {
  let now = START;
  return gaps.map((gap) => (now += gap));
});

describe('placeInGroup', () => {
  it('sends at most one message a minute, with each notice in one of them, at most a minute late', () => {
    fc.assert(
      fc.property(times, (at) => {
        const messages = folded(at);

        expect(messages.flatMap(({ notices }) => notices)).toEqual(at);
        for (const [i, { dueAt, notices }] of messages.entries()) {
          const before = messages[i - 1]?.dueAt ?? Number.NEGATIVE_INFINITY;
          expect(dueAt - before).toBeGreaterThanOrEqual(GROUPING_INTERVAL_MS);
          for (const time of notices) expect(dueAt - time).toBeGreaterThanOrEqual(0);
          for (const time of notices) expect(dueAt - time).toBeLessThanOrEqual(GROUPING_INTERVAL_MS);
        }
      }),
      { numRuns: 500 },
    );
  });

  it('sends a notice at once if the previous message is a minute old', () => {
    fc.assert(
      fc.property(times, (at) => {
        for (const { dueAt, folded: isFolded, notices } of folded(at)) {
          if (!isFolded) expect(notices).toEqual([dueAt]);
        }
      }),
    );
  });
});

describe('nextAttemptTime', () => {
  it('backs off, respects the receiver’s delay, and ends within a day', () => {
    const seconds = fc.integer({ min: 0, max: 2 * 86_400 });
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.double({ min: 0, max: 0.999, noNaN: true }), seconds)), (answers) => {
        let now = START;
        const tryUntil = iso(START + RETRY_WINDOW_MS);
        for (const [i, [random, retryAfter]] of answers.entries()) {
          const next = nextAttemptTime({ tryUntil, attempts: i + 1 }, now, random, retryAfter);
          if (next === undefined) return;
          expect(next - now).toBeGreaterThanOrEqual(Math.max(5_000, retryAfter * 1_000));
          expect(next).toBeLessThanOrEqual(START + RETRY_WINDOW_MS);
          now = next;
        }
      }),
    );
  });

  it('allows between ten and thirty attempts a day', () => {
    fc.assert(
      fc.property(fc.double({ min: 0, max: 0.999, noNaN: true }), (random) => {
        const { tryUntil } = aDelivery({ tryUntil: iso(START + RETRY_WINDOW_MS) });
        let attempts = 1;
        for (let now: number | undefined = START; now !== undefined; attempts++) {
          now = nextAttemptTime({ tryUntil, attempts }, now, random);
        }
        expect(attempts).toBeGreaterThan(10);
        expect(attempts).toBeLessThan(30);
      }),
    );
  });
});
