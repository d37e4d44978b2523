import { describe, expect, it } from 'vitest';
import {
  chainKeyOf,
  followerUlid,
  lastEnd,
  placeAfter,
  placeOfRepeat,
  spanSeconds,
} from '../../../../../functions/core/domain/chain.ts';
import { publicRunId, tickUlid } from '../../../../../functions/core/domain/run-id.ts';
import { endedRun } from '../../../../helpers/builders/ended-run.ts';
import { aJob } from '../../../../helpers/builders/jobs.ts';

const job = aJob();
const TICK = '2026-03-02T01:00:00.000Z';
const end = (name: string, finishedAt: string) => ({ job: name, run: `${name}.run`, finishedAt });

describe('chainKeyOf', () => {
  it('is the time of a tick, the ULID of a manual run, and that of the first run for those that follow', () => {
    const tick = endedRun(job, 1, { scheduledAt: TICK });
    const manual = endedRun(job, 2);
    const following = endedRun(job, 3, { chain: placeAfter(manual) });

    expect([tick, manual, following].map(chainKeyOf)).toEqual([TICK, manual.ulid, manual.ulid]);
  });
});

describe('placeAfter', () => {
  it('counts the runs since the first one, and the triggers of scripts among them', () => {
    const first = endedRun(job, 1);
    const second = endedRun(job, 2, { chain: placeAfter(first) });

    const place = placeAfter(second, '01JNXA3V5T9YV0Q2Z6W8M4R7B1');

    expect(place).toEqual({
      key: '01JNXA3V5T9YV0Q2Z6W8M4R7B1',
      root: publicRunId(first),
      parent: publicRunId(second),
      depth: 2,
      triggers: 1,
    });
  });
});

describe('placeOfRepeat', () => {
  it('is the place of the repeated run, and that of a first run for one', () => {
    const first = endedRun(job, 1);
    const second = endedRun(job, 2, { chain: placeAfter(first) });

    expect(placeOfRepeat(second)).toEqual(second.chain);
    expect(placeOfRepeat(first)).toEqual({ key: first.ulid, root: null, parent: null, depth: 0, triggers: 0 });
  });
});

describe('followerUlid', () => {
  it('differs by job, incarnation and key, and from the ULID of a tick at the same time', () => {
    const ref = { tenant: job.tenant, jobId: job.id, incarnation: job.incarnation };
    const ulids = [
      followerUlid(job, TICK),
      followerUlid(job, endedRun(job, 1).ulid),
      followerUlid({ ...job, id: 'other' }, TICK),
      followerUlid({ ...job, incarnation: 'def45678' }, TICK),
      tickUlid(ref, TICK),
    ];

    expect(new Set(ulids).size).toBe(5);
    expect(followerUlid(job, TICK).slice(0, 10)).toBe(tickUlid(ref, TICK).slice(0, 10));
  });
});

describe('the ends of upstream runs', () => {
  it('are ordered by time, and by job for equal times', () => {
    const ends = [end('b', TICK), end('c', '2026-03-02T00:59:30.000Z'), end('a', TICK)];

    expect(lastEnd(ends)?.job).toBe('b');
    expect(lastEnd(ends.toReversed())?.job).toBe('b');
    expect(spanSeconds(ends)).toBe(30);
  });
});
