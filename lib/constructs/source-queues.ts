import { Stack } from 'aws-cdk-lib';
import { Env } from '../../functions/core/platform/env-names.ts';
import type { StageConfig } from '../config.ts';
import type { PlatformFunction } from './function.ts';

/**
 * Queues that flows read. Operators create them, with the names that `sourceQueueName` in
 * `functions/core/domain/flow/queue-name.ts` defines.
 */
export class SourceQueues {
  readonly prefix: string;

  constructor(config: StageConfig) {
    this.prefix = `jobdeck-${config.name}-in-`;
  }

  /** Grants `fn` receiving and deleting messages, with the name prefix in its environment. */
  grantConsume(fn: PlatformFunction): void {
    fn.addEnvironment(Env.sourceQueuePrefix, this.prefix);
    fn.allowMatching(
      ['sqs:ReceiveMessage', 'sqs:DeleteMessage', 'sqs:ChangeMessageVisibility', 'sqs:GetQueueUrl'],
      Stack.of(fn).formatArn({ service: 'sqs', resource: `${this.prefix}*` }),
      'The team makes these queues when tenants need them.',
    );
  }
}
