import { isArn, toLocalArn } from './arn.ts';
import type { QueueTargetSettings } from './settings.ts';
import type { TargetKind } from './target-kind.ts';

const QUEUE_ARN = /^arn:aws[a-z-]*:sqs:[a-z0-9-]+:\d{12}:[A-Za-z0-9_-]{1,80}(\.fifo)?$/;

export const queueKind: TargetKind<QueueTargetSettings> = {
  fields: ['queue'],
  validate(field, { queue }, fail) {
    if (!isArn(queue, QUEUE_ARN)) fail(`${field}.queue`, 'the ARN of an SQS queue', queue);
  },
  toLocal: (settings) => ({ ...settings, queue: toLocalArn(settings.queue) }),
  declare: ({ queue }) => ({ type: 'queue', queue }),
  grant: (worker, { queue }) => worker.allow(['sqs:SendMessage', 'sqs:GetQueueUrl'], [queue]),
};
