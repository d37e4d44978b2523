import { Duration, Stack, Validations } from 'aws-cdk-lib';
import { CfnScheduleGroup } from 'aws-cdk-lib/aws-scheduler';
import type { Construct } from 'constructs';
import { Env } from '../../functions/core/platform/env-names.ts';
import { COUNTER_INDEXES } from '../../functions/core/platform/index-names.ts';
import type { Bundles } from '../bundle.ts';
import type { StageConfig } from '../config.ts';
import { PlatformFunction } from '../constructs/function.ts';
import { platformStackProps } from '../constructs/platform-stack-props.ts';
import { DEAD_LETTER_CONSUMER, DeadLetterQueue, WorkQueue } from '../constructs/queue.ts';
import { PlatformCron, platformGroupName, TenantSchedules } from '../constructs/schedules.ts';
import { STREAM_FILTERS } from '../stream-filters.ts';
import type { DataStack } from './data.ts';
import type { NotifyStack } from './notify.ts';
import type { WorkStack } from './work.ts';

export interface ScheduleStackProps {
  readonly config: StageConfig;
  readonly bundles: Bundles;
  readonly data: DataStack;
  readonly work: WorkStack;
  readonly notify: NotifyStack;
}

/** Schedules: the tenants' schedules with the registrar, and the platform's crons with the sweeper. */
export class ScheduleStack extends Stack {
  readonly registrar: PlatformFunction;
  readonly sweepDispatcher: PlatformFunction;
  readonly sweeper: PlatformFunction;
  readonly sweeps: WorkQueue;
  readonly registrationsDlq: DeadLetterQueue;
  readonly platformDlq: DeadLetterQueue;
  /** Schedule group of the platform's crons. */
  readonly platformGroup: CfnScheduleGroup;
  /** Names of the two schedule groups: tenants and platform. */
  readonly groupNames: readonly string[];

  constructor(scope: Construct, id: string, { config, bundles, data, work, notify }: ScheduleStackProps) {
    super(scope, id, platformStackProps(scope, id, 'Jobdeck: schedules, registrar and sweeper', config));
    const { jobs, runs, records, access, counters, files } = data;

    const schedules = new TenantSchedules(this, 'TenantSchedules', { config, ticks: work.ticks });
    this.registrar = new PlatformFunction(this, 'Registrar', {
      config,
      bundles,
      name: 'registrar',
      description: 'Registers jobs with EventBridge Scheduler',
      timeout: Duration.seconds(60),
    });
    this.registrationsDlq = new DeadLetterQueue(this, 'RegistrationsDeadLetters', {
      config,
      name: 'registrations-dead-letters',
      consumer: this.registrar,
    });
    jobs.streamTo(this.registrar, {
      filter: STREAM_FILTERS.jobsToRegistrar,
      // One pass a job: the more changes of a job a batch holds, the fewer passes.
      batchSize: 100,
      retryAttempts: 5,
      onFailure: this.registrationsDlq,
    });
    schedules.grantRegister(this.registrar);
    jobs.grant(this.registrar, 'GetItem', 'Query', 'PutItem', 'UpdateItem', 'DeleteItem');
    access.grant(this.registrar, 'GetItem', 'Query', 'PutItem');

    const platformDlqConsumer = new PlatformFunction(this, 'DeadPlatform', {
      config,
      bundles,
      name: 'dead-letters-platform',
      description: "Logs failed invocations of the platform's own crons",
      ...DEAD_LETTER_CONSUMER,
    });
    this.platformDlq = new DeadLetterQueue(this, 'PlatformDeadLetters', {
      config,
      name: 'platform-dead-letters',
      consumer: platformDlqConsumer,
    });

    this.sweeper = new PlatformFunction(this, 'Sweeper', {
      config,
      bundles,
      name: 'sweeper',
      description: 'Repairs lost messages and expired leases, records missed ticks, purges expired runs',
      // A sweep starts no step after 40 s. The rest is for the step in progress.
      timeout: Duration.seconds(55),
    });
    jobs.grant(this.sweeper, 'GetItem', 'BatchGetItem', 'Query', 'PutItem', 'UpdateItem', 'DeleteItem');
    runs.grant(this.sweeper, 'GetItem', 'BatchGetItem', 'Query', 'PutItem', 'UpdateItem', 'BatchWriteItem');
    runs.grantIndex(this.sweeper, 'active');
    // For the flow runs whose retention is over.
    runs.grantIndex(this.sweeper, 'byTenant');
    records.grant(this.sweeper, 'GetItem', 'Query', 'PutItem', 'UpdateItem', 'DeleteItem', 'BatchWriteItem');
    access.grant(this.sweeper, 'GetItem', 'BatchGetItem', 'Query', 'PutItem', 'UpdateItem', 'DeleteItem');
    counters.grant(this.sweeper, 'GetItem', 'BatchGetItem', 'UpdateItem');
    files.grant(this.sweeper, 'runs', 'GetObject', 'ListBucket', 'PutObject', 'DeleteObject');
    work.runs.grantSend(this.sweeper);
    work.ticks.grantSend(this.sweeper);
    notify.notifications.grantSend(this.sweeper);

    this.sweeps = new WorkQueue(this, 'Sweeps', {
      config,
      name: 'sweeps',
      env: Env.sweepsQueueUrl,
      consumer: this.sweeper,
      batchSize: 1,
      maxConcurrency: config.sweepers,
      maxReceiveCount: 5,
      // A tenant that was not swept gets another message each minute.
      retentionPeriod: Duration.minutes(30),
      dlq: this.platformDlq,
    });
    this.sweepDispatcher = new PlatformFunction(this, 'SweepDispatcher', {
      config,
      bundles,
      name: 'sweep-dispatcher',
      description: 'Sends a message for each tenant that is due for a sweep',
      // Below the interval of one minute.
      timeout: Duration.seconds(55),
      memorySize: 256,
    });
    counters.grantIndex(this.sweepDispatcher, COUNTER_INDEXES.agenda);
    // For the list of tenants and the progress of the pass over them.
    access.grant(this.sweepDispatcher, 'GetItem', 'Query', 'PutItem');
    this.sweeps.grantSend(this.sweepDispatcher);

    this.platformGroup = new CfnScheduleGroup(this, 'PlatformGroup', { name: platformGroupName(config) });
    new PlatformCron(this, 'SweepDispatcherCron', {
      config,
      name: 'sweep-dispatcher',
      expression: 'rate(1 minute)',
      target: this.sweepDispatcher,
      group: this.platformGroup,
      dlq: this.platformDlq,
    });
    this.groupNames = [schedules.groupName, this.platformGroup.ref];

    for (const queue of [this.registrationsDlq, this.platformDlq]) {
      Validations.of(queue).acknowledge({
        id: 'AwsSolutions-SQS3',
        reason: 'It is a dead-letter queue: of an event source mapping or of schedules, which the rule does not see.',
      });
    }
  }
}
