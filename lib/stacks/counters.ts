import { Duration, Stack, Validations } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import type { Bundles } from '../bundle.ts';
import type { StageConfig } from '../config.ts';
import { PlatformFunction } from '../constructs/function.ts';
import { platformStackProps } from '../constructs/platform-stack-props.ts';
import { DEAD_LETTER_CONSUMER, DeadLetterQueue } from '../constructs/queue.ts';
import { PlatformCron } from '../constructs/schedules.ts';
import { STREAM_FILTERS } from '../stream-filters.ts';
import type { DataStack } from './data.ts';
import type { ScheduleStack } from './schedule.ts';

export interface CountersStackProps {
  readonly config: StageConfig;
  readonly bundles: Bundles;
  readonly data: DataStack;
  readonly schedule: ScheduleStack;
}

/** The counters: aggregator of the streams, publisher of metrics and reconciler. */
export class CountersStack extends Stack {
  readonly counters: PlatformFunction;
  readonly publisher: PlatformFunction;
  readonly counterReconciler: PlatformFunction;
  readonly countersDlq: DeadLetterQueue;

  constructor(scope: Construct, id: string, { config, bundles, data, schedule }: CountersStackProps) {
    super(scope, id, platformStackProps(scope, id, 'Jobdeck: counters and metrics', config));
    const { jobs, runs, access, counters } = data;

    this.counters = new PlatformFunction(this, 'Counters', {
      config,
      bundles,
      name: 'counters',
      description: 'Updates the counters from the streams of jobs and runs',
      // One vCPU. Counting takes processor time, about 70 % of it in the requests to the store; with 512 MB a shard
      // counts a third of the runs per second. Waiting for the store costs more, $0.10 to $0.33 a million runs.
      memorySize: 1769,
      // The worst batch, with each record of another job, takes about 6,000 updates, 16 at a time.
      timeout: Duration.seconds(60),
    });
    const countersDlqConsumer = new PlatformFunction(this, 'DeadCounters', {
      config,
      bundles,
      name: 'dead-letters-counters',
      description: 'Logs changes that were not counted',
      ...DEAD_LETTER_CONSUMER,
    });
    this.countersDlq = new DeadLetterQueue(this, 'CountersDeadLetters', {
      config,
      name: 'counters-dead-letters',
      consumer: countersDlqConsumer,
    });
    // The batching window delays counters and limits the writes of a busy tenant to one in that time.
    const batches = {
      batchSize: 2_000,
      batchingWindow: Duration.seconds(config.counterDelaySeconds),
      onFailure: this.countersDlq,
    };
    jobs.streamBatchesTo(this.counters, { ...batches, filter: STREAM_FILTERS.jobsToCounters });
    runs.streamBatchesTo(this.counters, { ...batches, filter: STREAM_FILTERS.runsToCounters });
    counters.grant(this.counters, 'BatchGetItem', 'UpdateItem');
    // For the tombstones of tenants.
    access.grant(this.counters, 'GetItem');

    this.publisher = new PlatformFunction(this, 'Publisher', {
      config,
      bundles,
      name: 'publisher',
      description: 'Publishes the counters as metrics',
      timeout: Duration.seconds(55),
      memorySize: 256,
    });
    // The tenants, and which of them have used priorities.
    access.grant(this.publisher, 'GetItem', 'Query');
    counters.grant(this.publisher, 'GetItem');
    // For the oldest pending run.
    runs.grant(this.publisher, 'BatchGetItem');
    runs.grantIndex(this.publisher, 'active');
    new PlatformCron(this, 'PublisherCron', {
      config,
      name: 'publisher',
      expression: 'rate(1 minute)',
      target: this.publisher,
      group: schedule.platformGroup,
      dlq: schedule.platformDlq,
    });

    // The ids and the schedule keep their former name: a new one would replace the resources.
    this.counterReconciler = new PlatformFunction(this, 'Audit', {
      config,
      bundles,
      name: 'counter-reconciler',
      description: 'Compares the counters with a recount, and rebuilds them on request',
      // The maximum of Lambda. Unfinished work continues an hour later.
      timeout: Duration.minutes(15),
    });
    jobs.grant(this.counterReconciler, 'Query');
    runs.grant(this.counterReconciler, 'Query', 'PutItem', 'UpdateItem');
    access.grant(
      this.counterReconciler,
      'GetItem',
      'Query',
      'PutItem',
      'UpdateItem',
      'DeleteItem',
      'ConditionCheckItem',
    );
    counters.grant(this.counterReconciler, 'GetItem', 'Query', 'UpdateItem');
    new PlatformCron(this, 'AuditCron', {
      config,
      name: 'audit',
      expression: 'rate(1 hour)',
      maxEventAge: Duration.minutes(10),
      target: this.counterReconciler,
      group: schedule.platformGroup,
      dlq: schedule.platformDlq,
    });

    Validations.of(this.countersDlq).acknowledge({
      id: 'AwsSolutions-SQS3',
      reason: 'It is a dead-letter queue: of event source mappings, which the rule does not see.',
    });
  }
}
