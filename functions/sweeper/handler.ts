import { S3Client } from '@aws-sdk/client-s3';
import type { SQSEvent, SQSRecord } from 'aws-lambda';
import { parseSweepMessage, type SweepMessage } from '../core/domain/messages.ts';
import { sweepDueTenant } from '../core/engine/sweep/sweep-due-tenant.ts';
import { createPlatform } from '../core/platform/create-platform.ts';
import { requireEnv } from '../core/platform/env.ts';
import { Env } from '../core/platform/env-names.ts';
import { createObjects } from '../core/platform/s3-objects.ts';
import { forEachMessage } from '../core/platform/sqs-batch.ts';

const platform = { ...createPlatform(), objects: createObjects(new S3Client({}), requireEnv(Env.bucket)) };

/**
 * Sweeps the tenant of the message. The batch size is 1.
 *
 * @throws Error if the sweep fails, so that the function's errors count it; the tenant stays due
 */
export async function handler(event: SQSEvent): Promise<void> {
  const { batchItemFailures } = await forEachMessage(platform.log, event, parseSweepMessage, sweep);
  if (batchItemFailures.length > 0) throw new Error('the sweep failed');
}

async function sweep(message: SweepMessage, { attributes }: SQSRecord): Promise<void> {
  try {
    await sweepDueTenant(platform, message, Number(attributes.ApproximateReceiveCount));
  } catch (error) {
    platform.log.error('sweep.failed', { tenant: message.tenant, error: String(error) });
    throw error;
  }
}
