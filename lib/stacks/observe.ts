import { Aws, Duration, Stack } from 'aws-cdk-lib';
import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import type { ITopic } from 'aws-cdk-lib/aws-sns';
import type { IQueue } from 'aws-cdk-lib/aws-sqs';
import type { Construct } from 'constructs';
import { METRIC_NAMESPACE, type MetricName } from '../../functions/core/platform/metric-names.ts';
import type { AlarmName } from '../alarm-names.ts';
import type { StageConfig } from '../config.ts';
import { type AlarmRule, Alarms, deadLetterMetric } from '../constructs/alarms.ts';
import { platformStackProps } from '../constructs/platform-stack-props.ts';
import type { ApiStack } from './api.ts';
import type { CountersStack } from './counters.ts';
import type { NotifyStack } from './notify.ts';
import type { ScheduleStack } from './schedule.ts';
import type { WorkStack } from './work.ts';

export interface ObserveStackProps {
  readonly config: StageConfig;
  readonly work: WorkStack;
  readonly notify: NotifyStack;
  readonly schedule: ScheduleStack;
  readonly counters: CountersStack;
  readonly api: ApiStack;
  /** @default a new topic */
  readonly alarmsTopic?: ITopic | undefined;
}

const FIVE_MINUTES = { period: Duration.minutes(5) } as const;
const SUM = { ...FIVE_MINUTES, statistic: cloudwatch.Stats.SUM } as const;
const MAXIMUM = { ...FIVE_MINUTES, statistic: cloudwatch.Stats.MAXIMUM } as const;
const P99 = { ...FIVE_MINUTES, statistic: cloudwatch.Stats.percentile(99) } as const;

/** Alarms and the dashboard. */
export class ObserveStack extends Stack {
  readonly alarmsTopic: ITopic;

  constructor(scope: Construct, id: string, props: ObserveStackProps) {
    super(scope, id, platformStackProps(scope, id, 'Jobdeck: alarms and dashboard', props.config));
    const { config, work, notify, schedule, counters, api } = props;
    const metric = stageMetrics(config);
    const rules = alarmRules(props, metric);
    const { alarms, topic } = new Alarms(this, 'Alarms', { config, rules, topic: props.alarmsTopic });
    this.alarmsTopic = topic;
    const graph = (title: string, ...left: cloudwatch.IMetric[]) =>
      new cloudwatch.GraphWidget({ title, left, width: 8, height: 6 });

    const dashboard = new cloudwatch.Dashboard(this, 'Dashboard', {
      // Dashboards are global: without the region, a stage could be deployed to one region only.
      dashboardName: `jobdeck-${config.name}-${Aws.REGION}`,
    });
    dashboard.addWidgets(new cloudwatch.AlarmStatusWidget({ title: 'Alarms', alarms: [...alarms], width: 24 }));
    dashboard.addWidgets(
      graph('Runs', metric('PendingRuns', MAXIMUM), metric('ProcessingRuns', MAXIMUM), metric('FailedRuns', MAXIMUM)),
      graph('Runs that ended', metric('RunsCompleted', SUM), metric('RunsFailed', SUM)),
      graph('What went wrong', metric('MissedTicks', SUM), metric('LeaseExpiries', SUM), metric('CounterDrift', SUM)),
    );
    dashboard.addWidgets(
      graph('Age of the oldest pending run (s)', metric('OldestPendingAge', MAXIMUM)),
      graph('Runs: wait and duration, p99 (ms)', metric('QueueLatency', P99), metric('RunDuration', P99)),
      graph('Cancellations, p99 (ms)', metric('CancelLatency', P99)),
    );
    dashboard.addWidgets(
      graph('Requests', api.api.stage.metricCount(SUM)),
      graph('Errors of requests', api.api.stage.metricClientError(SUM), api.api.stage.metricServerError(SUM)),
      graph('Latency of listing jobs, p99 (ms)', api.api.metricReadLatency(P99)),
    );
    dashboard.addWidgets(
      graph('Ticks', work.ticks.metricNumberOfMessagesReceived(SUM), work.dispatcher.metricErrors(SUM)),
      graph('Workers', work.worker.metricInvocations(SUM), work.worker.metricErrors(SUM)),
      graph('Time in a worker, p99 (ms)', work.worker.metricDuration(P99)),
    );
    dashboard.addWidgets(
      graph('Oldest run that waits for a worker (s)', work.runs.metricApproximateAgeOfOldestMessage(FIVE_MINUTES)),
      graph('Dead letters', ...Object.values(deadLetterMetrics(props))),
      graph(
        'Age of the streams (ms)',
        ...[schedule.registrar, counters.counters, notify.notifier].map((reader) => iteratorAge(reader)),
      ),
    );
    dashboard.addWidgets(
      graph('Notifications', metric('NotificationsDelivered', SUM), metric('NotificationsFailed', SUM)),
      graph('Late runs', metric('LateStarts', SUM), metric('LateFinishes', SUM)),
    );
  }
}

/** Dead-letter metrics by queue, which is also the name of the alarm. */
function deadLetterMetrics({ work, notify, schedule, counters }: ObserveStackProps) {
  const metric = (queue: IQueue, name: AlarmName) => deadLetterMetric(queue.queueName, name);
  return {
    'ticks-dead-letters': metric(work.ticks.dlq, 'ticks-dead-letters'),
    'runs-dead-letters': metric(work.runs.dlq, 'runs-dead-letters'),
    'registrations-dead-letters': metric(schedule.registrationsDlq, 'registrations-dead-letters'),
    'counters-dead-letters': metric(counters.countersDlq, 'counters-dead-letters'),
    'notifications-dead-letters': metric(notify.notifications.dlq, 'notifications-dead-letters'),
    'platform-dead-letters': metric(schedule.platformDlq, 'platform-dead-letters'),
  };
}

/** Returns how far a function is behind its streams, in milliseconds. */
const iteratorAge = (fn: IFunction) => fn.metric('IteratorAge', MAXIMUM);

type MetricOf = (name: MetricName, props: cloudwatch.MetricOptions) => cloudwatch.Metric;

/** Returns the stage's custom metrics. */
const stageMetrics =
  (config: StageConfig): MetricOf =>
  (metricName, props) =>
    new cloudwatch.Metric({
      namespace: METRIC_NAMESPACE,
      metricName,
      dimensionsMap: { stage: config.name },
      ...props,
    });

/** Returns the delivery errors of all schedule groups. */
function schedulerErrors({ groupNames }: ScheduleStack): cloudwatch.MathExpression {
  const metrics = groupNames.map((group, i) => [
    `m${i}`,
    new cloudwatch.Metric({
      namespace: 'AWS/Scheduler',
      metricName: 'TargetErrorCount',
      dimensionsMap: { ScheduleGroup: group },
      ...SUM,
    }),
  ]);
  return new cloudwatch.MathExpression({
    expression: groupNames.map((_, i) => `FILL(m${i}, 0)`).join(' + '),
    usingMetrics: Object.fromEntries(metrics) as Record<string, cloudwatch.IMetric>,
    label: 'scheduler-target-errors',
    ...FIVE_MINUTES,
  });
}

/**
 * Goes off for any of the last three data points, so that one that arrives late is not missed: `FILL` has replaced it by
 * 0 in the meantime. SQS publishes up to 15 minutes late when a queue becomes active.
 * https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-available-cloudwatch-metrics.html
 */
const ANY_OF_THREE = { periods: 3, datapoints: 1 } as const;

/** Goes off for two of three data points. The last one is 0 as long as the metric is late. */
const TWO_OF_THREE = { periods: 3, datapoints: 2 } as const;

/**
 * Replaces missing data by 0. CloudWatch evaluates the most recent data points, even those before the evaluation range,
 * before it treats data as missing; missing data would be detected two periods late.
 * https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarms-and-missing-data.html
 */
const orZero = (heard: cloudwatch.Metric): cloudwatch.MathExpression =>
  new cloudwatch.MathExpression({ expression: 'FILL(heard, 0)', usingMetrics: { heard }, ...FIVE_MINUTES });

/** A message waits for up to a minute until its tenant is due, and is not counted during that delay. */
const SWEEPS_BEHIND_SECONDS = Duration.minutes(5).toSeconds();

/** Streams retain changes for 24 hours, so 23 h 50 min remain to repair the reader. */
const STREAM_BEHIND_MS = Duration.minutes(10).toMilliseconds();

function alarmRules(props: ObserveStackProps, metric: MetricOf): Record<AlarmName, AlarmRule> {
  const {
    config,
    work,
    notify,
    schedule,
    counters,
    api: { api },
  } = props;
  const dlqMetrics = deadLetterMetrics(props);
  return {
    'ticks-dead-letters': { metric: dlqMetrics['ticks-dead-letters'], threshold: 1, ...ANY_OF_THREE },
    'runs-dead-letters': { metric: dlqMetrics['runs-dead-letters'], threshold: 1, ...ANY_OF_THREE },
    'registrations-dead-letters': { metric: dlqMetrics['registrations-dead-letters'], threshold: 1, ...ANY_OF_THREE },
    // A single job is repeated by the sweeper. Several may be a platform problem.
    'registrations-deferred': { metric: metric('RegistrationsDeferred', SUM), threshold: 5 },
    'counters-dead-letters': { metric: dlqMetrics['counters-dead-letters'], threshold: 1, ...ANY_OF_THREE },
    'notifications-dead-letters': { metric: dlqMetrics['notifications-dead-letters'], threshold: 1, ...ANY_OF_THREE },
    'platform-dead-letters': { metric: dlqMetrics['platform-dead-letters'], threshold: 1, ...ANY_OF_THREE },
    'stream-iterator-age': { metric: iteratorAge(schedule.registrar), threshold: STREAM_BEHIND_MS },
    'counters-iterator-age': { metric: iteratorAge(counters.counters), threshold: STREAM_BEHIND_MS },
    'notifier-iterator-age': { metric: iteratorAge(notify.notifier), threshold: STREAM_BEHIND_MS },
    // A single failure concerns its tenant, who sees it among the deliveries. Several may be a platform problem.
    'notification-failures': { metric: metric('NotificationsFailed', SUM), threshold: 5 },
    // The reconciler publishes hourly; with a period of five minutes the alarm would end too early.
    'counter-drift': { metric: metric('CounterDrift', { ...SUM, period: Duration.hours(1) }), threshold: 1 },
    'oldest-pending-age': {
      metric: metric('OldestPendingAge', MAXIMUM),
      threshold: config.health.errorPendingSeconds,
    },
    // Counts new failures. `FailedRuns`, used by the health, includes failures until they are removed.
    'failed-runs': { metric: metric('RunsFailed', SUM), threshold: config.health.errorFailedRuns },
    'missed-ticks': { metric: metric('MissedTicks', SUM), threshold: 1 },
    // A single late start may wait for an earlier run or the tenant's limit. Several may be a platform problem.
    'late-starts': { metric: metric('LateStarts', SUM), threshold: 5 },
    'metrics-silent': {
      metric: orZero(metric('PendingRuns', { ...FIVE_MINUTES, statistic: cloudwatch.Stats.SAMPLE_COUNT })),
      threshold: 1,
      ...TWO_OF_THREE,
      alarmsOnSilence: true,
    },
    'api-5xx': { metric: api.stage.metricServerError(SUM), threshold: 5, ...TWO_OF_THREE },
    'api-latency-p99': { metric: api.metricReadLatency(P99), threshold: 2000, periods: 3 },
    'worker-errors': { metric: work.worker.metricErrors(SUM), threshold: 1 },
    'worker-throttles': { metric: work.worker.metricThrottles(SUM), threshold: 1, ...TWO_OF_THREE },
    'scheduler-target-errors': { metric: schedulerErrors(schedule), threshold: 1, ...ANY_OF_THREE },
    'sweeper-errors': { metric: schedule.sweeper.metricErrors(SUM), threshold: 2, ...TWO_OF_THREE },
    'sweeps-behind': {
      metric: schedule.sweeps.metricApproximateAgeOfOldestMessage(MAXIMUM),
      threshold: SWEEPS_BEHIND_SECONDS,
      ...TWO_OF_THREE,
    },
    'sweeper-silent': {
      metric: orZero(schedule.sweepDispatcher.metricInvocations(SUM)),
      threshold: 1,
      ...TWO_OF_THREE,
      alarmsOnSilence: true,
    },
  };
}
