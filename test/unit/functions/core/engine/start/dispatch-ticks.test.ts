import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type { SQSRecord } from 'aws-lambda';
import { describe, expect, it } from 'vitest';
import type { Job } from '../../../../../../functions/core/domain/job.ts';
import { dispatchTicks } from '../../../../../../functions/core/engine/start/dispatch-ticks.ts';
import { givenJob, newTenant } from '../../../../../helpers/builders/jobs.ts';
import { memoryDb } from '../../../../../helpers/fakes/memory-db.ts';
import { START, testPlatform, withDb } from '../../../../../helpers/fakes/platform.ts';

const tickOf = ({ tenant, id, incarnation }: Job, scheduledAt = new Date(START).toISOString()): SQSRecord =>
  ({
    messageId: `${id} ${scheduledAt}`,
    body: JSON.stringify({ v: 1, tenant, jobId: id, incarnation, scheduledAt }),
  }) as SQSRecord;

describe('dispatchTicks', () => {
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
