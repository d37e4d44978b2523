import { SchedulerClient } from '@aws-sdk/client-scheduler';
import type { DynamoDBBatchResponse, DynamoDBRecord, DynamoDBStreamEvent, SQSEvent } from 'aws-lambda';
import { parseTenantId } from '../core/domain/tenant.ts';
import { type Registrar, reconcileJob, removeSchedules } from '../core/engine/registration/reconcile-job.ts';
import { reconcileLagging } from '../core/engine/registration/reconcile-lagging.ts';
import { requireEnv } from '../core/platform/env.ts';
import { Env } from '../core/platform/env-names.ts';
import { createPlatform } from '../core/platform/platform.ts';
import { getJob } from '../core/store/jobs.ts';
import { JOB_PREFIXES } from '../core/store/keys.ts';
import { putTenant } from '../core/store/tenants.ts';

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
      await handleChange(record);
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

async function handleChange({ eventName, dynamodb }: DynamoDBRecord): Promise<void> {
  const tenant = parseTenantId(dynamodb?.Keys?.pk?.S);
  const jobId = dynamodb?.Keys?.sk?.S?.slice(JOB_PREFIXES.job.length);
  if (!tenant || !jobId) {
    registrar.platform.log.error('registration.malformed_record', { sequence: dynamodb?.SequenceNumber });
    return;
  }
  // A late record must not create a deleted tenant again.
  const { db } = registrar.platform;
  if (eventName === 'INSERT' && (await getJob(db, tenant, jobId))) await putTenant(db, tenant);
  const before = dynamodb?.OldImage?.incarnation?.S;
  if (before && before !== dynamodb?.NewImage?.incarnation?.S) {
    await removeSchedules(registrar, { tenant, id: jobId, incarnation: before });
  }
  await reconcileJob(registrar, tenant, jobId);
}
