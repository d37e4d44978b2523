/**
 * List prices of AWS in us-east-1 in US dollars, without free tiers and savings plans. The only place with prices.
 *
 * Sources: https://aws.amazon.com/<service>/pricing/ of each service, of November 2025.
 */
export const PRICES = {
  /** A million write request units, on-demand, of the Standard table class. */
  writeUnits: 0.625,
  /** A million read request units, on-demand. */
  readUnits: 0.125,
  /** A provisioned write capacity unit for an hour. */
  writeCapacityHour: 0.000_65,
  /** A provisioned read capacity unit for an hour. */
  readCapacityHour: 0.000_13,
  /** A GB of table storage for a month. */
  tableStorage: 0.25,
  /** A GB of continuous backup for a month. */
  tableBackup: 0.2,
  /** A million GB-seconds of Lambda on arm64. */
  lambdaGbSeconds: 13.3334,
  /** A million Lambda requests. */
  lambdaRequests: 0.2,
  /** A million requests to a standard queue. */
  sqsRequests: 0.4,
  /** A million requests for messages with a message group (fair queue), in addition. */
  sqsFairRequests: 0.1,
  /** A million invocations of EventBridge Scheduler. */
  schedulerInvocations: 1,
  /** A million recorded X-Ray traces. */
  traces: 5,
  /** A GB of ingested logs. */
  logs: 0.5,
  /** A custom metric or detailed metric for a month, prorated by the hours in which it is published. */
  metric: 0.3,
  /** A metric that an alarm evaluates, for a month. */
  alarmMetric: 0.1,
  /** A dashboard for a month. */
  dashboard: 3,
  /** A KMS key for a month. */
  kmsKey: 1,
  /** A million requests to an HTTP API. */
  apiRequests: 1,
} as const;
