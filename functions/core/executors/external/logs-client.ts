/** The part of the client of CloudWatch Logs that workers use. It is loaded on first use: few runs have a log there. */
export { CloudWatchLogsClient, GetLogEventsCommand } from '@aws-sdk/client-cloudwatch-logs';
