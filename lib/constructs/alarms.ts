import { Duration } from 'aws-cdk-lib';
import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import { SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as sns from 'aws-cdk-lib/aws-sns';
import { EmailSubscription } from 'aws-cdk-lib/aws-sns-subscriptions';
import { Construct } from 'constructs';
import { ALARM_DESCRIPTIONS, type AlarmName } from '../alarm-names.ts';
import type { StageConfig } from '../config.ts';

/** Alarm condition: `datapoints` of the last `periods` values of the metric reach `threshold`. */
export interface AlarmRule {
  readonly metric: cloudwatch.IMetric;
  readonly threshold: number;
  /**
   * @default 1
   */
  readonly periods?: number;
  /**
   * @default all of them
   */
  readonly datapoints?: number;
  /**
   * Detects missing activity: the alarm goes off below the threshold or without data.
   *
   * @default false: goes off at or above the threshold; missing data is not breaching
   */
  readonly alarmsOnSilence?: boolean;
}

export interface AlarmsProps {
  readonly config: StageConfig;
  readonly rules: Readonly<Record<AlarmName, AlarmRule>>;
  /** @default a new topic */
  readonly topic: sns.ITopic | undefined;
}

/** All alarms and the SNS topic that they notify. */
export class Alarms extends Construct {
  readonly alarms: readonly cloudwatch.Alarm[];
  readonly topic: sns.ITopic;

  constructor(scope: Construct, id: string, { config, rules, topic: given }: AlarmsProps) {
    super(scope, id);
    const topic = given ?? this.#createTopic(config);
    if (config.alarmEmail !== undefined) subscribe(topic, config.alarmEmail);
    this.topic = topic;
    this.alarms = (Object.keys(ALARM_DESCRIPTIONS) as AlarmName[]).map((name) => {
      const { metric, threshold, periods = 1, datapoints = periods, alarmsOnSilence = false } = rules[name];
      const alarm = new cloudwatch.Alarm(this, name, {
        alarmName: `jobdeck-${config.name}-${name}`,
        alarmDescription: `${ALARM_DESCRIPTIONS[name]} Runbook: lib/RUNBOOK.md#${name}`,
        metric,
        threshold,
        evaluationPeriods: periods,
        datapointsToAlarm: datapoints,
        comparisonOperator: alarmsOnSilence
          ? cloudwatch.ComparisonOperator.LESS_THAN_THRESHOLD
          : cloudwatch.ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
        treatMissingData: alarmsOnSilence
          ? cloudwatch.TreatMissingData.BREACHING
          : cloudwatch.TreatMissingData.NOT_BREACHING,
      });
      alarm.addAlarmAction(new SnsAction(topic));
      alarm.addOkAction(new SnsAction(topic));
      return alarm;
    });
  }

  #createTopic(config: StageConfig): sns.Topic {
    const topic = new sns.Topic(this, 'Topic', { topicName: `jobdeck-${config.name}-alarms`, enforceSSL: true });
    // A custom policy replaces the topic's default policy, which lets the account's alarms publish.
    topic.addToResourcePolicy(
      new iam.PolicyStatement({
        principals: [new iam.ServicePrincipal('cloudwatch.amazonaws.com')],
        actions: ['sns:Publish'],
        resources: [topic.topicArn],
        conditions: { StringEquals: { 'aws:SourceAccount': topic.env.account } },
      }),
    );
    return topic;
  }
}

/** Subscribes an address to a topic once: stages may have a common topic and address. */
function subscribe(topic: sns.ITopic, email: string): void {
  // The address is the id of the subscription in the topic.
  if (!topic.node.tryFindChild(email)) topic.addSubscription(new EmailSubscription(email));
}

/**
 * Returns a metric of dead letters: visible ones plus those received by the consumer.
 *
 * The consumer receives dead letters within seconds, so the number of visible messages, sampled once a minute, misses
 * most. `NumberOfMessagesSent` does not include messages moved by a redrive policy.
 * https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/dead-letter-queues-alarms-cloudwatch.html
 */
export function deadLetterMetric(queueName: string, label: string): cloudwatch.MathExpression {
  const metric = (metricName: string, statistic: string) =>
    new cloudwatch.Metric({
      namespace: 'AWS/SQS',
      metricName,
      dimensionsMap: { QueueName: queueName },
      statistic,
      period: Duration.minutes(5),
    });
  // Metric ids must be unique within a graph and cannot contain hyphens.
  const suffix = label.replaceAll('-', '_');
  const waiting = `waiting_${suffix}`;
  const received = `received_${suffix}`;
  return new cloudwatch.MathExpression({
    expression: `FILL(${waiting}, 0) + FILL(${received}, 0)`,
    usingMetrics: {
      [waiting]: metric('ApproximateNumberOfMessagesVisible', 'Maximum'),
      [received]: metric('NumberOfMessagesReceived', 'Sum'),
    },
    period: Duration.minutes(5),
    label,
  });
}
