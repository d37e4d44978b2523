import type { SQSBatchResponse, SQSEvent } from 'aws-lambda';
import { parseTick } from '../core/domain/messages.ts';
import { dispatchTick } from '../core/engine/start/dispatch-tick.ts';
import { createPlatform } from '../core/platform/platform.ts';
import { forEachMessage } from '../core/platform/sqs-batch.ts';

const platform = createPlatform();

/** Handles ticks from EventBridge Scheduler. Each creates one run or one skipped row. */
export async function handler(event: SQSEvent): Promise<SQSBatchResponse> {
  return forEachMessage(platform.log, event, parseTick, (tick) => dispatchTick(platform, tick));
}
