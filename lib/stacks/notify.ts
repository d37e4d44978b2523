import { Duration, Stack } from 'aws-cdk-lib';
import { RecursiveLoop } from 'aws-cdk-lib/aws-lambda';
import type { Construct } from 'constructs';
import { Env } from '../../functions/core/platform/env-names.ts';
import type { Bundles } from '../bundle.ts';
import type { StageConfig } from '../config.ts';
import { grantSendEmail } from '../constructs/email.ts';
import { PlatformFunction } from '../constructs/function.ts';
import { platformStackProps } from '../constructs/platform-stack-props.ts';
import { DEAD_LETTER_CONSUMER, DeadLetterQueue, WorkQueue } from '../constructs/queue.ts';
import { STREAM_FILTERS } from '../stream-filters.ts';
import type { DataStack } from './data.ts';
import type { WorkStack } from './work.ts';

export interface NotifyStackProps {
  readonly config: StageConfig;
  readonly bundles: Bundles;
  readonly data: DataStack;
  readonly work: WorkStack;
}

/**
 * Notifications of run results: the notifier reads the stream of runs, the deliverer sends. The notifier also requests the
 * runs that start after others.
 */
export class NotifyStack extends Stack {
  readonly notifier: PlatformFunction;
  readonly deliverer: PlatformFunction;
  readonly notifications: WorkQueue;

  constructor(scope: Construct, id: string, { config, bundles, data, work }: NotifyStackProps) {
    super(scope, id, platformStackProps(scope, id, 'Jobdeck: notifications', config));
    const { jobs, runs, records, access, counters, secretsKey } = data;

    this.deliverer = new PlatformFunction(this, 'Deliverer', {
      config,
      bundles,
      name: 'deliverer',
      description: 'Sends notifications to Slack, PagerDuty, Teams, e-mail and webhooks',
      timeout: Duration.seconds(30),
      memorySize: 256,
      // The deliverer queues its own retries, which recursive loop detection would stop after 16 turns. Retries have
      // increasing delays and end after one day.
      recursiveLoop: RecursiveLoop.ALLOW,
    });
    const notificationsDlqConsumer = new PlatformFunction(this, 'DeadNotifications', {
      config,
      bundles,
      name: 'dead-letters-notifications',
      description: 'Logs notifications that could not be processed',
      ...DEAD_LETTER_CONSUMER,
    });
    access.grant(notificationsDlqConsumer, 'GetItem', 'PutItem');
    this.notifications = new WorkQueue(this, 'Notifications', {
      config,
      name: 'notifications',
      env: Env.notificationsQueueUrl,
      consumer: this.deliverer,
      batchSize: 1,
      maxConcurrency: config.deliverers,
      maxReceiveCount: 5,
      dlq: new DeadLetterQueue(this, 'NotificationsDeadLetters', {
        config,
        name: 'notifications-dead-letters',
        consumer: notificationsDlqConsumer,
      }),
    });

    this.notifier = new PlatformFunction(this, 'Notifier', {
      config,
      bundles,
      name: 'notifier',
      description: 'Creates notifications of ended and late runs, and requests the runs that follow them',
      timeout: Duration.seconds(60),
    });
    runs.streamBatchesTo(this.notifier, {
      filter: STREAM_FILTERS.runsToNotifier,
      includeShardId: false,
      batchSize: 500,
      batchingWindow: Duration.seconds(1),
      onFailure: this.notifications.dlq,
    });
    jobs.grant(this.notifier, 'BatchGetItem');
    // For rules that count failures in a row.
    runs.grant(this.notifier, 'Query');
    access.grant(this.notifier, 'GetItem', 'BatchGetItem', 'PutItem', 'UpdateItem');
    // For the ends of runs after which others start.
    records.grant(this.notifier, 'PutItem');
    // For the sweep that checks whether a notification was sent, or the runs after an end were started.
    counters.grant(this.notifier, 'UpdateItem');
    this.notifications.grantSend(this.notifier);
    work.ticks.grantSend(this.notifier);
    this.notifications.dlq.grantSendTo(this.notifier, Env.deadNotificationsQueueUrl);

    access.grant(this.deliverer, 'GetItem', 'PutItem', 'UpdateItem', 'DeleteItem');
    secretsKey.grantOpen(this.deliverer, 'secret', 'signing-secret');
    secretsKey.grantSeal(this.deliverer, 'signing-secret');
    this.notifications.grantSend(this.deliverer);
    this.deliverer.addEnvironment(Env.slackApiUrl, config.slackApiUrl);
    this.deliverer.addEnvironment(Env.pagerDutyUrl, config.pagerDutyUrl);
    this.deliverer.addEnvironment(Env.consoleUrl, config.consoleUrl ?? '');
    grantSendEmail(config, this.deliverer);
  }
}
