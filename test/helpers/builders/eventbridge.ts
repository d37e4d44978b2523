/** Responses of EventBridge and EventBridge Scheduler in the shapes that AWS documents. */

const ACCOUNT = 'eu-central-1:123456789012';

export const aRule = (fields: object = {}) => ({
  Name: 'nightly-report',
  Arn: `arn:aws:events:${ACCOUNT}:rule/nightly-report`,
  State: 'ENABLED',
  Description: 'Sends the report',
  ScheduleExpression: 'cron(0 20 * * ? *)',
  EventBusName: 'default',
  ...fields,
});

/** A rule with its name in its ARN. */
export const aRuleNamed = (name: string, fields: object = {}) =>
  aRule({ Name: name, Arn: `arn:aws:events:${ACCOUNT}:rule/${name}`, ...fields });

export const aTarget = (fields: object = {}) => ({
  Id: 'Target0',
  Arn: `arn:aws:lambda:${ACCOUNT}:function:report`,
  ...fields,
});

export const aSchedule = (fields: object = {}) => ({
  ActionAfterCompletion: 'NONE',
  Arn: `arn:aws:scheduler:${ACCOUNT}:schedule/default/sync`,
  CreationDate: '2026-01-05T10:31:31.921000+00:00',
  FlexibleTimeWindow: { Mode: 'OFF' },
  GroupName: 'default',
  LastModificationDate: '2026-01-05T10:31:31.921000+00:00',
  Name: 'sync',
  ScheduleExpression: 'rate(5 minutes)',
  ScheduleExpressionTimezone: 'Europe/Berlin',
  State: 'ENABLED',
  Target: {
    Arn: `arn:aws:sqs:${ACCOUNT}:orders`,
    Input: '{"full":true}',
    RetryPolicy: { MaximumEventAgeInSeconds: 86_400, MaximumRetryAttempts: 185 },
    RoleArn: 'arn:aws:iam::123456789012:role/scheduler',
  },
  ...fields,
});

/** A schedule with its group and name in its ARN. */
export const aScheduleNamed = (name: string, group = 'default', fields: object = {}) =>
  aSchedule({
    Name: name,
    GroupName: group,
    Arn: `arn:aws:scheduler:${ACCOUNT}:schedule/${group}/${name}`,
    ...fields,
  });

export const aScheduleSummary = (name: string, group = 'default') => ({
  Arn: `arn:aws:scheduler:${ACCOUNT}:schedule/${group}/${name}`,
  CreationDate: '2026-01-05T10:31:31.921000+00:00',
  GroupName: group,
  LastModificationDate: '2026-01-05T10:31:31.921000+00:00',
  Name: name,
  State: 'ENABLED',
  Target: { Arn: `arn:aws:sqs:${ACCOUNT}:orders` },
});
