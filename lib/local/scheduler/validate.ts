import { validationError } from './errors.ts';
import { assertExpression, assertTimezone } from './expression.ts';
import { type ScheduleRecord, type ScheduleTarget, scheduleArn } from './schedule.ts';

type Input = Readonly<Record<string, unknown>>;

/** ARNs of the target types that the local system supports. */
const TARGET = /^arn:aws[a-z-]*:(sqs|lambda):[a-z0-9-]+:\d{12}:/;
const QUEUE = /^arn:aws[a-z-]*:sqs:[a-z0-9-]+:\d{12}:[a-zA-Z0-9_-]+$/;
const ROLE = /^arn:aws[a-z-]*:iam::\d{12}:role\/.+$/;

const FIELDS = [
  ['Name', 'GroupName', 'ScheduleExpression', 'ScheduleExpressionTimezone', 'StartDate', 'EndDate', 'Description'],
  ['KmsKeyArn', 'State', 'Target', 'FlexibleTimeWindow', 'ActionAfterCompletion', 'ClientToken'],
].flat();
const TARGET_FIELDS = ['Arn', 'RoleArn', 'Input', 'RetryPolicy', 'DeadLetterConfig', 'SqsParameters'];

/** Parses the name of a schedule or group. */
export function parseName(value: unknown, field = 'name'): string {
  if (typeof value === 'string' && /^[0-9a-zA-Z_.-]{1,64}$/.test(value)) return value;
  throw constraintError(
    value,
    field,
    'Member must satisfy regular expression pattern: ^[0-9a-zA-Z-_.]+$ and length 1-64',
  );
}

/**
 * Parses the input of CreateSchedule or UpdateSchedule and applies AWS's defaults.
 *
 * @param now epoch milliseconds
 *
 * @throws SchedulerError for input that AWS rejects or that the local system does not support
 */
export function parseScheduleRecord(input: Input, now: number): ScheduleRecord {
  assertKnownFields(input, FIELDS, 'CreateSchedule');
  const name = parseName(input.Name);
  const group = input.GroupName === undefined ? 'default' : parseName(input.GroupName, 'groupName');
  const timezone = optionalText(input, 'ScheduleExpressionTimezone', 50) ?? 'UTC';
  const expression = optionalText(input, 'ScheduleExpression', 256);
  if (expression === undefined) throw constraintError(undefined, 'scheduleExpression', 'Member must not be null');
  assertTimezone(timezone);
  assertExpression(expression);

  const start = optionalDate(input, 'StartDate');
  const end = optionalDate(input, 'EndDate');
  if (start !== undefined && start * 1_000 < now - 5 * 60_000) {
    throw validationError('The StartDate you specify cannot be earlier than 5 minutes ago.');
  }
  if (end !== undefined && end * 1_000 < now) throw validationError('The EndDate you specify cannot be in the past.');
  if (start !== undefined && end !== undefined && end <= start) {
    throw validationError('The EndDate you specify must come after the StartDate.');
  }
  const description = optionalText(input, 'Description', 512);
  const kmsKey = optionalText(input, 'KmsKeyArn', 2_048);
  return {
    Arn: scheduleArn(group, name),
    Name: name,
    GroupName: group,
    ScheduleExpression: expression,
    ScheduleExpressionTimezone: timezone,
    ...(start !== undefined && { StartDate: start }),
    ...(end !== undefined && { EndDate: end }),
    ...(description !== undefined && { Description: description }),
    ...(kmsKey !== undefined && { KmsKeyArn: kmsKey }),
    State: oneOf(input.State ?? 'ENABLED', ['ENABLED', 'DISABLED'], 'state'),
    Target: parseTarget(input.Target),
    FlexibleTimeWindow: parseTimeWindow(input.FlexibleTimeWindow),
    ActionAfterCompletion: oneOf(input.ActionAfterCompletion ?? 'NONE', ['NONE', 'DELETE'], 'actionAfterCompletion'),
    CreationDate: now / 1_000,
    LastModificationDate: now / 1_000,
  };
}

function parseTarget(value: unknown): ScheduleTarget {
  const input = section(value, 'target');
  assertKnownFields(input, TARGET_FIELDS, 'Target');
  if (typeof input.Arn !== 'string' || !TARGET.test(input.Arn)) {
    throw validationError(
      `Provided Arn ${String(input.Arn)} is not in correct format, or neither a queue's nor a function's.`,
    );
  }
  if (typeof input.RoleArn !== 'string' || !ROLE.test(input.RoleArn)) {
    throw validationError(`Provided RoleArn ${String(input.RoleArn)} is not in correct format.`);
  }
  const text = optionalText(input, 'Input', 262_144);
  const group = parseMessageGroup(input.SqsParameters, input.Arn);
  const retry = input.RetryPolicy === undefined ? {} : section(input.RetryPolicy, 'target.retryPolicy');
  const deadLetterArn = input.DeadLetterConfig === undefined ? undefined : section(input.DeadLetterConfig, 'dlq').Arn;
  if (deadLetterArn !== undefined && (typeof deadLetterArn !== 'string' || !QUEUE.test(deadLetterArn))) {
    throw validationError(
      `Provided DeadLetterConfig Arn ${JSON.stringify(deadLetterArn)} is not the ARN of a standard queue.`,
    );
  }
  return {
    Arn: input.Arn,
    RoleArn: input.RoleArn,
    ...(text !== undefined && { Input: text }),
    RetryPolicy: {
      MaximumEventAgeInSeconds: integer(retry, 'MaximumEventAgeInSeconds', 60, 86_400, 86_400),
      MaximumRetryAttempts: integer(retry, 'MaximumRetryAttempts', 0, 185, 185),
    },
    ...(deadLetterArn !== undefined && { DeadLetterConfig: { Arn: deadLetterArn } }),
    ...(group !== undefined && { SqsParameters: { MessageGroupId: group } }),
  };
}

function parseMessageGroup(value: unknown, target: string): string | undefined {
  const group = value === undefined ? undefined : section(value, 'target.sqsParameters').MessageGroupId;
  if (group === undefined) return undefined;
  if (!target.endsWith('.fifo')) throw validationError('MessageGroupId can only be specified for a FIFO queue.');
  if (typeof group !== 'string') throw constraintError(group, 'messageGroupId', 'Member must be a string');
  return group;
}

function parseTimeWindow(value: unknown): ScheduleRecord['FlexibleTimeWindow'] {
  const input = section(value, 'flexibleTimeWindow');
  const mode = oneOf(input.Mode, ['OFF', 'FLEXIBLE'], 'flexibleTimeWindow.mode');
  if (mode === 'OFF' && input.MaximumWindowInMinutes !== undefined) {
    throw validationError(
      'MaximumWindowInMinutes can only be specified when the mode of the FlexibleTimeWindow is FLEXIBLE.',
    );
  }
  if (mode === 'OFF') return { Mode: mode };
  return { Mode: mode, MaximumWindowInMinutes: integer(input, 'MaximumWindowInMinutes', 1, 1_440) };
}

function section(value: unknown, field: string): Input {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Input;
  throw constraintError(value, field, 'Member must not be null');
}

function assertKnownFields(input: Input, known: readonly string[], where: string): void {
  const other = Object.keys(input).find((key) => !known.includes(key));
  if (other) throw validationError(`${where}: ${other} is not emulated by the local scheduler.`);
}

function optionalText(input: Input, field: string, maximum: number): string | undefined {
  const value = input[field];
  if (value === undefined || value === null) return undefined;
  if (typeof value === 'string' && value.length > 0 && value.length <= maximum) return value;
  throw constraintError(value, field, `Member must be a string of 1 to ${maximum} characters`);
}

function optionalDate(input: Input, field: string): number | undefined {
  const value = input[field];
  if (value === undefined || value === null) return undefined;
  if (typeof value === 'number' && Number.isFinite(value)) return value;
  throw constraintError(value, field, 'Member must be a timestamp in epoch seconds');
}

function integer(input: Input, field: string, min: number, max: number, fallback?: number): number {
  const value = input[field] ?? fallback;
  if (typeof value === 'number' && Number.isInteger(value) && value >= min && value <= max) return value;
  throw constraintError(value, field, `Member must have value between ${min} and ${max}`);
}

function oneOf<const Value extends string>(value: unknown, allowed: readonly Value[], field: string): Value {
  const found = allowed.find((one) => one === value);
  if (found) return found;
  throw constraintError(value, field, `Member must satisfy enum value set: [${allowed.join(', ')}]`);
}

function constraintError(value: unknown, field: string, rule: string) {
  const formatted = value === undefined ? 'null' : JSON.stringify(value);
  return validationError(
    `1 validation error detected: Value ${formatted} at '${field}' failed to satisfy constraint: ${rule}`,
  );
}
