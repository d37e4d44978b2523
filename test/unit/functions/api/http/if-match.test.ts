import { describe, expect, it } from 'vitest';
import { assertIfMatch, etagOf } from '../../../../../functions/api/definition/job-etag.ts';
import { changeJob, removeJob } from '../../../../../functions/api/definition/write-job.ts';
import { readIfMatch } from '../../../../../functions/api/http/if-match.ts';
import { createJob, deleteJob, getJob, replaceJob } from '../../../../../functions/core/store/jobs.ts';
import { aJob, newTenant } from '../../../../helpers/builders/jobs.ts';
import { memoryDb } from '../../../../helpers/fakes/memory-db.ts';
import { START, testPlatform } from '../../../../helpers/fakes/platform.ts';

describe('readIfMatch', () => {
  it.each<[string | undefined, unknown]>([
    [undefined, undefined],
    ['*', '*'],
    [' * ', '*'],
    ['"a-1"', ['"a-1"']],
    ['"a-1", "b-2"', ['"a-1"', '"b-2"']],
    [',"a-1" ,, "b,2",', ['"a-1"', '"b,2"']],
    ['""', ['""']],
    ['W/"a-1"', []],
    ['W/"a-1","b-2"', ['"b-2"']],
  ])('parses %j', (value, expected) => {
    expect(readIfMatch({ 'if-match': value })).toEqual(expected);
  });

  it.each(['', ',', 'a-1', '"a-1', 'a"', '"a-1" "b-2"', '*, "a-1"', 'w/"a-1"', '"a b"', "'a-1'", '"a\u20ac"'])(
    'rejects %j',
    (value) => {
      expect(() => readIfMatch({ 'if-match': value })).toThrow(
        `if-match: must be * or entity tags such as "a1b2c3d4e5-3", in their quotes, got ${value}`,
      );
    },
  );
});

describe('requireMatch', () => {
  const job = { incarnation: 'a1b2c3d4e5', version: 4 };

  it.each([undefined, '*', ['"a1b2c3d4e5-4"'], ['"other"', '"a1b2c3d4e5-4"']] as const)('accepts %j', (ifMatch) => {
    expect(() => assertIfMatch(job, ifMatch)).not.toThrow();
  });

  it.each([
    [['"a1b2c3d4e5-3"'], '"a1b2c3d4e5-3"'],
    [['"f000000000-4"'], '"f000000000-4"'],
    [[], 'weak tags only'],
  ] as const)('rejects %j', (ifMatch, got) => {
    expect(() => assertIfMatch(job, ifMatch)).toThrow(
      `if-match: must name the current version, "a1b2c3d4e5-4", got ${got}`,
    );
  });
});

describe('a conditional change', () => {
  const platform = testPlatform(memoryDb());
  const { db } = platform;
  const precondition = { kind: 'precondition', code: 'job.changed' };

  async function given() {
    const job = aJob({ tenant: newTenant() });
    await createJob(db, job);
    /** Makes a concurrent change. */
    const overtake = () => replaceJob(db, { ...job, name: 'Theirs', version: job.version + 1 });
    const find = async () => (await getJob(db, job.tenant, job.id)) ?? job;
    return { job, overtake, find, ifMatch: [etagOf(job)] };
  }

  it('fails if another change is written between the read and the write', async () => {
    const { job, overtake, find, ifMatch } = await given();
    let reads = 0;
    const findAndLose = async () => {
      const found = await find();
      if (reads++ === 0) await overtake();
      return found;
    };

    await expect(changeJob(platform, findAndLose, () => ({ name: 'Mine' }), ifMatch)).rejects.toMatchObject(
      precondition,
    );

    expect(await find()).toMatchObject({ name: 'Theirs', version: job.version + 1 });
  });

  it('fails even if it would change nothing', async () => {
    const { overtake, find, ifMatch } = await given();
    await overtake();

    await expect(changeJob(platform, find, () => ({ name: 'Theirs' }), ifMatch)).rejects.toMatchObject(precondition);
  });

  it('keeps a job that was changed after it was read', async () => {
    const { job, overtake, find } = await given();
    await overtake();

    expect(await deleteJob(db, job, new Date(START).toISOString(), { onlyThisVersion: true })).toBe(false);

    expect(await find()).toMatchObject({ name: 'Theirs' });
  });

  it('distinguishes a changed job from a deleted one', async () => {
    const { job, overtake, find, ifMatch } = await given();
    const caller = { tenant: job.tenant, roles: ['OWNER'] as const, name: 'ana' };
    const remove = () => removeJob(platform, caller, job, () => 5_000, ifMatch);
    await overtake();
    await expect(remove()).rejects.toMatchObject(precondition);
    await deleteJob(db, await find(), new Date(START).toISOString());

    expect(await remove()).toBe(false);
  });
});
