import { DEFAULT_LIMITS } from '../../../functions/core/domain/limits.ts';
import { Env } from '../../../functions/core/platform/env-names.ts';
import { installInvocationContext } from './invocation-context.ts';

/**
 * Environment variables of the simulated functions. This module must be loaded before the functions, which read the
 * variables and the clock when they are loaded.
 */
const VARIABLES: Readonly<Record<string, string>> = {
  AWS_REGION: 'us-east-1',
  AWS_ACCESS_KEY_ID: 'test',
  AWS_SECRET_ACCESS_KEY: 'test',
  POWERTOOLS_LOG_LEVEL: 'SILENT',
  [Env.stage]: 'faults',
  [Env.jobsTable]: 'Jobs',
  [Env.runsTable]: 'Runs',
  [Env.recordsTable]: 'Records',
  [Env.accessTable]: 'Access',
  [Env.countersTable]: 'Counters',
  [Env.collectionsTable]: 'Collections',
  [Env.bucket]: 'files',
  [Env.sourceQueuePrefix]: 'source-',
  [Env.sliceMs]: '20000',
  [Env.runsQueueUrl]: 'runs',
  [Env.ticksQueueUrl]: 'ticks',
  [Env.ticksQueueArn]: 'arn:aws:sqs:us-east-1:000000000000:ticks',
  [Env.ticksDeadLetterArn]: 'arn:aws:sqs:us-east-1:000000000000:ticks-dead-letters',
  [Env.notificationsQueueUrl]: 'notifications',
  [Env.sweepsQueueUrl]: 'sweeps',
  [Env.deadNotificationsQueueUrl]: 'notifications-dead-letters',
  [Env.scheduleGroup]: 'faults',
  [Env.schedulerRoleArn]: 'arn:aws:iam::000000000000:role/scheduler',
  [Env.secretsKeyArn]: 'arn:aws:kms:us-east-1:000000000000:key/faults',
  [Env.retentionDays]: '30',
  [Env.concurrentRuns]: '10',
  [Env.tenantLimits]: JSON.stringify(DEFAULT_LIMITS),
  [Env.slackApiUrl]: 'https://slack.test/api',
  [Env.pagerDutyUrl]: 'https://pagerduty.test',
  [Env.consoleUrl]: '',
  [Env.privateNetworks]: '',
  [Env.metricTenants]: '',
  [Env.healthThresholds]: '{"failedShare":0.5,"oldestPendingSeconds":300}',
};
Object.assign(process.env, VARIABLES);
installInvocationContext();
