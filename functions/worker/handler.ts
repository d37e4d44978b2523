import type { SQSBatchResponse, SQSEvent } from 'aws-lambda';
import { parseRunMessage } from '../domain/messages.ts';
import { work } from '../lifecycle/work.ts';
import { createPlatform } from '../platform/platform.ts';
import { eachMessage } from '../platform/sqs-batch.ts';
import { createExecute } from './execute.ts';

const platform = createPlatform();
const execute = createExecute();

/** One message a batch: the run to claim, execute and report. */
export async function handler(event: SQSEvent): Promise<SQSBatchResponse> {
  return eachMessage(platform.log, event, parseRunMessage, (message) => work(platform, execute, message));
}
