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
});
