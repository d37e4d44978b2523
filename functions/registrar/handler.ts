import { SchedulerClient } from '@aws-sdk/client-scheduler';
import type { DynamoDBBatchResponse, DynamoDBRecord, DynamoDBStreamEvent, SQSEvent } from 'aws-lambda';
import type { Registrar } from '../core/engine/registration/reconcile-job.ts';
import { registerChanges } from '../core/engine/registration/register-changes.ts';
import { requestAllOutdated } from '../core/engine/registration/request-all-outdated.ts';
import { createPlatform } from '../core/platform/create-platform.ts';
import { requireEnv } from '../core/platform/env.ts';
import { Env } from '../core/platform/env-names.ts';

const registrar: Registrar = {
  platform: createPlatform(),
  scheduler: new SchedulerClient({}),
  target: {
    group: requireEnv(Env.scheduleGroup),
    ticksQueueArn: requireEnv(Env.ticksQueueArn),
    roleArn: requireEnv(Env.schedulerRoleArn),
    deadLetterArn: requireEnv(Env.ticksDeadLetterArn),
  },
};

/**
 * Registers changed jobs from the stream of the Jobs table. A message from the stream's dead-letter queue means that
 * changes were discarded; the reconciliation of every job with an outdated registration is then requested.
 */
export async function handler(event: DynamoDBStreamEvent | SQSEvent): Promise<DynamoDBBatchResponse | undefined> {
  const records = event.Records;
  if (!isStream(records)) {
    await requestAllOutdated(registrar.platform);
    return undefined;
  }
  const failed = await registerChanges(registrar, records);
  return { batchItemFailures: failed.map((itemIdentifier) => ({ itemIdentifier })) };
}

function isStream(records: DynamoDBStreamEvent['Records'] | SQSEvent['Records']): records is DynamoDBRecord[] {
  return records.every((record) => record.eventSource === 'aws:dynamodb');
}
