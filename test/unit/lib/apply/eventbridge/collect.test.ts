import { describe, expect, it } from 'vitest';
import { parseAwsOutput } from '../../../../../lib/apply/eventbridge/aws-output.ts';
import { collect } from '../../../../../lib/apply/eventbridge/collect.ts';
import { aRuleNamed, aScheduleNamed, aScheduleSummary, aTarget } from '../../../../helpers/builders/eventbridge.ts';

const collectFiles = (files: Readonly<Record<string, unknown>>) =>
  collect(
    Object.entries(files).map(([from, value]) => ({
      from,
      rule: from.replace('.json', ''),
      output: parseAwsOutput(value),
    })),
  );

describe('collect', () => {
  it('joins rules with the targets in files that are named after them', () => {
    const { sources, errors } = collectFiles({
      'a.json': { Targets: [aTarget()] },
      'rules.json': { Rules: [aRuleNamed('b'), aRuleNamed('a')] },
    });

    expect(errors).toEqual([]);
    expect(sources).toMatchObject([
      { kind: 'rule', rule: { Name: 'a' }, targets: [{ Id: 'Target0' }] },
      { kind: 'rule', rule: { Name: 'b' }, targets: undefined },
    ]);
  });

  it('leaves out what no schedule starts, what AWS manages and what Jobdeck registered', () => {
    const { sources, leftOut } = collectFiles({
      'rules.json': {
        Rules: [
          aRuleNamed('on-push', { ScheduleExpression: undefined, EventPattern: '{"source":["aws.s3"]}' }),
          aRuleNamed('AutoScalingManagedRule', { ManagedBy: 'autoscaling.amazonaws.com' }),
        ],
      },
      'schedule.json': aScheduleNamed('j-1', 'jobdeck-prod'),
      'cron.json': aScheduleNamed('sweeper', 'jobdeck-prod-platform'),
      'own.json': aScheduleNamed('a', 'jobdeck-like-group'),
    });

    expect(sources).toMatchObject([{ schedule: { GroupName: 'jobdeck-like-group' } }]);
    expect(leftOut).toEqual([
      { reason: 'an event pattern starts them, no schedule', names: ['on-push'] },
      { reason: 'a service of AWS manages them', names: ['AutoScalingManagedRule'] },
      { reason: 'Jobdeck registered them', names: ['jobdeck-prod-platform/sweeper', 'jobdeck-prod/j-1'] },
    ]);
  });

  it('names the responses that are missing', () => {
    const { errors } = collectFiles({
      'list.json': { Schedules: [aScheduleSummary('a', 'g'), aScheduleSummary('b')] },
      'b.json': aScheduleNamed('b'),
      'other.json': { Targets: [] },
    });

    expect(errors).toEqual([
      expect.stringMatching(/^other\.json: the targets are of the rule 'other'/),
      expect.stringMatching(/^g\/a: .*`aws scheduler get-schedule --group-name g --name a`$/),
    ]);
  });

  const inRegion = (region: string, value: { readonly Arn: string }) => ({
    ...value,
    Arn: value.Arn.replace('eu-central-1', region),
  });

  it('keeps schedules of the same group and name in several regions', () => {
    const schedules = ['eu-central-1', 'us-east-1'].map((region) => inRegion(region, aScheduleNamed('sync')));

    const { sources, errors } = collectFiles({ 'eu.json': schedules[0], 'us.json': schedules[1] });

    expect(errors).toEqual([]);
    expect(sources.map((source) => source.kind === 'schedule' && source.schedule.Arn)).toEqual(
      schedules.map(({ Arn }) => Arn),
    );
  });

  it('names the schedule of a list that was read for another region only', () => {
    const { errors } = collectFiles({
      'list.json': { Schedules: [aScheduleSummary('sync'), inRegion('us-east-1', aScheduleSummary('sync'))] },
      'eu.json': aScheduleNamed('sync'),
    });

    expect(errors).toEqual([expect.stringMatching(/^default\/sync: list-schedules does not print the expression/)]);
  });

  it('rejects targets that could be of rules in several regions', () => {
    const { errors } = collectFiles({
      'eu/rules.json': { Rules: [aRuleNamed('a')] },
      'us/rules.json': { Rules: [inRegion('us-east-1', aRuleNamed('a'))] },
      'a.json': { Targets: [aTarget()] },
    });

    expect(errors).toEqual([
      "a.json: the targets are of the rule 'a', which is in the files twice: arn:aws:events:eu-central-1:123456789012:rule/a " +
        'and arn:aws:events:us-east-1:123456789012:rule/a. Import each region and account by itself',
    ]);
  });

  it('keeps rules of the same name in several regions without targets', () => {
    const { sources, errors } = collectFiles({
      'rules.json': { Rules: [aRuleNamed('a'), inRegion('us-east-1', aRuleNamed('a'))] },
    });

    expect(errors).toEqual([]);
    expect(sources).toHaveLength(2);
  });

  const responses = (...values: readonly unknown[]) =>
    values.map((value, i) => ({ from: `${i}/a.json`, rule: 'a', output: parseAwsOutput(value) }));

  it.each([
    [
      'targets',
      { Targets: [aTarget()] },
      { Targets: [aTarget({ Id: 'Other' })] },
      /^1\/a\.json, 2\/a\.json: the rule 'a' has/,
    ],
    [
      'a rule without an ARN',
      aRuleNamed('b', { Arn: undefined }),
      aRuleNamed('b', { Arn: undefined, ScheduleExpression: 'rate(1 day)' }),
      /^2\/a\.json: b is in the files twice/,
    ],
    [
      'a schedule without an ARN',
      aScheduleNamed('b', 'g', { Arn: undefined }),
      aScheduleNamed('b', 'g', { Arn: undefined, ScheduleExpression: 'rate(1 day)' }),
      /^2\/a\.json: g\/b is in the files twice/,
    ],
  ])('rejects %s that two files describe differently, and accepts equal ones', (_, one, other, message) => {
    const rule = aRuleNamed('a');

    expect(collect(responses(rule, one, other)).errors).toEqual([expect.stringMatching(message)]);
    expect(collect(responses(rule, one, one)).errors).toEqual([]);
  });
});
