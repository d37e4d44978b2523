import { describe, expect, it } from 'vitest';
import {
  backfillKey,
  backfillsVersionKey,
  backfillTicksKey,
  calendarsVersionKey,
  chainedRunKey,
  dependenciesKey,
  firstEndKey,
  followerKey,
  kindOfRow,
  liveOutputKey,
  openBackfillKey,
  upstreamEndKey,
} from '../../../../../functions/core/store/keys.ts';
import { newTenant } from '../../../../helpers/builders/jobs.ts';

const tenant = newTenant();
const job = { tenant, jobId: 'a-job', incarnation: 'abc12345' };
const backfill = { ...job, id: '01JNXA3V5T9YV0Q2Z6W8M4R7B1' };

describe('kindOfRow', () => {
  it('returns the kinds of the rows of chains', () => {
    expect(kindOfRow('jobs', followerKey(tenant, 'a-job', 'other'))).toBe('follower');
    expect(kindOfRow('jobs', dependenciesKey(tenant))).toBe('followersVersion');
    expect(kindOfRow('jobs', calendarsVersionKey(tenant))).toBe('calendarsVersion');
    expect(kindOfRow('records', chainedRunKey(tenant, 'root', 1, 'a.k3f9.01JNXA3V5T9YV0Q2Z6W8M4R7B1', 'run'))).toBe(
      'chainedRun',
    );
    for (const key of [upstreamEndKey(job, 'key', 'other', 'success'), firstEndKey(job, 'key')]) {
      expect(kindOfRow('records', key)).toBe('upstreamEnd');
    }
  });

  it('tells rows of chains from the output of a job with the name of their partition', () => {
    for (const jobId of ['CHAIN', 'AFTER']) {
      const run = { ...job, jobId, ulid: backfill.id };
      expect(kindOfRow('records', liveOutputKey(run, 'stdout', 1, 0))).toBe('liveOutput');
      expect(kindOfRow('records', upstreamEndKey(run, 'key', 'LIVE', 'success'))).toBe('upstreamEnd');
    }
  });

  it('returns the kinds of the rows of backfills', () => {
    expect(kindOfRow('records', backfillKey(backfill))).toBe('backfill');
    expect(kindOfRow('records', openBackfillKey(backfill))).toBe('openBackfill');
    expect(kindOfRow('records', backfillTicksKey(backfill))).toBe('backfillTicks');
    expect(kindOfRow('records', backfillsVersionKey(tenant))).toBe('backfillsVersion');
  });

  it('returns `unknown` for a row of another release', () => {
    expect(kindOfRow('records', { pk: tenant, sk: 'OTHER#1' })).toBe('unknown');
  });
});
