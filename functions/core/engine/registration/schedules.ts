import {
  ConflictException,
  CreateScheduleCommand,
  type CreateScheduleCommandInput,
  DeleteScheduleCommand,
  ResourceNotFoundException,
  type SchedulerClient,
  UpdateScheduleCommand,
} from '@aws-sdk/client-scheduler';
import type { Job } from '../../domain/job.ts';
import type { DesiredSchedule } from '../../domain/registration.ts';

/** The schedule group, and the queue to which its schedules send ticks. */
export interface ScheduleTarget {
  readonly group: string;
  readonly ticksQueueArn: string;
  readonly roleArn: string;
  readonly deadLetterArn: string;
}

/**
 * Seconds for which EventBridge Scheduler retries the delivery of a tick. Later the tick counts as late
 * (`domain/timing.ts`).
 */
const MAXIMUM_EVENT_AGE_SECONDS = 300;
const MAXIMUM_RETRIES = 10;

/** Limits a call to EventBridge Scheduler including its retries, so that one job does not hold up its batch. */
const CALL_TIMEOUT_MS = 8_000;

const callOptions = () => ({ abortSignal: AbortSignal.timeout(CALL_TIMEOUT_MS) });

/** Replaced by EventBridge Scheduler with the scheduled time of the tick, independent of the delivery time. */
const SCHEDULED_TIME = '<aws.scheduler.scheduled-time>';

export function scheduleParams(
  target: ScheduleTarget,
  job: Pick<Job, 'tenant' | 'id' | 'incarnation'>,
  schedule: DesiredSchedule,
): CreateScheduleCommandInput {
  const { tenant, id: jobId, incarnation } = job;
  return {
    Name: schedule.name,
    GroupName: target.group,
    ScheduleExpression: schedule.expression,
    ScheduleExpressionTimezone: schedule.timezone,
    ...(schedule.startDate !== null && { StartDate: new Date(schedule.startDate) }),
    ...(schedule.endDate !== null && { EndDate: new Date(schedule.endDate) }),
    FlexibleTimeWindow: { Mode: 'OFF' },
    State: 'ENABLED',
    ActionAfterCompletion: 'NONE',
    Target: {
      Arn: target.ticksQueueArn,
      RoleArn: target.roleArn,
      Input: JSON.stringify({ v: 1, tenant, jobId, incarnation, scheduledAt: SCHEDULED_TIME }),
      RetryPolicy: {
        MaximumEventAgeInSeconds: MAXIMUM_EVENT_AGE_SECONDS,
        MaximumRetryAttempts: MAXIMUM_RETRIES,
      },
      DeadLetterConfig: { Arn: target.deadLetterArn },
    },
  };
}

/** Creates the schedule, or updates it if it exists. */
export async function putSchedule(scheduler: SchedulerClient, params: CreateScheduleCommandInput): Promise<void> {
  try {
    await scheduler.send(new CreateScheduleCommand(params), callOptions());
  } catch (error) {
    if (/* guard: registration.schedule-exists */ !(error instanceof ConflictException)) throw error;
    await scheduler.send(new UpdateScheduleCommand(params), callOptions());
  }
}

/** Removes the schedule if it exists. */
export async function removeSchedule(scheduler: SchedulerClient, group: string, name: string): Promise<void> {
  try {
    await scheduler.send(new DeleteScheduleCommand({ GroupName: group, Name: name }), callOptions());
  } catch (error) {
    if (!(error instanceof ResourceNotFoundException)) throw error;
  }
}
