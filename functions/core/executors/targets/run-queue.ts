import type { DeclaredQueue, QueueTarget } from '../../domain/targets/queue-target.ts';
import type { Execution, Outcome } from '../execution.ts';
import { parseArn } from './arn.ts';
import { runCall } from './run-call.ts';
import { toRunMetadata } from './run-metadata.ts';

/**
 * Sends the message of a `queue` job: the payload as JSON, with the run in its attributes. SQS drops the repetition of a
 * message to a FIFO queue within five minutes, because all attempts have the same deduplication id.
 */
export function runQueue(target: QueueTarget, { queue }: DeclaredQueue, execution: Execution): Promise<Outcome> {
  return runCall(target.target, execution, async (signal) => {
    const { sendMessage } = await import('./sqs.ts');
    const isFifo = queue.endsWith('.fifo');
    const group = target.group ?? (isFifo ? execution.jobId : undefined);
    const sent = await sendMessage(
      parseArn(queue),
      {
        MessageBody: toMessageText(target.payload ?? {}),
        MessageAttributes: toAttributes(toRunMetadata(execution)),
        ...(group !== undefined && { MessageGroupId: group }),
        ...(isFifo && { MessageDeduplicationId: execution.runId }),
      },
      signal,
    );
    const answer = {
      message_id: sent.MessageId,
      ...(sent.SequenceNumber !== undefined && { sequence_number: sent.SequenceNumber }),
    };
    return { stdout: JSON.stringify(answer), meta: answer };
  });
}

/** Attributes have names such as `jobdeck-run-id`. */
const toAttributes = (metadata: object) =>
  Object.fromEntries(
    Object.entries(metadata)
      .filter(([, value]) => value !== null)
      .map(([name, value]) => [
        `jobdeck-${name.replaceAll('_', '-')}`,
        { DataType: typeof value === 'number' ? 'Number' : 'String', StringValue: String(value) },
      ]),
  );

/** Returns JSON without the characters that SQS does not accept and JSON does. */
const toMessageText = (payload: unknown): string =>
  JSON.stringify(payload).replaceAll(/[\ufffe\uffff]/g, (character) => `\\u${character.charCodeAt(0).toString(16)}`);
