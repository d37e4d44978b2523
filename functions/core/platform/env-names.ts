/**
 * Names of the environment variables. Constructs set them (`lib/constructs`), handlers read them with
 * `functions/core/platform/env.ts`.
 */
export const Env = {
  /** Name of the stage, a dimension of metrics. */
  stage: 'JOBDECK_STAGE',
  /** Table of job definitions, registrations and states. */
  jobsTable: 'JOBDECK_JOBS_TABLE',
  /** Table of runs and skipped ticks. */
  runsTable: 'JOBDECK_RUNS_TABLE',
  /** Table of data stored by runs: output, log lines, tasks, checkpoints. */
  recordsTable: 'JOBDECK_RECORDS_TABLE',
  /** Table of tenants, limits and idempotency keys. */
  accessTable: 'JOBDECK_ACCESS_TABLE',
  /** Table of counters. */
  countersTable: 'JOBDECK_COUNTERS_TABLE',
  /** Table of the collections that flows write. */
  collectionsTable: 'JOBDECK_COLLECTIONS_TABLE',
  /** Bucket of the tenants' files and of plans, checkpoints and staged records of flow runs. */
  bucket: 'JOBDECK_BUCKET',
  /** Prefix of the names of queues that flows may read, before the tenant's part. */
  sourceQueuePrefix: 'JOBDECK_SOURCE_QUEUE_PREFIX',
  /** Milliseconds after which a slice of a flow ends at the next page boundary and enqueues its successor. */
  sliceMs: 'JOBDECK_SLICE_MS',
  /** URL of the queue that feeds the workers. */
  runsQueueUrl: 'JOBDECK_RUNS_QUEUE_URL',
  /** ARN of the queue to which EventBridge Scheduler sends ticks. */
  ticksQueueArn: 'JOBDECK_TICKS_QUEUE_ARN',
  /** URL of the same queue: the dispatcher sends a jittered tick again with a delay. */
  ticksQueueUrl: 'JOBDECK_TICKS_QUEUE_URL',
  /** URL of the queue that feeds the deliverer of notifications. */
  notificationsQueueUrl: 'JOBDECK_NOTIFICATIONS_QUEUE_URL',
  /** URL of the queue that feeds the sweeper. */
  sweepsQueueUrl: 'JOBDECK_SWEEPS_QUEUE_URL',
  /** URL of the dead-letter queue of notifications, to which the notifier sends ends of runs that the store rejects. */
  deadNotificationsQueueUrl: 'JOBDECK_DEAD_NOTIFICATIONS_QUEUE_URL',
  /** Base URL of Slack's Web API, without a trailing slash. */
  slackApiUrl: 'JOBDECK_SLACK_API_URL',
  /** Base URL of PagerDuty's Events API, without a trailing slash. */
  pagerDutyUrl: 'JOBDECK_PAGERDUTY_URL',
  /** Address that sends e-mail; unset if the stage sends none. */
  emailFrom: 'JOBDECK_EMAIL_FROM',
  /** Domains of recipients, separated by commas; unset for all. */
  emailDomains: 'JOBDECK_EMAIL_DOMAINS',
  /** ARN of the verified identity of the sender; unset for that of the address or its domain. */
  emailIdentityArn: 'JOBDECK_EMAIL_IDENTITY_ARN',
  /** URL of the logs of tasks, without query; set where tasks run on the machine of the functions. */
  taskLogsUrl: 'JOBDECK_TASK_LOGS_URL',
  /** Base URL of the console for links in notifications, without a trailing slash; empty for no links. */
  consoleUrl: 'JOBDECK_CONSOLE_URL',
  /** Base URL of the API, without a trailing slash. */
  apiUrl: 'JOBDECK_API_URL',
  /** ARN of the dead-letter queue of ticks that EventBridge Scheduler could not deliver. */
  ticksDeadLetterArn: 'JOBDECK_TICKS_DEAD_LETTER_ARN',
  /** Name of the EventBridge Scheduler group with the tenants' schedules. */
  scheduleGroup: 'JOBDECK_SCHEDULE_GROUP',
  /** ARN of the role that EventBridge Scheduler assumes to send ticks. */
  schedulerRoleArn: 'JOBDECK_SCHEDULER_ROLE_ARN',
  /** Retention of the audit trail in days. */
  auditDays: 'JOBDECK_AUDIT_DAYS',
  /** Comma-separated names of the scripts that have a role; unset if none has. */
  scriptRoles: 'JOBDECK_SCRIPT_ROLES',
  /** ARN of the roles of all scripts, with `*` in the place of the script (`functions/core/domain/script-role.ts`). */
  scriptRoleArns: 'JOBDECK_SCRIPT_ROLE_ARNS',
  /**
   * JSON of the targets that jobs may name (`functions/core/domain/targets/declared-target.ts`), with their resources for
   * the worker only; unset if there are none.
   */
  targets: 'JOBDECK_TARGETS',
  /** ARN of the role that an API function assumes for the tenant of a request. */
  tenantRoleArn: 'JOBDECK_TENANT_ROLE_ARN',
  /** Generation of the MAC key under which API keys are issued. */
  apiKeyGeneration: 'JOBDECK_API_KEY_GENERATION',
  /** Comma-separated origins whose pages may call the API, or `*` for all; empty for none. */
  corsOrigins: 'JOBDECK_CORS_ORIGINS',
  /** Secret header of the stage's CloudFront distribution; unset without one. */
  edgeSecret: 'JOBDECK_EDGE_SECRET',
  /** Required `iss` of a token. */
  issuer: 'JOBDECK_ISSUER',
  /** Required `aud` of a token. */
  audience: 'JOBDECK_AUDIENCE',
  /** URL of the issuer's signing keys. */
  jwksUri: 'JOBDECK_JWKS_URI',
  /** Claim that names the tenant. */
  tenantClaim: 'JOBDECK_TENANT_CLAIM',
  /** Claim that lists the roles. */
  rolesClaim: 'JOBDECK_ROLES_CLAIM',
  /** Comma-separated CIDR blocks of private addresses that `http` jobs may reach; empty for public addresses only. */
  privateNetworks: 'JOBDECK_PRIVATE_NETWORKS',
  /** ARN of the KMS key that encrypts the data keys of secrets. */
  secretsKeyArn: 'JOBDECK_SECRETS_KEY_ARN',
  /** Default retention of ended runs in days. */
  retentionDays: 'JOBDECK_RETENTION_DAYS',
  /** Default limit of concurrent runs of a tenant. */
  concurrentRuns: 'JOBDECK_CONCURRENT_RUNS',
  /** JSON of the other default limits of a tenant (`functions/core/domain/limits.ts`). */
  tenantLimits: 'JOBDECK_TENANT_LIMITS',
  /** JSON of `HealthThresholds` (`functions/core/domain/health.ts`). */
  healthThresholds: 'JOBDECK_HEALTH_THRESHOLDS',
  /** JSON of `SignIn` (`functions/console/config.ts`); sign-in to the console is disabled if unset. */
  consoleSignIn: 'JOBDECK_CONSOLE_SIGN_IN',
  /** Comma-separated tenants with metrics of their own. */
  metricTenants: 'JOBDECK_METRIC_TENANTS',
} as const;

export type EnvName = (typeof Env)[keyof typeof Env];
