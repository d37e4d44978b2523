import { isDeepStrictEqual } from 'node:util';
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

/** @returns whether a group holds schedules that Jobdeck itself registers */
export const isOwnGroup = (group: string): boolean => /^jobdeck-[a-z][a-z0-9]{1,11}(-platform)?$/.test(group);

/** Targets of one rule in a file. */
interface TargetList {
  readonly from: string;
  readonly list: readonly AwsTarget[];
}

/**
 * Joins responses: rules with their targets, and schedules. Rules without a schedule are left out. Rules and schedules of
 * several regions and accounts differ in their ARNs. Targets are of a rule by its name only, and are an error if several rules
 * have this name.
 */
export function collect(outputs: readonly NamedOutput[]): Collected {
  const rules = new Map<string, AwsRule>();
  const schedules = new Map<string, AwsSchedule>();
  const summaries: AwsScheduleSummary[] = [];
  const targets = new Map<string, TargetList[]>();
  const ambiguous: string[] = [];
  const add = <Value extends { readonly Arn?: string | undefined }>(
    values: Map<string, Value>,
    { key, value, from }: { readonly key: string; readonly value: Value; readonly from: string },
  ) => {
    const other = values.get(key);
    if (other && value.Arn === undefined && !isDeepStrictEqual(other, value)) {
      ambiguous.push(`${from}: ${key} is in the files twice, with other fields and without an ARN. ${IMPORT_APART}`);
    }
    values.set(key, value);
  };
  for (const { from, rule: name, output } of outputs) {
    if (output.kind === 'rules') {
      for (const rule of output.rules) add(rules, { key: rule.Arn ?? rule.Name, value: rule, from });
    } else if (output.kind === 'schedule') {
      add(schedules, { key: keyOf(output.schedule), value: output.schedule, from });
    } else if (output.kind === 'summaries') summaries.push(...output.summaries);
    else targets.set(name, [...(targets.get(name) ?? []), { from, list: output.targets }]);
  }
  const all = [...rules.values()];
  const own = [...schedules.values(), ...summaries].filter(isOwn).map(nameOf);
  const patterns = all.filter(({ ScheduleExpression }) => !ScheduleExpression);
  const managed = all.filter((rule) => rule.ScheduleExpression && rule.ManagedBy !== undefined);
  return {
    sources: [
      ...sortBy(all.filter(isScheduled), ({ Name }) => Name).map(
        (rule): Source => ({ kind: 'rule', rule, targets: targets.get(rule.Name)?.[0]?.list }),
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
      ...ambiguous,
      ...[...targets].flatMap(([name, lists]) => validateTargets(name, lists, all)),
      ...summaries.filter((summary) => !isOwn(summary) && !hasSchedule(schedules, summary)).map(missingSchedule),
    ],
  };
}

const IMPORT_APART = 'Import each region and account by itself';

/** @returns a sentence if the rule of the targets is unknown */
function validateTargets(name: string, lists: readonly TargetList[], rules: readonly AwsRule[]): readonly string[] {
  const named = rules.filter(({ Name }) => Name === name);
  const files = [...new Set(lists.map(({ from }) => from))].join(', ');
  if (named.length === 0) return [unknownRule(files, name)];
  const scheduled = named.filter(isScheduled);
  if (scheduled.length > 1) {
    const arns = scheduled.map(({ Arn, Name }) => Arn ?? Name).join(' and ');
    return [`${files}: the targets are of the rule '${name}', which is in the files twice: ${arns}. ${IMPORT_APART}`];
  }
  if (lists.every(({ list }) => isDeepStrictEqual(list, lists[0]?.list))) return [];
  return [`${files}: the rule '${name}' has different targets in the files. ${IMPORT_APART}`];
}

const nameOf = ({ GroupName, Name }: AwsScheduleSummary) => `${GroupName}/${Name}`;
const keyOf = (schedule: AwsScheduleSummary) => schedule.Arn ?? nameOf(schedule);

/** @returns whether a schedule of a list has been read. One of them may lack its ARN */
const hasSchedule = (schedules: ReadonlyMap<string, AwsSchedule>, summary: AwsScheduleSummary): boolean =>
  [...schedules.values()].some((schedule) =>
    schedule.Arn === undefined || summary.Arn === undefined
      ? nameOf(schedule) === nameOf(summary)
      : schedule.Arn === summary.Arn,
  );

const isOwn = ({ GroupName }: AwsScheduleSummary) => isOwnGroup(GroupName);

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
