import fc from 'fast-check';
import { decodeTime } from 'ulidx';
import { describe, expect, it } from 'vitest';
import {
  encodeUlidTime,
  isUlid,
  parseRunId,
  publicRunId,
  tickUlid,
} from '../../../../../functions/core/domain/run-id.ts';
import type { TenantId } from '../../../../../functions/core/domain/tenant.ts';

const tenant = 'acme' as TenantId;
const job = { tenant, jobId: 'sync.email', incarnation: 'abc12345' };

describe('tickUlid', () => {
  it('returns the same ULID for the same tick, and another one for another job, incarnation, tenant or time', () => {
    const time = '2031-05-06T10:00:00.000Z';
    const ulids = [
      tickUlid(job, time),
      tickUlid({ ...job, jobId: 'other' }, time),
      tickUlid({ ...job, incarnation: 'zzz12345' }, time),
      tickUlid({ ...job, tenant: 'globex' as TenantId }, time),
      tickUlid(job, '2031-05-06T10:01:00.000Z'),
    ];

    expect(new Set(ulids).size).toBe(ulids.length);
    expect(tickUlid(job, time)).toBe(ulids[0]);
    expect(ulids.every(isUlid)).toBe(true);
  });

  it('sorts by time', () => {
    fc.assert(
      fc.property(fc.nat(2 ** 41), fc.nat(2 ** 41), (a, b) => {
        const [first, second] = [Math.min(a, b), Math.max(a, b)];
        fc.pre(first !== second);
        const iso = (time: number) => new Date(time).toISOString();
        expect(tickUlid(job, iso(first)) < tickUlid(job, iso(second))).toBe(true);
        expect(decodeTime(tickUlid(job, iso(first)))).toBe(first);
        expect(encodeUlidTime(first)).toHaveLength(10);
      }),
    );
  });
});

describe('public run id', () => {
  it('contains job and incarnation, for any dots in the job id', () => {
    const ulid = tickUlid(job, '2031-05-06T10:00:00.000Z');
    const id = publicRunId({ ...job, ulid });

    expect(id).toMatch(/^[A-Za-z0-9_.-]+$/);
    expect(parseRunId(tenant, id)).toEqual({ ...job, ulid });
  });

  it.each([
    '',
    'x',
    'a.b.c',
    '../../etc/passwd',
    'sync.abc12345.01ARZ3NDEKTSV4RRFFQ69G5FA',
    'a#b.abc12345.01ARZ3NDEKTSV4RRFFQ69G5FAV',
  ])('rejects %j', (id) => {
    expect(parseRunId(tenant, id)).toBeUndefined();
  });
});
