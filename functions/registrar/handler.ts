import { SchedulerClient } from '@aws-sdk/client-scheduler';
import type { DynamoDBBatchResponse, DynamoDBRecord, DynamoDBStreamEvent, SQSEvent } from 'aws-lambda';
import type { Registrar } from '../core/engine/registration/reconcile-job.ts';
import { reconcileLagging } from '../core/engine/registration/reconcile-lagging.ts';
import { registerChange } from '../core/engine/registration/register-change.ts';
import { requireEnv } from '../core/platform/env.ts';
import { Env } from '../core/platform/env-names.ts';
import { createPlatform } from '../core/platform/platform.ts';

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
 * Registers changed jobs from the stream of the Jobs table, in order. A message from the stream's dead-letter queue
 * means that changes were discarded; every job with an outdated registration is then reconciled.
 */
export async function handler(event: DynamoDBStreamEvent | SQSEvent): Promise<DynamoDBBatchResponse | undefined> {
  const records = event.Records;
  if (!isStream(records)) {
    await reconcileLagging(registrar);
    return undefined;
  }
  for (const record of records) {
    try {
      await registerChange(registrar, record);
    } catch (error) {
      registrar.platform.log.error('registration.failed', { error: String(error) });
      // The order of changes matters, so the rest of the batch is repeated.
      return { batchItemFailures: [{ itemIdentifier: record.dynamodb?.SequenceNumber ?? '' }] };
    }
  }
  return { batchItemFailures: [] };
}

function isStream(records: DynamoDBStreamEvent['Records'] | SQSEvent['Records']): records is DynamoDBRecord[] {
  return records.every((record) => record.eventSource === 'aws:dynamodb');
}
