import { Duration } from 'aws-cdk-lib';
import { SqsEventSource } from 'aws-cdk-lib/aws-lambda-event-sources';
import * as sqs from 'aws-cdk-lib/aws-sqs';
import type { Construct } from 'constructs';
import type { EnvName } from '../../functions/core/platform/env-names.ts';
import type { StageConfig } from '../config.ts';
import type { PlatformFunction } from './function.ts';

/** Function settings of all dead-letter consumers. */
export const DEAD_LETTER_CONSUMER = { timeout: Duration.seconds(60), memorySize: 256 } as const;

/** The maximum retention of SQS: time to repair a dead-letter consumer. */
const DEAD_LETTER_RETENTION = Duration.days(14);

/** Visibility timeout in consumer timeouts; Lambda recommends six, so that it can retry a batch. */
const VISIBILITY_TIMEOUTS = 6;

interface PlatformQueueProps {
  readonly config: StageConfig;
  /** Name after `jobdeck-<stage>-`. */
  readonly name: string;
  /** Processes messages and reports failures for each message. */
  readonly consumer: PlatformFunction;
}

interface Delivery {
  /** Maximum number of messages in one invocation. */
  readonly batchSize: number;
  /** Maximum number of concurrent invocations, 2–1000. */
  readonly maxConcurrency: number;
}

export interface WorkQueueProps extends PlatformQueueProps, Delivery {
  /** Environment variable with the queue URL, for senders. */
  readonly env: EnvName;
  /**
   * Number of receives after which a message becomes a dead letter, at least 5: throttled invocations count.
   * https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-configure.html
   */
  readonly maxReceiveCount: number;
  readonly dlq: DeadLetterQueue;
  /** Time after which an unprocessed message is dropped. @default 4 days */
  readonly retentionPeriod?: Duration;
}

abstract class PlatformQueue extends sqs.Queue {
  constructor(scope: Construct, id: string, props: PlatformQueueProps & Delivery, more: sqs.QueueProps) {
    const { config, name, consumer, batchSize, maxConcurrency } = props;
    if (!consumer.timeout) throw new Error(`The consumer of the queue ${name} must have a timeout.`);
    super(scope, id, {
      queueName: `jobdeck-${config.name}-${name}`,
      encryption: sqs.QueueEncryption.SQS_MANAGED,
      enforceSSL: true,
      visibilityTimeout: Duration.seconds(VISIBILITY_TIMEOUTS * consumer.timeout.toSeconds()),
      ...more,
    });
    consumer.addEventSource(new SqsEventSource(this, { batchSize, maxConcurrency, reportBatchItemFailures: true }));
  }
}

/**
 * A dead-letter queue with its consumer. It has no dead-letter queue itself: a message that the consumer cannot process
 * becomes visible again, and an alarm goes off.
 */
export class DeadLetterQueue extends PlatformQueue {
  constructor(scope: Construct, id: string, props: PlatformQueueProps) {
    super(scope, id, { ...props, batchSize: 10, maxConcurrency: 2 }, { retentionPeriod: DEAD_LETTER_RETENTION });
  }

  /**
   * Grants `fn` sending, with the queue URL in the environment variable `env`. For functions that detect unprocessable
   * items themselves.
   */
  grantSendTo(fn: PlatformFunction, env: EnvName): void {
    fn.addEnvironment(env, this.queueUrl);
    fn.allow(['sqs:SendMessage'], [this.queueArn]);
  }
}

/** A standard queue with a dead-letter queue. */
export class WorkQueue extends PlatformQueue {
  readonly dlq: DeadLetterQueue;
  readonly #env: EnvName;

  constructor(scope: Construct, id: string, props: WorkQueueProps) {
    super(scope, id, props, {
      deadLetterQueue: { queue: props.dlq, maxReceiveCount: props.maxReceiveCount },
      ...(props.retentionPeriod && { retentionPeriod: props.retentionPeriod }),
    });
    this.dlq = props.dlq;
    this.#env = props.env;
  }

  /** Grants `fn` sending, with the queue URL in its environment. */
  grantSend(fn: PlatformFunction): void {
    fn.addEnvironment(this.#env, this.queueUrl);
    fn.allow(['sqs:SendMessage'], [this.queueArn]);
  }
}
