import { SendMessageBatchCommand, SQSClient } from '@aws-sdk/client-sqs';
import { sourceQueueName } from '../../../functions/core/domain/flow/queue-name.ts';
import type { Json } from '../../../functions/core/domain/json.ts';
import type { TenantId } from '../../../functions/core/domain/tenant.ts';
import { CREDENTIALS, REGION } from '../../../lib/local/support/arn.ts';
import type { LocalSystem } from '../../../lib/local/system.ts';
import { depthOf, type QueueDepth } from './system-queue.ts';

/** A queue of a local system that the flows of a tenant may read. */
export interface SourceQueue {
  send(records: readonly Json[]): Promise<void>;
  depth(): Promise<QueueDepth>;
  readonly close: () => void;
}

/** Maximum number of messages in a `SendMessageBatch` call. */
const BATCH = 10;

export function sourceQueue(system: LocalSystem, tenant: TenantId, queue: string): SourceQueue {
  const sqs = new SQSClient({ endpoint: system.endpoints.sqs, region: REGION, credentials: CREDENTIALS });
  const prefix = system.env('worker').JOBDECK_SOURCE_QUEUE_PREFIX ?? '';
  const QueueUrl = system.createQueue(sourceQueueName(prefix, tenant, queue));
  return {
    async send(records) {
      for (let at = 0; at < records.length; at += BATCH) {
        const Entries = records
          .slice(at, at + BATCH)
          .map((record, i) => ({ Id: `${i}`, MessageBody: JSON.stringify(record) }));
        await sqs.send(new SendMessageBatchCommand({ QueueUrl, Entries }));
      }
    },
    depth: () => depthOf(sqs, QueueUrl),
    close: () => sqs.destroy(),
  };
}
