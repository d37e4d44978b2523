import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { OVERLAP_POLICIES } from '../../../../../functions/core/domain/job.ts';
import { parseDeadLetterTick, parseRunMessage, parseTick } from '../../../../../functions/core/domain/messages.ts';
import { decideAdmission } from '../../../../../functions/core/domain/overlap.ts';
import { retryDelayMs } from '../../../../../functions/core/domain/retry.ts';

describe('decideAdmission', () => {
  it.each(OVERLAP_POLICIES)('starts with policy %s when the lock is free or its own', (policy) => {
    expect([decideAdmission(policy, 'free', false), decideAdmission(policy, 'own', true)]).toEqual(['start', 'start']);
  });

  it.each([
    ['skip', false, 'refuse'],
    ['queue', false, 'wait'],
    ['queue', true, 'refuse'],
    ['replace', false, 'replace'],
    ['replace', true, 'replace'],
    ['allow', true, 'start'],
  ] as const)('decides with policy %s, the lock taken and a run waiting (%s): %s', (policy, buffered, admission) => {
    expect(decideAdmission(policy, 'taken', buffered)).toBe(admission);
  });
});

describe('retryDelayMs', () => {
  const policy = { attempts: 5, backoff: 'exponential', delaySeconds: 10, maxDelaySeconds: 60 } as const;

  it('doubles the delay up to its maximum, half fixed and half random', () => {
    const bounds = [1, 2, 3, 4, 40].map((made) => [
      retryDelayMs(policy, made, 0),
      retryDelayMs(policy, made, 0.999_999),
    ]);

    expect(bounds).toEqual([
      [5_000, 10_000],
      [10_000, 20_000],
      [20_000, 40_000],
      [30_000, 60_000],
      [30_000, 60_000],
    ]);
  });

  it('keeps a fixed delay constant', () => {
    expect([1, 2, 9].map((made) => retryDelayMs({ ...policy, backoff: 'fixed' }, made, 0.5))).toEqual([
      7_500, 7_500, 7_500,
    ]);
  });
});

describe('queue messages', () => {
  const tick = { v: 1, tenant: 'acme', jobId: 'sync', incarnation: 'abc12345', scheduledAt: '2031-05-06T10:00:00Z' };

  it('accept a tick with the time format of EventBridge Scheduler', () => {
    expect(parseTick(JSON.stringify(tick))).toEqual({ ...tick, scheduledAt: '2031-05-06T10:00:00.000Z' });
  });

  it('accept a dead-lettered tick from the dispatcher and from EventBridge Scheduler', () => {
    const request = JSON.stringify({ MessageBody: JSON.stringify(tick), QueueUrl: 'https://sqs.example/ticks' });

    expect(parseDeadLetterTick(request)).toEqual(parseTick(JSON.stringify(tick)));
    expect(parseDeadLetterTick(JSON.stringify(tick))).toEqual(parseTick(JSON.stringify(tick)));
  });

  it.each([
    ['no JSON', 'x'],
    ['null', 'null'],
    ['another version', JSON.stringify({ ...tick, v: 2 })],
    ['no tenant', JSON.stringify({ ...tick, tenant: 'a#b' })],
    ['no time', JSON.stringify({ ...tick, scheduledAt: '<aws.scheduler.scheduled-time>' })],
  ])('reject %s', (_, body) => {
    expect([parseTick(body), parseRunMessage(body)]).toEqual([undefined, undefined]);
  });

  it('never throw', () => {
    fc.assert(fc.property(fc.oneof(fc.string(), fc.json()), (body) => void [parseTick(body), parseRunMessage(body)]));
  });
});
