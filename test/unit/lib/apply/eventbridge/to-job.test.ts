import { describe, expect, it } from 'vitest';
import { parseAwsOutput } from '../../../../../lib/apply/eventbridge/aws-output.ts';
import { collect } from '../../../../../lib/apply/eventbridge/collect.ts';
import { toJob } from '../../../../../lib/apply/eventbridge/to-job.ts';
import { aRule, aSchedule, aTarget } from '../../../../helpers/builders/eventbridge.ts';

const NOW = Date.parse('2026-11-30T12:00:00Z');

/** Returns the job for a rule with these targets, or for a schedule. */
function jobFor(value: object, targets?: readonly object[]) {
  const name = String((value as { readonly Name?: unknown }).Name);
  const values = [value, ...(targets ? [{ Targets: targets }] : [])];
  const outputs = values.map((output) => ({ from: 'x', rule: name, output: parseAwsOutput(output) }));
  const [source] = collect(outputs).sources;
  if (!source) throw new Error('no source');
  return toJob(source, NOW);
}

describe('toJob', () => {
  it('keeps the expression and the description of a rule, and describes each target', () => {
    const job = jobFor(aRule({ State: 'DISABLED', RoleArn: 'arn:aws:iam::1:role/r' }), [
      aTarget({ Input: '{"a":1}', RetryPolicy: { MaximumRetryAttempts: 2 }, DeadLetterConfig: { Arn: 'arn:dlq' } }),
      { Id: 'ecs', Arn: 'arn:aws:ecs:x:1:cluster/c', EcsParameters: { TaskDefinitionArn: 'arn:task', TaskCount: 1 } },
    ]);

    expect(job).toEqual({
      origin: 'EventBridge rule arn:aws:events:eu-central-1:123456789012:rule/nightly-report',
      name: 'nightly-report',
      isEnabled: false,
      fields: {
        description: 'Sends the report',
        schedule: 'cron(0 20 * * ? *)',
        timezone: 'UTC',
        start_at: undefined,
        end_at: undefined,
      },
      targets: ['arn:aws:lambda:eu-central-1:123456789012:function:report', 'arn:aws:ecs:x:1:cluster/c'],
      notCarriedOver: [
        'RoleArn: arn:aws:iam::1:role/r',
        'the target Target0: arn:aws:lambda:eu-central-1:123456789012:function:report',
        'the target Target0: Input: {"a":1}',
        'the target Target0: RetryPolicy: {"MaximumRetryAttempts":2}',
        'the target Target0: DeadLetterConfig: {"Arn":"arn:dlq"}',
        'the target ecs: arn:aws:ecs:x:1:cluster/c',
        'the target ecs: EcsParameters: {"TaskDefinitionArn":"arn:task","TaskCount":1}',
      ],
    });
  });

  it('keeps the time zone, the bounds and a short time window of a schedule, and omits its default retry policy', () => {
    const job = jobFor(
      aSchedule({
        ScheduleExpression: 'cron(0 9 ? * MON-FRI *)',
        StartDate: '2026-01-01T00:00:00+01:00',
        EndDate: 1_830_297_600,
        FlexibleTimeWindow: { Mode: 'FLEXIBLE', MaximumWindowInMinutes: 15 },
      }),
    );

    expect(job.fields).toEqual({
      schedule: 'cron(0 9 ? * MON-FRI *)',
      timezone: 'Europe/Berlin',
      start_at: '2025-12-31T23:00:00.000Z',
      end_at: '2028-01-01T00:00:00.000Z',
      jitter_seconds: 900,
    });
    expect(job.notCarriedOver).toEqual([
      'the target: arn:aws:sqs:eu-central-1:123456789012:orders',
      'the target: Input: {"full":true}',
      'the target: RoleArn: arn:aws:iam::123456789012:role/scheduler',
    ]);
  });

  it('explains a long time window, a group and a deletion after the last run', () => {
    const job = jobFor(
      aSchedule({
        GroupName: 'billing',
        FlexibleTimeWindow: { Mode: 'FLEXIBLE', MaximumWindowInMinutes: 60 },
        ActionAfterCompletion: 'DELETE',
      }),
    );

    expect(job.fields).toMatchObject({ jitter_seconds: 900 });
    expect(job.notCarriedOver).toEqual(
      expect.arrayContaining([
        'FlexibleTimeWindow of 60 minutes: jitter_seconds is at most 900.',
        'the group billing.',
        'ActionAfterCompletion: DELETE; a job stays.',
      ]),
    );
  });

  it.each([
    ['at(2026-11-30T12:59:00)', 'it does not fire any more.'],
    ['cron(0 0 * * ? 2025)', 'it does not fire any more.'],
    ['at(2030-01-01T10:00:30)', 'schedule: at seconds must be 00 because'],
    ['cron(0 0 * * * *)', 'schedule: cron(…) must have ? in exactly one of'],
  ])('gives a job without a schedule for %s and says why', (ScheduleExpression, reason) => {
    const job = jobFor(aSchedule({ ScheduleExpression, EndDate: '2030-02-01T00:00:00Z' }));

    expect(job.fields).toEqual({});
    expect(job.notCarriedOver[0]).toContain(
      `the schedule ${ScheduleExpression} in Europe/Berlin until 2030-02-01T00:00:00.000Z: ${reason}`,
    );
  });

  it('gives a job without a schedule for a time zone that is unknown', () => {
    expect(jobFor(aSchedule({ ScheduleExpressionTimezone: 'Mars/Base' })).notCarriedOver[0]).toBe(
      'the schedule rate(5 minutes) in Mars/Base: the time zone is unknown.',
    );
  });

  it.each([
    ['rate(1 minutes)', 'rate(1 minute)'],
    ['rate(5 minute)', 'rate(5 minutes)'],
    ['rate(12 hours)', 'rate(12 hours)'],
    ['at(2030-01-01T10:00:00)', 'at(2030-01-01T10:00:00)'],
    ['cron(0/15 8-17 ? * 2#1 *)', 'cron(0/15 8-17 ? * 2#1 *)'],
  ])('writes %s as %s', (ScheduleExpression, schedule) => {
    expect(jobFor(aSchedule({ ScheduleExpression })).fields).toMatchObject({ schedule });
  });

  it('hides credentials in the parameters of targets', () => {
    const job = jobFor(aRule(), [
      aTarget({
        Input: JSON.stringify({ user: 'a', password: 'p-1', nested: [{ apiKey: 'p-2' }], secretArn: 'arn:aws:x' }),
        HttpParameters: { HeaderParameters: { Authorization: 'p-3', 'X-Team': 'p-5', Accept: 'text/csv' } },
      }),
      aTarget({
        Input: JSON.stringify({ containerOverrides: [{ environment: [{ name: 'DB_PASSWORD', value: 'p-4' }] }] }),
        EcsParameters: { Tags: ['subnet-0123456789abcdef0', 'postgres://a:p-6@b'], 'user[password]': [{ a: 'p-7' }] },
      }),
    ]);

    const text = job.notCarriedOver.join('\n');
    expect(text).not.toMatch(/p-\d/);
    expect(text).toContain('{"user":"a","password":"***","nested":[{"apiKey":"***"}],"secretArn":"arn:aws:x"}');
    expect(text).toContain('"Accept":"text/csv"');
    expect(text).toContain('{"name":"DB_PASSWORD","value":"***"}');
    expect(text).toContain('subnet-0123456789abcdef0');
  });

  it('says that targets were not read, and that a rule has none', () => {
    expect(jobFor(aRule()).notCarriedOver).toEqual([expect.stringContaining('the targets, which were not read')]);
    expect(jobFor(aRule(), []).notCarriedOver).toEqual(['the rule has no target.']);
  });
});
