import { PutItemCommand, UpdateItemCommand } from '@aws-sdk/client-dynamodb';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { tickUlid } from '../../functions/domain/run-id.ts';
import { cancelRun } from '../../functions/lifecycle/cancel.ts';
import { startTick } from '../../functions/lifecycle/dispatch.ts';
import { triggerJob } from '../../functions/lifecycle/trigger.ts';
import { work } from '../../functions/lifecycle/work.ts';
import { replaceJob } from '../../functions/store/jobs.ts';
import { getRun, getSkipped } from '../../functions/store/runs.ts';
import { anOutcome, givenJob, START, type TestPlatform, testPlatform } from '../support/platform.ts';
import { startTestStore, type TestStore } from '../support/store.ts';

/** Races that need more than bad luck: they are arranged here. */
let store: TestStore;
beforeAll(async () => {
  store = await startTestStore({ streams: false });
});
afterAll(() => store.stop());

/** The platform, in which something else happens before its first change of a job's state: after it has read it. */
function interrupted(platform: TestPlatform, meanwhile: () => Promise<unknown>): TestPlatform {
  const { client, tables } = platform.db;
  let isFirst = true;
  const send = async (command: Parameters<typeof client.send>[0]) => {
    if (isFirst && command instanceof UpdateItemCommand && command.input.TableName === tables.jobs) {
      isFirst = false;
      await meanwhile();
    }
    return client.send(command);
  };
  return { ...platform, db: { tables, client: { send } as unknown as typeof client } };
}

/** The platform, in which something else happens before it makes a row of a run or a skipped tick. */
function stalledBeforeRow(platform: TestPlatform, meanwhile: () => Promise<unknown>): TestPlatform {
  const { client, tables } = platform.db;
  const send = async (command: Parameters<typeof client.send>[0]) => {
    if (command instanceof PutItemCommand && command.input.TableName === tables.runs) await meanwhile();
    return client.send(command);
  };
  return { ...platform, db: { tables, client: { send } as unknown as typeof client } };
}

describe('a tick that is delivered again while its dispatcher stalls', () => {
  it('has one row, whatever was decided about other ticks and runs meanwhile', async () => {
    // Prepare: a run holds the lock, so that the tick is to be skipped.
    const platform = testPlatform(store.db);
    const job = await givenJob(platform, { overlapPolicy: 'skip' });
    const holder = await triggerJob(platform, job);
    const [scheduledAt = '', next = ''] = [0, 1].map((i) => new Date(START + i * 60_000).toISOString());
    const meanwhile = async () => {
      await cancelRun(platform, holder, 'ana');
      await startTick(platform, job, next, 'disabled');
      await startTick(platform, job, scheduledAt, undefined);
    };

    // Act
    await startTick(stalledBeforeRow(platform, meanwhile), job, scheduledAt, undefined);

    // Assess
    const ref = { tenant: job.tenant, jobId: job.id, incarnation: job.incarnation };
    const tick = { ...ref, ulid: tickUlid(ref, scheduledAt) };
    expect(await getRun(store.db, tick)).toBeUndefined();
    expect(await getSkipped(store.db, tick)).toMatchObject({ reason: 'overlap', number: 2 });
  });
});

describe('two runs of a job that may not overlap any more', () => {
  it('find its lock free at the same time: one takes it, and the other waits', async () => {
    // Prepare: they were made while they might overlap, so neither has the lock.
    const platform = testPlatform(store.db);
    const job = await givenJob(platform, { overlapPolicy: 'allow', schedule: null });
    const [first, second] = [await triggerJob(platform, job), await triggerJob(platform, job)];
    await replaceJob(store.db, { ...job, overlapPolicy: 'queue', version: job.version + 1 });
    const [begun, end] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
    let other: Promise<void> = Promise.resolve();
    const takeIt = () => {
      const execute = async () => {
        begun.resolve();
        await end.promise;
        return anOutcome();
      };
      other = work(platform, execute, second);
      return begun.promise;
    };
    let executed = 0;

    // Act
    const execute = async () => {
      executed++;
      return anOutcome();
    };
    await work(interrupted(platform, takeIt), execute, first);

    // Assess
    expect(executed).toBe(0);
    expect(await getRun(store.db, second)).toMatchObject({ state: 'running' });
    expect(await getRun(store.db, first)).toMatchObject({ state: 'queued', waiting: 'overlap' });
    end.resolve();
    await other;
  });
});
