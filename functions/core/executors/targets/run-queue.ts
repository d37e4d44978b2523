import { createHash } from 'node:crypto';
import type { DeclaredQueue, QueueTarget } from '../../domain/targets/queue-target.ts';
import type { TenantId } from '../../domain/tenant.ts';
import type { Execution, Outcome } from '../execution.ts';
import { parseArn } from './arn.ts';
import { runCall } from './run-call.ts';
import { toRunMetadata } from './run-metadata.ts';

/**
 * Sends the message of a `queue` job: the payload as JSON, with the run in its attributes. SQS drops the repetition of a
 * message to a FIFO queue within five minutes, because all attempts have the same deduplication id: that of the run, which
 * no other tenant has.
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
        ...(group !== undefined && { MessageGroupId: toMessageGroup(execution.tenant, group) }),
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

/** Maximum length of the id of a message group, in characters. */
const MAX_GROUP_LENGTH = 128;

/**
 * Returns the id of a message group, `<tenant>#<group>`. SQS delivers the messages of a group in order, or in a standard
 * queue shares the receivers among groups, so a tenant must not join the group of another one. A hash takes the place of
 * a group that is too long: the id of a job behind a long tenant.
 */
function toMessageGroup(tenant: TenantId, group: string): string {
  const id = /* guard: targets.group */ toTenantGroup(tenant, group);
  return id.length <= MAX_GROUP_LENGTH
    ? id
    : toTenantGroup(tenant, createHash('sha256').update(group).digest('base64url'));
}

const toTenantGroup = (tenant: TenantId, group: string): string => `${tenant}#${group}`;

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
