import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type { SQSRecord } from 'aws-lambda';
import { afterEach, describe, expect, it, vi } from 'vitest';
import type { Job } from '../../../../../../functions/core/domain/job.ts';
import { dispatchTicks } from '../../../../../../functions/core/engine/start/dispatch-ticks.ts';
import type { Queues } from '../../../../../../functions/core/platform/queues.ts';
import { givenJob, newTenant } from '../../../../../helpers/builders/jobs.ts';
import { memoryDb } from '../../../../../helpers/fakes/memory-db.ts';
import { START, testPlatform, withDb } from '../../../../../helpers/fakes/platform.ts';
import { TIMEOUT_MS } from '../../../../../helpers/wait.ts';

const tickOf = ({ tenant, id, incarnation }: Job, scheduledAt = new Date(START).toISOString()): SQSRecord =>
  ({
    messageId: `${id} ${scheduledAt}`,
    body: JSON.stringify({ v: 1, tenant, jobId: id, incarnation, scheduledAt }),
  }) as SQSRecord;

/** A platform that records the jobs of each request with messages of runs. */
function countingPlatform() {
  const platform = testPlatform(memoryDb());
  const sends: string[][] = [];
  const queues: Queues = {
    ...platform.queues,
    async sendRuns(refs) {
      sends.push(refs.map(({ jobId }) => jobId));
      await platform.queues.sendRuns(refs);
    },
  };
  return { platform: { ...platform, queues }, sends };
}

describe('dispatchTicks', () => {
  afterEach(() => {
    vi.useRealTimers();
  });

  it('handles all ticks of a batch at the same time', async () => {
    const platform = testPlatform(memoryDb());
    const tenant = newTenant();
    const ids = Array.from({ length: 10 }, (_, i) => `job-${i}`);
    const Records = (await Promise.all(ids.map((id) => givenJob(platform, { tenant, id })))).map((job) => tickOf(job));
    // The first requests are answered when every tick has sent one: a sequence would never end.
    const barrier = Promise.withResolvers<void>();
    let requests = 0;
    const send = async (command: Parameters<DynamoDBClient['send']>[0]) => {
      if (++requests === ids.length) barrier.resolve();
      await barrier.promise;
      return platform.db.client.send(command);
    };
    const db = { ...platform.db, client: { send } as unknown as DynamoDBClient };

    const response = await dispatchTicks(withDb(platform, db), { Records });

    expect(response).toEqual({ batchItemFailures: [] });
    expect(platform.sent.map(({ jobId }) => jobId).sort()).toEqual(ids);
  });

  it('sends the messages of the runs of a batch together', async () => {
    const { platform, sends } = countingPlatform();
    const tenant = newTenant();
    const jobs = await Promise.all(
      Array.from({ length: 10 }, (_, i) => givenJob(platform, { tenant, id: `job-${i}` })),
    );
    const disabled = await givenJob(platform, { tenant, id: 'job-off', enabled: false });

    const response = await dispatchTicks(platform, { Records: [...jobs, disabled].map((job) => tickOf(job)) });

    expect(response).toEqual({ batchItemFailures: [] });
    expect(sends.map((jobIds) => [...jobIds].sort())).toEqual([jobs.map(({ id }) => id)]);
  });

  it('sends the messages of the other ticks while one waits', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    const { platform, sends } = countingPlatform();
    const [slow, fast] = (await Promise.all(['slow', 'fast'].map((id) => givenJob(platform, { id })))) as [Job, Job];
    const barrier = Promise.withResolvers<void>();
    const send = async (command: Parameters<DynamoDBClient['send']>[0]) => {
      if (JSON.stringify(command.input).includes(slow.tenant)) await barrier.promise;
      return platform.db.client.send(command);
    };
    const db = { ...platform.db, client: { send } as unknown as DynamoDBClient };

    const dispatching = dispatchTicks(withDb(platform, db), { Records: [tickOf(slow), tickOf(fast)] });
    await vi.waitFor(() => expect(sends.flat()).toEqual(['fast']), { timeout: TIMEOUT_MS });
    barrier.resolve();
    await dispatching;

    expect(sends.flat()).toEqual(['fast', 'slow']);
  });

  it('reports the ticks whose messages could not be sent', async () => {
    const platform = testPlatform(memoryDb());
    const jobs = await Promise.all(['one', 'two'].map((id) => givenJob(platform, { id })));
    const sendRuns = async () => {
      throw new Error('the queue is down');
    };
    const Records = jobs.map((job) => tickOf(job));

    const response = await dispatchTicks({ ...platform, queues: { ...platform.queues, sendRuns } }, { Records });
    const repeated = await dispatchTicks(platform, { Records });

    expect(response.batchItemFailures.map(({ itemIdentifier }) => itemIdentifier).sort()).toEqual(
      Records.map(({ messageId }) => messageId).sort(),
    );
    expect(repeated).toEqual({ batchItemFailures: [] });
    expect(platform.sent.map(({ jobId }) => jobId).sort()).toEqual(['one', 'two']);
  });

  it('gives the ticks of one job in a batch a run each, with numbers of their own', async () => {
    const platform = testPlatform(memoryDb());
    const job = await givenJob(platform, { overlapPolicy: 'allow' });
    const times = [0, 1, 2].map((minutes) => new Date(START - minutes * 60_000).toISOString());
    const ticks = times.map((time) => tickOf(job, time));

    const response = await dispatchTicks(platform, { Records: [...ticks, ...ticks] });

    expect(response).toEqual({ batchItemFailures: [] });
    expect(new Set(platform.sent.map(({ ulid }) => ulid)).size).toBe(3);
  });
});
