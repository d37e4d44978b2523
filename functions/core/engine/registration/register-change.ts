import type { DynamoDBRecord } from 'aws-lambda';
import { parseTenantId } from '../../domain/tenant.ts';
import { getJob } from '../../store/jobs.ts';
import { JOB_PREFIXES } from '../../store/keys.ts';
import { putTenant } from '../../store/tenants.ts';
import { type Registrar, reconcileJob, removeSchedules } from './reconcile-job.ts';

/**
 * Registers one change of the Jobs table: removes the schedules of an incarnation that no longer exists, and reconciles
 * the job's schedules with its definition. A malformed record is logged and skipped.
 */
export async function registerChange(registrar: Registrar, { eventName, dynamodb }: DynamoDBRecord): Promise<void> {
  const tenant = parseTenantId(dynamodb?.Keys?.pk?.S);
  const jobId = dynamodb?.Keys?.sk?.S?.slice(JOB_PREFIXES.job.length);
  if (!tenant || !jobId) {
    registrar.platform.log.error('registration.record_skipped', { sequence: dynamodb?.SequenceNumber });
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
