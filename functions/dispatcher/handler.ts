import type { SQSBatchResponse, SQSEvent } from 'aws-lambda';
import { parseTick } from '../core/domain/messages.ts';
import { dispatch } from '../core/engine/dispatch.ts';
import { createPlatform } from '../core/platform/platform.ts';
import { eachMessage } from '../core/platform/sqs-batch.ts';

const platform = createPlatform();

/** Ticks from EventBridge Scheduler: each becomes one run, or one skipped row. */
export async function handler(event: SQSEvent): Promise<SQSBatchResponse> {
  return eachMessage(platform.log, event, parseTick, (tick) => dispatch(platform, tick));
}
