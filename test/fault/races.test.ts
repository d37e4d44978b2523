import { UpdateItemCommand } from '@aws-sdk/client-dynamodb';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { triggerJob } from '../../functions/lifecycle/trigger.ts';
import { work } from '../../functions/lifecycle/work.ts';
import { replaceJob } from '../../functions/store/jobs.ts';
import { getRun } from '../../functions/store/runs.ts';
import { anOutcome, givenJob, type TestPlatform, testPlatform } from '../support/platform.ts';
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
