import { Stack } from 'aws-cdk-lib';
import { Env } from '../../functions/core/platform/env-names.ts';
import type { StageConfig } from '../config.ts';
import type { PlatformFunction } from './function.ts';

/**
 * The queues that flows read: of the team, which makes one for a tenant under the name that `sourceQueueName` of
 * `functions/core/domain/flow/queue-name.ts` gives it.
 */
export class SourceQueues {
  readonly prefix: string;

  constructor(config: StageConfig) {
    this.prefix = `jobdeck-${config.name}-in-`;
  }

  /** Tells `fn` what their names begin with, and lets it read and empty them. */
  grantConsume(fn: PlatformFunction): void {
    fn.addEnvironment(Env.sourceQueuePrefix, this.prefix);
    fn.allowMatching(
      ['sqs:ReceiveMessage', 'sqs:DeleteMessage', 'sqs:ChangeMessageVisibility', 'sqs:GetQueueUrl'],
      Stack.of(fn).formatArn({ service: 'sqs', resource: `${this.prefix}*` }),
      'The team makes these queues when tenants need them.',
    );
  }
}
