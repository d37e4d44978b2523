import { InvalidInput } from '../../../functions/core/domain/errors.ts';
import { findTimezone, nextFire, parseSchedule } from '../../../functions/core/domain/schedule/index.ts';
import { truncate, truncateWithEllipsis } from '../../../functions/core/domain/text.ts';
import type { AwsTarget } from './aws-output.ts';
import type { Source } from './collect.ts';
import { withoutCredentials } from './without-credentials.ts';

/** Characters of one parameter of a target in a comment. */
const MAX_PARAMETER_LENGTH = 2_000;
const MAX_DESCRIPTION_LENGTH = 2_000;
/** Maximum of `jitter_seconds`. */
const MAX_JITTER_SECONDS = 900;
/** The retry policy of a schedule that sets none. */
const DEFAULT_RETRY_POLICY = '{"MaximumEventAgeInSeconds":86400,"MaximumRetryAttempts":185}';

/** A job that replaces a rule or a schedule, without its id and its script. */
export interface ImportedJob {
  /** Text that identifies the rule or schedule: its ARN if it is known. */
  readonly origin: string;
  /** Name of the rule or schedule. */
  readonly name: string;
  readonly fields: Readonly<Record<string, unknown>>;
  /** ARNs of the targets. */
  readonly targets: readonly string[];
  /** Sentences about the parts that a job cannot have. */
  readonly notCarriedOver: readonly string[];
  /** The rule or schedule is enabled. */
  readonly isEnabled: boolean;
}

/** @param now epoch milliseconds */
export function toJob(source: Source, now: number): ImportedJob {
  return source.kind === 'rule' ? fromRule(source, now) : fromSchedule(source, now);
}

function fromRule({ rule, targets }: Source & { kind: 'rule' }, now: number): ImportedJob {
  const timing = timingOf({ expression: rule.ScheduleExpression, timezone: 'UTC' }, now);
  return {
    origin: `EventBridge rule ${rule.Arn ?? rule.Name}`,
    name: rule.Name,
    fields: { ...descriptionOf(rule), ...timing.fields },
    targets: (targets ?? []).map(({ Arn }) => Arn),
    isEnabled: rule.State !== 'DISABLED',
    notCarriedOver: [
      ...timing.notCarriedOver,
      ...(rule.EventPattern ? [`EventPattern: ${rule.EventPattern}; a job starts by its schedule or on demand.`] : []),
      ...(rule.RoleArn ? [`RoleArn: ${rule.RoleArn}`] : []),
      ...(targets?.flatMap(describeTarget) ?? [
        'the targets, which were not read: add the output of list-targets-by-rule.',
      ]),
      ...(targets?.length === 0 ? ['the rule has no target.'] : []),
    ],
  };
}

function fromSchedule({ schedule }: Source & { kind: 'schedule' }, now: number): ImportedJob {
  const { GroupName, Name, Target, ActionAfterCompletion, KmsKeyArn, FlexibleTimeWindow } = schedule;
  const timing = timingOf(
    {
      expression: schedule.ScheduleExpression,
      timezone: schedule.ScheduleExpressionTimezone,
      startAt: schedule.StartDate?.toISOString(),
      endAt: schedule.EndDate?.toISOString(),
    },
    now,
  );
  const window = jitterOf(FlexibleTimeWindow);
  return {
    origin: `EventBridge schedule ${schedule.Arn ?? `${GroupName}/${Name}`}`,
    name: Name,
    fields: { ...descriptionOf(schedule), ...timing.fields, ...window.fields },
    targets: [Target.Arn],
    isEnabled: schedule.State !== 'DISABLED',
    notCarriedOver: [
      ...timing.notCarriedOver,
      ...window.notCarriedOver,
      ...(GroupName === 'default' ? [] : [`the group ${GroupName}.`]),
      ...(ActionAfterCompletion === 'DELETE' ? ['ActionAfterCompletion: DELETE; a job stays.'] : []),
      ...(KmsKeyArn ? [`KmsKeyArn: ${KmsKeyArn}`] : []),
      ...describeTarget(Target),
    ],
  };
}

interface Timing {
  readonly expression: string;
  readonly timezone: string;
  readonly startAt?: string | undefined;
  readonly endAt?: string | undefined;
}

type Carried = Pick<ImportedJob, 'fields' | 'notCarriedOver'>;

/** Returns the schedule of a job, or the reason why the job has none. */
function timingOf({ expression, timezone, startAt, endAt }: Timing, now: number): Carried {
  const zone = findTimezone(timezone);
  const without = (reason: string): Carried => {
    const bounds = [startAt && `from ${startAt}`, endAt && `until ${endAt}`].filter(Boolean);
    const whole = [expression, `in ${timezone}`, ...bounds].join(' ');
    return { fields: {}, notCarriedOver: [`the schedule ${whole}: ${reason}`] };
  };
  if (zone === undefined) return without('the time zone is unknown.');
  const schedule = withPlural(expression);
  try {
    const bounds = { timezone: zone, startAt: startAt ?? null, endAt: endAt ?? null };
    const next = nextFire(parseSchedule(schedule), { ...bounds, anchor: now, after: now });
    if (next === null) return without('it does not fire any more.');
    return { fields: { schedule, timezone: zone, start_at: startAt, end_at: endAt }, notCarriedOver: [] };
  } catch (error) {
    if (!(error instanceof InvalidInput)) throw error;
    return without(error.message);
  }
}

/** EventBridge Scheduler accepts `rate(1 minutes)` and `rate(5 minute)`. */
const withPlural = (expression: string): string =>
  expression.replace(
    /^rate\((\d+) (minute|hour|day)s?\)$/,
    (_, value: string, unit: string) => `rate(${value} ${unit}${Number(value) === 1 ? '' : 's'})`,
  );

/** A flexible time window spreads the schedules of an account, as jitter spreads jobs. */
function jitterOf(window: { readonly Mode: string; readonly MaximumWindowInMinutes?: number | undefined } | undefined) {
  const minutes = window?.Mode === 'FLEXIBLE' ? (window.MaximumWindowInMinutes ?? 0) : 0;
  const seconds = Math.min(minutes * 60, MAX_JITTER_SECONDS);
  return {
    fields: seconds > 0 ? { jitter_seconds: seconds } : {},
    notCarriedOver:
      minutes * 60 > seconds
        ? [`FlexibleTimeWindow of ${minutes} minutes: jitter_seconds is at most ${MAX_JITTER_SECONDS}.`]
        : [],
  };
}

function descriptionOf({ Description }: { readonly Description?: string | undefined }) {
  return Description ? { description: truncate(Description, MAX_DESCRIPTION_LENGTH) } : {};
}

/** Returns a sentence for the ARN, and one for each parameter. */
function describeTarget({ Arn, Id, ...parameters }: AwsTarget): readonly string[] {
  const target = typeof Id === 'string' ? `the target ${Id}` : 'the target';
  const lines = Object.entries(parameters)
    .filter(([name, value]) => value !== undefined && !isDefault(name, value))
    .map(([name, value]) => `${target}: ${name}: ${formatParameter(value)}`);
  return [`${target}: ${Arn}`, ...lines];
}

const isDefault = (name: string, value: unknown) =>
  name === 'RetryPolicy' &&
  JSON.stringify(value, ['MaximumEventAgeInSeconds', 'MaximumRetryAttempts']) === DEFAULT_RETRY_POLICY;

function formatParameter(value: unknown): string {
  const shown = withoutCredentials(value);
  const text = typeof shown === 'string' ? shown : JSON.stringify(shown);
  return truncateWithEllipsis(text, MAX_PARAMETER_LENGTH);
}
