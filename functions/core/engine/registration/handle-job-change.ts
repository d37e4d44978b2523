import type { DynamoDBRecord } from 'aws-lambda';
import { parseTenantId } from '../../domain/tenant.ts';
import { getJob } from '../../store/jobs.ts';
import { JOB_PREFIXES } from '../../store/keys.ts';
import { putTenant } from '../../store/tenants.ts';
import { type Registrar, reconcileJob, removeSchedules } from './reconcile-job.ts';

/**
 * Registers the job of a stream record of the Jobs table. A malformed record is logged and skipped.
 *
 * @throws Error on transient failures; the caller repeats the record and those after it
 */
export async function handleJobChange(registrar: Registrar, { eventName, dynamodb }: DynamoDBRecord): Promise<void> {
  const { db, log } = registrar.platform;
  const tenant = parseTenantId(dynamodb?.Keys?.pk?.S);
  const jobId = dynamodb?.Keys?.sk?.S?.slice(JOB_PREFIXES.job.length);
  if (!tenant || !jobId) {
    log.error('registration.malformed_record', { sequence: dynamodb?.SequenceNumber });
    return;
  }
  // A late record must not create a deleted tenant again.
  if (eventName === 'INSERT' && (await getJob(db, tenant, jobId))) await putTenant(db, tenant);
  const formerIncarnation = dynamodb?.OldImage?.incarnation?.S;
  if (formerIncarnation && formerIncarnation !== dynamodb?.NewImage?.incarnation?.S) {
    await removeSchedules(registrar, { tenant, id: jobId, incarnation: formerIncarnation });
  }
  await reconcileJob(registrar, tenant, jobId);
}
