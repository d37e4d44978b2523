import type { SQSBatchResponse, SQSEvent } from 'aws-lambda';
import { isSliceMessage, parseRunMessage } from '../core/domain/messages.ts';
import { publicRunId } from '../core/domain/run-id.ts';
import { storeDeadLetter } from '../core/engine/dead-letter/store-dead-letter.ts';
import { failUnclaimedRun } from '../core/engine/execute/fail-unclaimed-run.ts';
import { failUndeliveredSlice } from '../core/engine/flow/slice/recover-task.ts';
import { createPlatform } from '../core/platform/platform.ts';
import { forEachMessage } from '../core/platform/sqs-batch.ts';

const platform = createPlatform();

/** Fails runs whose message crashed every worker that received it, and stores the messages as dead letters. */
export async function handler(event: SQSEvent): Promise<SQSBatchResponse> {
  return forEachMessage(platform.log, event, parseRunMessage, async (message, record) => {
    platform.log.error('run.dead_letter', { tenant: message.tenant, job: message.jobId, run: message.ulid });
    const receives = Number(record.attributes.ApproximateReceiveCount);
    const run = /* guard: dead-letter.run.fail */ await failUnclaimedRun(platform, message, receives);
    if (!run) return;
    if (isSliceMessage(message)) await failUndeliveredSlice(platform, message, receives);
    const { tenant, jobId } = message;
    const task = isSliceMessage(message) ? message.task : null;
    await storeDeadLetter(platform, record, { tenant, kind: 'run', jobId, runId: publicRunId(run), task });
  });
}
