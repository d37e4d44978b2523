import { describe, expect, it } from 'vitest';
import { etagOf } from '../../../../../functions/api/definition/job-etag.ts';
import { jobRequest } from '../../../../../functions/api/definition/job-request.ts';
import { type Preconditions, putJob } from '../../../../../functions/api/definition/put-job.ts';
import { readIfNoneMatch } from '../../../../../functions/api/http/if-none-match.ts';
import { validate } from '../../../../../functions/api/http/validate.ts';
import type { Job } from '../../../../../functions/core/domain/job.ts';
import { getFormerJob } from '../../../../../functions/core/store/former-jobs.ts';
import { deleteJob, getJob, replaceJob } from '../../../../../functions/core/store/jobs.ts';
import { newTenant } from '../../../../helpers/builders/jobs.ts';
import { memoryDb } from '../../../../helpers/fakes/memory-db.ts';
import { START, testPlatform } from '../../../../helpers/fakes/platform.ts';

const platform = testPlatform(memoryDb());
const { db } = platform;

const http = { url: 'https://api.test/' };
const request = (fields: object) => validate(jobRequest(), { id: 'sync', name: 'Sync', http, ...fields }, 'body');

function given() {
  const tenant = newTenant();
  const put = (fields: object = {}, preconditions: Preconditions = {}) =>
    putJob(platform, tenant, request(fields), preconditions);
  const stored = () => getJob(db, tenant, 'sync');
  return { tenant, put, stored };
}

const former = ({ tenant, id: jobId, incarnation }: Job, version: number) =>
  getFormerJob(db, { tenant, jobId, incarnation }, version);

describe('putJob', () => {
  it('creates a job and replaces its whole definition', async () => {
    const { put, stored } = given();

    const first = await put({ description: 'Old', labels: { project: 'a' } });
    const second = await put({ name: 'Renamed' });

    expect(first).toMatchObject({ outcome: 'created', job: { version: 1, description: 'Old' } });
    expect(second).toMatchObject({ outcome: 'changed', job: { version: 2, name: 'Renamed', description: null } });
    expect(second.job.incarnation).toBe(first.job.incarnation);
    expect(await stored()).toEqual(second.job);
    expect(await former(first.job, 1)).toEqual(first.job);
  });

  it('writes nothing if the job has the definition already', async () => {
    const { put, stored } = given();
    const { job } = await put({ labels: { a: '1', b: '2' } });
    platform.advance(60_000);

    const again = await put({ labels: { b: '2', a: '1' } });

    expect(again).toEqual({ job, outcome: 'unchanged' });
    expect(await stored()).toEqual(job);
    expect(await former(job, 1)).toBeUndefined();
  });

  it('changes the type of a job', async () => {
    const { put } = given();
    const flow = { sources: [{ type: 'generate', count: 1 }], sinks: [{ type: 'preview' }] };
    await put({ timeout_ms: 5_000 });

    expect((await put({ http: null, flow })).job).toMatchObject({ target: { type: 'flow' }, timeoutMs: null });
  });

  it('replaces only the version that If-Match names', async () => {
    const { put, stored } = given();
    const { job } = await put();
    await put({ name: 'Theirs' });

    await expect(put({ name: 'Mine' }, { ifMatch: [etagOf(job)] })).rejects.toMatchObject({ code: 'job.changed' });
    await expect(put({ name: 'Theirs' }, { ifMatch: [etagOf(job)] })).rejects.toMatchObject({ code: 'job.changed' });

    expect(await stored()).toMatchObject({ name: 'Theirs', version: 2 });
    const current = { ifMatch: [etagOf({ ...job, version: 2 })] };
    expect(await put({ name: 'Mine' }, current)).toMatchObject({ job: { version: 3 } });
  });

  it.each(['*', ['"a1b2c3d4e5-1"']] as const)('creates no job if If-Match is %j', async (ifMatch) => {
    const { put, stored } = given();

    await expect(put({}, { ifMatch })).rejects.toMatchObject({ kind: 'precondition', code: 'job.changed' });

    expect(await stored()).toBeUndefined();
  });

  it('creates the job once for concurrent requests that may only create it', async () => {
    const { put, stored } = given();
    const names = ['A', 'B', 'C', 'D'];

    const results = await Promise.allSettled(names.map((name) => put({ name }, { ifNoneMatch: '*' })));

    const refused = results.flatMap((result) => (result.status === 'rejected' ? [result.reason] : []));
    expect(refused).toHaveLength(3);
    for (const error of refused) expect(error).toMatchObject({ kind: 'precondition', code: 'job.exists' });
    expect(await stored()).toMatchObject({ version: 1 });
  });

  it('creates the job once and replaces it for concurrent requests without a condition', async () => {
    const { put, stored } = given();
    const names = ['A', 'B', 'C', 'D'];

    const results = await Promise.all(names.map((name) => put({ name })));

    expect(results.map(({ outcome }) => outcome).toSorted()).toEqual(['changed', 'changed', 'changed', 'created']);
    expect(results.map(({ job }) => job.version).toSorted((a, b) => a - b)).toEqual([1, 2, 3, 4]);
    expect(await stored()).toMatchObject({ version: 4 });
  });

  it('creates the job anew if it is deleted between the read and the write', async () => {
    const { tenant, put } = given();
    const { job } = await put();
    let clock = 0;
    // The clock is read between the read and the write of the job.
    const now = () => {
      if (clock++ === 0) void deleteJob(db, job, new Date(START).toISOString());
      return platform.now();
    };

    const result = await putJob({ ...platform, now }, tenant, request({ name: 'Mine' }), {});

    expect(result).toMatchObject({ outcome: 'created', job: { name: 'Mine', version: 1 } });
    expect(result.job.incarnation).not.toBe(job.incarnation);
  });

  it('rejects an invalid definition and keeps the job', async () => {
    const { put, stored } = given();
    const { job } = await put();

    await expect(put({ timezone: 'Mars/Base' })).rejects.toThrow('timezone: must be an IANA name');
    await expect(put({ schedule: 'at(2020-01-01T00:00:00)' })).rejects.toThrow('never fires');

    expect(await stored()).toEqual(job);
  });

  it('accepts an unchanged schedule that has expired', async () => {
    const { put, stored } = given();
    const { job } = await put();
    await replaceJob(db, { ...job, version: 2, schedule: 'at(2020-01-01T00:00:00)' });

    expect(await put({ schedule: 'at(2020-01-01T00:00:00)', name: 'New' })).toMatchObject({ outcome: 'changed' });
    expect(await stored()).toMatchObject({ name: 'New', version: 3 });
  });
});

describe('readIfNoneMatch', () => {
  it('accepts no header and an asterisk', () => {
    expect(readIfNoneMatch({})).toBeUndefined();
    expect(readIfNoneMatch({ 'if-none-match': ' * ' })).toBe('*');
  });

  it.each(['', '"a1b2c3d4e5-3"', '*, *'])('rejects %j', (value) => {
    expect(() => readIfNoneMatch({ 'if-none-match': value })).toThrow(
      `if-none-match: must be *: the resource must not exist, got ${value}`,
    );
  });
});
