import { Duration, Stack } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import { SqsDestination } from 'aws-cdk-lib/aws-lambda-destinations';
import * as scheduler from 'aws-cdk-lib/aws-scheduler';
import { Construct } from 'constructs';
import { Env } from '../../functions/core/platform/env-names.ts';
import type { StageConfig } from '../config.ts';
import type { PlatformFunction } from './function.ts';
import type { DeadLetterQueue, WorkQueue } from './queue.ts';

/** Creates a role that EventBridge Scheduler assumes for the schedules of one group of this account only. */
export function schedulerRole(scope: Construct, id: string, group: scheduler.CfnScheduleGroup): iam.Role {
  return new iam.Role(scope, id, {
    assumedBy: new iam.ServicePrincipal('scheduler.amazonaws.com', {
      conditions: {
        StringEquals: { 'aws:SourceAccount': Stack.of(scope).account, 'aws:SourceArn': group.attrArn },
      },
    }),
  });
}

/** Returns the name of the schedule group of the platform's crons. */
export const platformGroupName = ({ name }: StageConfig): string => `jobdeck-${name}-platform`;

export interface TenantSchedulesProps {
  readonly config: StageConfig;
  /** Queue that receives the ticks. */
  readonly ticks: WorkQueue;
}

/** The schedule group of the tenants' jobs. The registrar creates the schedules at run time. */
export class TenantSchedules extends Construct {
  readonly group: scheduler.CfnScheduleGroup;
  readonly groupName: string;
  readonly #role: iam.Role;
  readonly #ticks: WorkQueue;

  constructor(scope: Construct, id: string, props: TenantSchedulesProps) {
    super(scope, id);
    this.groupName = `jobdeck-${props.config.name}`;
    this.#ticks = props.ticks;
    this.group = new scheduler.CfnScheduleGroup(this, 'Group', { name: this.groupName });
    this.#role = schedulerRole(this, 'Role', this.group);
    this.#role.addToPolicy(
      new iam.PolicyStatement({
        actions: ['sqs:SendMessage'],
        resources: [props.ticks.queueArn, props.ticks.dlq.queueArn],
      }),
    );
  }

  /** Grants `fn` creating, changing and deleting schedules in the group, with the necessary environment variables. */
  grantRegister(fn: PlatformFunction): void {
    fn.addEnvironment(Env.scheduleGroup, this.groupName);
    fn.addEnvironment(Env.schedulerRoleArn, this.#role.roleArn);
    fn.addEnvironment(Env.ticksQueueArn, this.#ticks.queueArn);
    fn.addEnvironment(Env.ticksDeadLetterArn, this.#ticks.dlq.queueArn);
    fn.allowUnder(
      ['scheduler:CreateSchedule', 'scheduler:UpdateSchedule', 'scheduler:DeleteSchedule'],
      'scheduler',
      `schedule/${this.groupName}`,
      'Schedules are made at run time, one or two a job.',
    );
    fn.addToRolePolicy(
      new iam.PolicyStatement({
        actions: ['iam:PassRole'],
        resources: [this.#role.roleArn],
        conditions: { StringEquals: { 'iam:PassedToService': 'scheduler.amazonaws.com' } },
      }),
    );
  }
}

export interface PlatformCronProps {
  readonly config: StageConfig;
  /** Name after `jobdeck-<stage>-`. */
  readonly name: string;
  /** EventBridge schedule expression, for example `rate(1 minute)`. */
  readonly expression: string;
  readonly target: PlatformFunction;
  readonly group: scheduler.CfnScheduleGroup;
  readonly dlq: DeadLetterQueue;
  /**
   * Maximum age of an invocation. Usually the interval, because the next invocation does the same work.
   *
   * @default 1 minute
   */
  readonly maxEventAge?: Duration;
}

/**
 * A schedule that invokes a platform function. Failed invocations become dead letters and are not retried, because the
 * next one does the same work.
 */
export class PlatformCron extends Construct {
  constructor(scope: Construct, id: string, props: PlatformCronProps) {
    super(scope, id);
    const { maxEventAge = Duration.minutes(1) } = props;
    props.target.configureAsyncInvoke({
      retryAttempts: 0,
      maxEventAge,
      onFailure: new SqsDestination(props.dlq),
    });
    const role = schedulerRole(this, 'Role', props.group);
    role.addToPolicy(
      new iam.PolicyStatement({ actions: ['lambda:InvokeFunction'], resources: [props.target.functionArn] }),
    );
    role.addToPolicy(new iam.PolicyStatement({ actions: ['sqs:SendMessage'], resources: [props.dlq.queueArn] }));
    const schedule = new scheduler.CfnSchedule(this, 'Schedule', {
      name: `jobdeck-${props.config.name}-${props.name}`,
      // The name instead of a reference to another stack, which may plan a replacement of the schedule.
      groupName: platformGroupName(props.config),
      scheduleExpression: props.expression,
      flexibleTimeWindow: { mode: 'OFF' },
      target: {
        arn: props.target.functionArn,
        roleArn: role.roleArn,
        deadLetterConfig: { arn: props.dlq.queueArn },
        retryPolicy: { maximumEventAgeInSeconds: maxEventAge.toSeconds(), maximumRetryAttempts: 2 },
      },
    });
    // The first invocation may come at once and needs the role's permissions.
    schedule.node.addDependency(role, props.group);
  }
}
