import type { AwsOutput, AwsRule, AwsSchedule, AwsScheduleSummary, AwsTarget } from './aws-output.ts';

/** A rule with a schedule, or a schedule of EventBridge Scheduler. */
export type Source =
  | {
      readonly kind: 'rule';
      readonly rule: AwsRule & { readonly ScheduleExpression: string };
      /** `undefined` if they have not been read. */
      readonly targets: readonly AwsTarget[] | undefined;
    }
  | { readonly kind: 'schedule'; readonly schedule: AwsSchedule };

/** A response, and where it is from. */
export interface NamedOutput {
  /** For messages: the path of a file. */
  readonly from: string;
  /** The rule whose targets a response of `list-targets-by-rule` holds. */
  readonly rule: string;
  readonly output: AwsOutput;
}

export interface LeftOut {
  readonly reason: string;
  /** Not empty, sorted. */
  readonly names: readonly string[];
}

export interface Collected {
  /** Sorted, without duplicates. */
  readonly sources: readonly Source[];
  /** Rules and schedules that become no jobs. */
  readonly leftOut: readonly LeftOut[];
  /** Sentences about responses that are missing. */
  readonly errors: readonly string[];
}

/** Groups of the schedules that Jobdeck itself registers. */
const OWN_GROUP = /^jobdeck-[a-z][a-z0-9]{1,11}(-platform)?$/;

/** Joins responses: rules with their targets, and schedules. Rules without a schedule are left out. */
export function collect(outputs: readonly NamedOutput[]): Collected {
  const rules = new Map<string, AwsRule>();
  const schedules = new Map<string, AwsSchedule>();
  const summaries: AwsScheduleSummary[] = [];
  const targets = new Map<string, { readonly from: string; readonly list: readonly AwsTarget[] }>();
  for (const { from, rule: name, output } of outputs) {
    if (output.kind === 'rules') for (const rule of output.rules) rules.set(rule.Arn ?? rule.Name, rule);
    else if (output.kind === 'schedule') schedules.set(keyOf(output.schedule), output.schedule);
    else if (output.kind === 'summaries') summaries.push(...output.summaries);
    else targets.set(name, { from, list: output.targets });
  }
  const all = [...rules.values()];
  const own = [...schedules.values(), ...summaries].filter(isOwn).map(keyOf);
  const patterns = all.filter(({ ScheduleExpression }) => !ScheduleExpression);
  const managed = all.filter((rule) => rule.ScheduleExpression && rule.ManagedBy !== undefined);
  const names = new Set(all.map(({ Name }) => Name));
  return {
    sources: [
      ...sortBy(all.filter(isScheduled), ({ Name }) => Name).map(
        (rule): Source => ({ kind: 'rule', rule, targets: targets.get(rule.Name)?.list }),
      ),
      ...sortBy([...schedules.values()], keyOf)
        .filter((schedule) => !isOwn(schedule))
        .map((schedule): Source => ({ kind: 'schedule', schedule })),
    ],
    leftOut: [
      leftOutFor(
        'an event pattern starts them, no schedule',
        patterns.map(({ Name }) => Name),
      ),
      leftOutFor(
        'a service of AWS manages them',
        managed.map(({ Name }) => Name),
      ),
      leftOutFor('Jobdeck registered them', own),
    ].filter(({ names: all }) => all.length > 0),
    errors: [
      ...[...targets].filter(([name]) => !names.has(name)).map(([name, { from }]) => unknownRule(from, name)),
      ...summaries.filter((summary) => !isOwn(summary) && !schedules.has(keyOf(summary))).map(missingSchedule),
    ],
  };
}

const keyOf = ({ GroupName, Name }: AwsScheduleSummary) => `${GroupName}/${Name}`;
const isOwn = ({ GroupName }: AwsScheduleSummary) => OWN_GROUP.test(GroupName);

const isScheduled = (rule: AwsRule): rule is AwsRule & { readonly ScheduleExpression: string } =>
  Boolean(rule.ScheduleExpression) && rule.ManagedBy === undefined;

const leftOutFor = (reason: string, names: readonly string[]): LeftOut => ({
  reason,
  names: [...new Set(names)].sort(),
});

const unknownRule = (from: string, name: string) =>
  `${from}: the targets are of the rule '${name}', after which the file is named, but no file has this rule`;

const missingSchedule = ({ GroupName, Name }: AwsScheduleSummary) =>
  `${GroupName}/${Name}: list-schedules does not print the expression; add the output of ` +
  `\`aws scheduler get-schedule --group-name ${GroupName} --name ${Name}\``;

const sortBy = <Value>(values: readonly Value[], key: (value: Value) => string) =>
  values.toSorted((a, b) => (key(a) < key(b) ? -1 : 1));
