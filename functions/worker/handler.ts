import type { SQSBatchResponse, SQSEvent } from 'aws-lambda';
import { isSlice, parseRunMessage } from '../core/domain/messages.ts';
import { runSlice } from '../core/engine/flow/slice.ts';
import { work } from '../core/engine/work.ts';
import { createPlatform } from '../core/platform/platform.ts';
import { eachMessage } from '../core/platform/sqs-batch.ts';
import { createExecute } from './execute.ts';
import { withFlows } from './flows.ts';

const platform = withFlows(createPlatform());
const execute = createExecute();

/** One message a batch: the run to claim, execute and report, or the slice of a flow run to do. */
export async function handler(event: SQSEvent): Promise<SQSBatchResponse> {
  return eachMessage(platform.log, event, parseRunMessage, (message) =>
    isSlice(message) ? runSlice(platform, message) : work(platform, execute, message),
  );
}
