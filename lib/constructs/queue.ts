import { Duration } from 'aws-cdk-lib';
import { SqsEventSource } from 'aws-cdk-lib/aws-lambda-event-sources';
import * as sqs from 'aws-cdk-lib/aws-sqs';
import type { Construct } from 'constructs';
import type { EnvName } from '../../functions/core/platform/env-names.ts';
import type { StageConfig } from '../config.ts';
import type { PlatformFunction } from './function.ts';

/** What the functions that consume dead letters have in common. */
export const DEAD_LETTER_CONSUMER = { timeout: Duration.seconds(60), memorySize: 256 } as const;

/** Longest that SQS keeps a message: time to repair a consumer of dead letters. */
const DEAD_LETTER_RETENTION = Duration.days(14);

/** Messages stay hidden for this many timeouts of their consumer: what Lambda asks for, so that it may retry a batch. */
const VISIBILITY_TIMEOUTS = 6;

interface PlatformQueueProps {
  readonly config: StageConfig;
  /** What its name ends in. */
  readonly name: string;
  /** Handles its messages, and says of each message of a batch whether it failed. */
  readonly consumer: PlatformFunction;
}

interface Delivery {
  /** Most messages in one invocation. */
  readonly batchSize: number;
  /** Most invocations at once, 2–1000. */
  readonly maxConcurrency: number;
}

export interface WorkQueueProps extends PlatformQueueProps, Delivery {
  /** Variable that tells senders its URL. */
  readonly env: EnvName;
  /** How often a message is received before it becomes a dead letter. */
  readonly maxReceiveCount: number;
  readonly dlq: DeadLetterQueue;
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
 * What could not be done, kept until its consumer has told whom it concerns. It has no dead letters of its own: what its
 * consumer fails at comes back until it is repaired, and an alarm says so meanwhile.
 */
export class DeadLetterQueue extends PlatformQueue {
  constructor(scope: Construct, id: string, props: PlatformQueueProps) {
    super(scope, id, { ...props, batchSize: 10, maxConcurrency: 2 }, { retentionPeriod: DEAD_LETTER_RETENTION });
  }

  /** Sets the queue's URL as `env` of `fn` and lets `fn` send: for what only `fn` can find to be impossible. */
  grantSendTo(fn: PlatformFunction, env: EnvName): void {
    fn.addEnvironment(env, this.queueUrl);
    fn.allow(['sqs:SendMessage'], [this.queueArn]);
  }
}

/** A standard queue with dead letters. */
export class WorkQueue extends PlatformQueue {
  readonly dlq: DeadLetterQueue;
  readonly #env: EnvName;

  constructor(scope: Construct, id: string, props: WorkQueueProps) {
    super(scope, id, props, {
      deadLetterQueue: { queue: props.dlq, maxReceiveCount: props.maxReceiveCount },
    });
    this.dlq = props.dlq;
    this.#env = props.env;
  }

  /** Tells `fn` the queue's URL and lets it send. */
  grantSend(fn: PlatformFunction): void {
    fn.addEnvironment(this.#env, this.queueUrl);
    fn.allow(['sqs:SendMessage'], [this.queueArn]);
  }
}
