import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseDeadLetterTick, parseRunMessage, parseTick } from '../../../../../functions/core/domain/messages.ts';

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

  it('name the lock of a run, and are accepted without a malformed one', () => {
    const run = { v: 1, tenant: 'acme', jobId: 'sync', incarnation: 'abc12345', ulid: '01JNXA3V5T9YV0Q2Z6W8000001' };
    const at = '2031-05-06T10:00:00.000Z';
    const parse = (lock: unknown) => parseRunMessage(JSON.stringify({ ...run, lock }));

    expect(parse({ since: at, ticksThrough: null })).toEqual({ ...run, lock: { since: at, ticksThrough: null } });
    expect(parse({ since: at, ticksThrough: at })).toEqual({ ...run, lock: { since: at, ticksThrough: at } });
    for (const malformed of [null, at, {}, { since: 'x', ticksThrough: null }, { since: at, ticksThrough: 'x' }])
      expect(parse(malformed)).toEqual(run);
  });

  it('never throw', () => {
    fc.assert(fc.property(fc.oneof(fc.string(), fc.json()), (body) => void [parseTick(body), parseRunMessage(body)]));
  });
});
