import type { SQSRecord } from 'aws-lambda';
import { isSliceMessage, type RunMessage, type SliceMessage } from '../../domain/messages.ts';
import { publicRunId } from '../../domain/run-id.ts';
import type { Platform } from '../../platform/platform.ts';
import { failUnclaimedRun } from '../execute/fail-unclaimed-run.ts';
import { failUndeliveredSlice } from '../flow/slice/recover-task.ts';
import { storeDeadLetter } from './store-dead-letter.ts';

/** Fails the run of a message that crashed every worker that received it, and stores the message as a dead letter. */
export async function handleDeadLetteredRun(
  platform: Platform,
  message: RunMessage | SliceMessage,
  record: SQSRecord,
): Promise<void> {
  const { tenant, jobId, ulid } = message;
  platform.log.error('run.dead_lettered', { tenant, job: jobId, run: ulid });
  const receives = Number(record.attributes.ApproximateReceiveCount);
  const run = /* guard: dead-letter.run.fail */ await failUnclaimedRun(platform, message, receives);
  if (!run) return;
  if (isSliceMessage(message)) await failUndeliveredSlice(platform, message, receives);
  const task = isSliceMessage(message) ? message.task : null;
  await storeDeadLetter(platform, record, { tenant, kind: 'run', jobId, runId: publicRunId(run), task });
}
