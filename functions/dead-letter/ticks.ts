import type { SQSBatchResponse, SQSEvent } from 'aws-lambda';
import { parseDeadLetterTick } from '../core/domain/messages.ts';
import { handleDeadLetteredTick } from '../core/engine/dead-letter/handle-tick.ts';
import { createPlatform } from '../core/platform/create-platform.ts';
import { forEachMessage } from '../core/platform/sqs-batch.ts';

const platform = createPlatform();

/** Records ticks that could not be delivered or handled as missed, and stores them as dead letters. */
export async function handler(event: SQSEvent): Promise<SQSBatchResponse> {
  return forEachMessage(platform.log, event, parseDeadLetterTick, (tick, record) =>
    handleDeadLetteredTick(platform, tick, record),
  );
}
