import type { SQSBatchResponse, SQSEvent } from 'aws-lambda';
import { parseTick } from '../../domain/messages.ts';
import type { Platform } from '../../platform/platform.ts';
import { forEachMessage } from '../../platform/sqs-batch.ts';
import { dispatchTick } from './dispatch-tick.ts';

/**
 * Ticks of a batch that are handled at the same time: all. A tick waits for the store most of its time, so a dispatcher
 * that handled them in sequence would use a tenth of its processor. Ticks have no order; several dispatchers handle the
 * ticks of a job at the same time anyway.
 */
export const TICK_CONCURRENCY = 10;

/** Handles a batch of ticks. A failed tick is reported for redelivery and does not affect the others. */
export async function dispatchTicks(platform: Platform, event: SQSEvent): Promise<SQSBatchResponse> {
  return forEachMessage(platform.log, event, parseTick, (tick) => dispatchTick(platform, tick), TICK_CONCURRENCY);
}
