import { arn } from '../support/arn.ts';

/** A schedule as GetSchedule returns it. Dates are epoch seconds, as on the wire. */
export interface ScheduleRecord {
  readonly Arn: string;
  readonly Name: string;
  readonly GroupName: string;
  readonly ScheduleExpression: string;
  readonly ScheduleExpressionTimezone: string;
  readonly StartDate?: number;
  readonly EndDate?: number;
  readonly Description?: string;
  readonly KmsKeyArn?: string;
  readonly State: 'ENABLED' | 'DISABLED';
  readonly Target: ScheduleTarget;
  readonly FlexibleTimeWindow: { readonly Mode: 'OFF' | 'FLEXIBLE'; readonly MaximumWindowInMinutes?: number };
  readonly ActionAfterCompletion: 'NONE' | 'DELETE';
  readonly CreationDate: number;
  readonly LastModificationDate: number;
}

export interface ScheduleTarget {
  readonly Arn: string;
  readonly RoleArn: string;
  readonly Input?: string;
  readonly RetryPolicy: { readonly MaximumEventAgeInSeconds: number; readonly MaximumRetryAttempts: number };
  readonly DeadLetterConfig?: { readonly Arn: string };
  readonly SqsParameters?: { readonly MessageGroupId?: string };
}

export function scheduleArn(group: string, name: string): string {
  return arn('scheduler', `schedule/${group}/${name}`);
}

export function groupArn(name: string): string {
  return arn('scheduler', `schedule-group/${name}`);
}

/**
 * Builds the payload of a fire: the target's input with its context attributes replaced, or the default event of AWS if
 * the target has no input.
 */
export function toTargetPayload(
  target: ScheduleTarget,
  schedule: string,
  scheduledAt: number,
  attempt: number,
  id: string,
) {
  const time = new Date(scheduledAt).toISOString().replace(/\.\d+Z$/, 'Z');
  if (target.Input === undefined) {
    const [, , , region, account] = schedule.split(':');
    const source = { version: '0', id, 'detail-type': 'Scheduled Event', source: 'aws.scheduler' };
    return JSON.stringify({ ...source, account, time, region, resources: [schedule], detail: '{}' });
  }
  return target.Input.replaceAll('<aws.scheduler.scheduled-time>', time)
    .replaceAll('<aws.scheduler.execution-id>', id)
    .replaceAll('<aws.scheduler.attempt-number>', String(attempt))
    .replaceAll('<aws.scheduler.schedule-arn>', schedule);
}
