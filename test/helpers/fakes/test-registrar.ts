import type { SchedulerClient } from '@aws-sdk/client-scheduler';
import type { AttributeValue, DynamoDBRecord } from 'aws-lambda';
import type { Job } from '../../../functions/core/domain/job.ts';
import type { ReconcileRequest } from '../../../functions/core/domain/reconcile-request.ts';
import type { TenantId } from '../../../functions/core/domain/tenant.ts';
import type { Registrar } from '../../../functions/core/engine/registration/reconcile-job.ts';
import { toAttributes } from '../../../functions/core/store/attribute.ts';
import { fromJob } from '../../../functions/core/store/job-item.ts';
import { jobKey, type Key, reconcileRequestKey } from '../../../functions/core/store/keys.ts';
import { MemoryScheduler } from './memory-scheduler.ts';
import type { TestPlatform } from './platform.ts';

/** A registrar on EventBridge Scheduler in memory. */
export interface TestRegistrar extends Registrar {
  readonly platform: TestPlatform;
  readonly schedules: MemoryScheduler;
  /** The calls to EventBridge Scheduler, in order. */
  readonly calls: { readonly command: string; readonly name: string }[];
  /** Runs before each call; throws to let the call fail. */
  beforeCall: (name: string) => Promise<void>;
}

export function testRegistrar(platform: TestPlatform): TestRegistrar {
  const schedules = new MemoryScheduler();
  const calls: TestRegistrar['calls'] = [];
  const send = async (command: { readonly input: { readonly Name?: string } }) => {
    const name = command.input.Name ?? '';
    calls.push({ command: command.constructor.name, name });
    await registrar.beforeCall(name);
    return schedules.perform(command.constructor.name, command.input, platform.now());
  };
  const registrar: TestRegistrar = {
    platform,
    schedules,
    calls,
    beforeCall: async () => {},
    scheduler: { send } as unknown as SchedulerClient,
    target: { group: 'test', ticksQueueArn: 'arn:ticks', roleArn: 'arn:role', deadLetterArn: 'arn:dead' },
  };
  return registrar;
}

let sequence = 0;

const aRecord = (key: Key, images: NonNullable<DynamoDBRecord['dynamodb']>): DynamoDBRecord => ({
  eventSource: 'aws:dynamodb',
  dynamodb: { Keys: { pk: { S: key.pk }, sk: { S: key.sk } }, SequenceNumber: String(++sequence), ...images },
});

const imageOf = (item: Record<string, unknown>) => toAttributes(item) as Record<string, AttributeValue>;

/** Returns the stream record of a change of a job; `before` is absent for a new one, `after` for a deleted one. */
export const changeOfJob = (job: Job, { before, after }: { before?: Job; after?: Job }): DynamoDBRecord =>
  aRecord(jobKey(job.tenant, job.id), {
    ...(before && { OldImage: imageOf(fromJob(before)) }),
    ...(after && { NewImage: imageOf(fromJob(after)) }),
  });

/** Returns the stream record of the removal of a request to reconcile. */
export const removalOfRequest = (tenant: TenantId, request: ReconcileRequest): DynamoDBRecord => ({
  ...aRecord(reconcileRequestKey(tenant, request.jobId), { OldImage: imageOf({ ...request }) }),
  eventName: 'REMOVE',
});

/** Returns the stream record of a request to reconcile. */
export const recordOfRequest = (tenant: TenantId, request: ReconcileRequest): DynamoDBRecord =>
  aRecord(reconcileRequestKey(tenant, request.jobId), { NewImage: imageOf({ ...request }) });
