/**
 * The environment variables that constructs set and handlers read: the one list of their names.
 *
 * Constructs pass them to functions (`lib/constructs`), handlers read them through `functions/core/platform/env.ts`.
 */
export const Env = {
  /** Name of the stage: what metrics are told apart by. */
  stage: 'JOBDECK_STAGE',
  /** Table of job definitions, registrations and states. */
  jobsTable: 'JOBDECK_JOBS_TABLE',
  /** Table of runs and skipped ticks. */
  runsTable: 'JOBDECK_RUNS_TABLE',
  /** Table of what runs leave behind: logs and output. */
  recordsTable: 'JOBDECK_RECORDS_TABLE',
  /** Table of tenants, limits and idempotency keys. */
  accessTable: 'JOBDECK_ACCESS_TABLE',
  /** Table of counters. */
  countersTable: 'JOBDECK_COUNTERS_TABLE',
  /** Table of the collections that flows write. */
  collectionsTable: 'JOBDECK_COLLECTIONS_TABLE',
  /** Bucket of the tenants' files, and of what flow runs keep between their slices. */
  bucket: 'JOBDECK_BUCKET',
  /** What the names of queues begin with that flows may read, before the tenant's part. */
  sourceQueuePrefix: 'JOBDECK_SOURCE_QUEUE_PREFIX',
  /** Milliseconds after which a slice of a flow ends with the page in hand and its successor is queued. */
  sliceMs: 'JOBDECK_SLICE_MS',
  /** URL of the queue that feeds the workers. */
  runsQueueUrl: 'JOBDECK_RUNS_QUEUE_URL',
  /** ARN of the queue that EventBridge Scheduler sends ticks to. */
  ticksQueueArn: 'JOBDECK_TICKS_QUEUE_ARN',
  /** URL of the same queue: the dispatcher delays a jittered tick by sending it again. */
  ticksQueueUrl: 'JOBDECK_TICKS_QUEUE_URL',
  /** URL of the queue that feeds the deliverer of notifications. */
  notificationsQueueUrl: 'JOBDECK_NOTIFICATIONS_QUEUE_URL',
  /** URL of the dead-letter queue of notifications: the notifier sends it the ends of runs that the store refuses. */
  deadNotificationsQueueUrl: 'JOBDECK_DEAD_NOTIFICATIONS_QUEUE_URL',
  /** Base URL of Slack's Web API, without a trailing slash. */
  slackApiUrl: 'JOBDECK_SLACK_API_URL',
  /** Where people reach the page, without a trailing slash: what links in notifications begin with; empty: no links. */
  consoleUrl: 'JOBDECK_CONSOLE_URL',
  /** ARN of the dead-letter queue of ticks that EventBridge Scheduler could not deliver. */
  ticksDeadLetterArn: 'JOBDECK_TICKS_DEAD_LETTER_ARN',
  /** Name of the EventBridge Scheduler group that holds the tenants' schedules. */
  scheduleGroup: 'JOBDECK_SCHEDULE_GROUP',
  /** ARN of the role EventBridge Scheduler assumes to send ticks. */
  schedulerRoleArn: 'JOBDECK_SCHEDULER_ROLE_ARN',
  /** Days that records of the audit trail are kept. */
  auditDays: 'JOBDECK_AUDIT_DAYS',
  /** ARN of the role that an API function assumes for the tenant of a request. */
  tenantRoleArn: 'JOBDECK_TENANT_ROLE_ARN',
  /** Comma-separated origins whose pages may call the API, or `*` for all; empty: none. */
  corsOrigins: 'JOBDECK_CORS_ORIGINS',
  /** `iss` that a token must carry. */
  issuer: 'JOBDECK_ISSUER',
  /** `aud` that a token must carry. */
  audience: 'JOBDECK_AUDIENCE',
  /** Where the issuer publishes its signing keys. */
  jwksUri: 'JOBDECK_JWKS_URI',
  /** Claim that names the tenant. */
  tenantClaim: 'JOBDECK_TENANT_CLAIM',
  /** Claim that lists the roles. */
  rolesClaim: 'JOBDECK_ROLES_CLAIM',
  /** Comma-separated CIDR blocks of private addresses that `http` jobs may reach; empty: public addresses only. */
  privateNetworks: 'JOBDECK_PRIVATE_NETWORKS',
  /** Path under which tenants' SSM parameters live, without a trailing slash. */
  parameterPath: 'JOBDECK_PARAMETER_PATH',
  /** Days that ended runs are kept unless the tenant's limits say otherwise. */
  retentionDays: 'JOBDECK_RETENTION_DAYS',
  /** Runs that a tenant may have running at once unless its limits say otherwise. */
  concurrentRuns: 'JOBDECK_CONCURRENT_RUNS',
  /** JSON of the other limits of a tenant (`functions/core/domain/limits.ts`) unless its own say otherwise. */
  tenantLimits: 'JOBDECK_TENANT_LIMITS',
  /** JSON of `HealthThresholds` (`functions/core/domain/health.ts`): when a tenant's health stops being good. */
  healthThresholds: 'JOBDECK_HEALTH_THRESHOLDS',
  /** JSON of `SignIn` (`functions/console/config.ts`): how people sign in to the page; not set: they cannot. */
  consoleSignIn: 'JOBDECK_CONSOLE_SIGN_IN',
  /** Comma-separated tenants that get metrics of their own. */
  metricTenants: 'JOBDECK_METRIC_TENANTS',
} as const;

export type EnvName = (typeof Env)[keyof typeof Env];
