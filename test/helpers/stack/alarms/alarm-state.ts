import type { Dimensions, MetricStore } from './metric-store.ts';

export type AlarmState = 'OK' | 'ALARM' | 'INSUFFICIENT_DATA';

/** `AWS::CloudWatch::Metric` as a part of an alarm. */
interface MetricOfAlarm {
  readonly Namespace: string;
  readonly MetricName: string;
  readonly Dimensions?: readonly { readonly Name: string; readonly Value: string }[];
}

interface Query {
  readonly Id: string;
  readonly Expression?: string;
  readonly MetricStat?: { readonly Metric: MetricOfAlarm; readonly Period: number; readonly Stat: string };
  readonly Period?: number;
  readonly ReturnData?: boolean;
}

/** The supported properties of `AWS::CloudWatch::Alarm`. */
export interface AlarmProperties extends Partial<MetricOfAlarm> {
  readonly AlarmName: string;
  readonly Period?: number;
  readonly Statistic?: string;
  readonly ExtendedStatistic?: string;
  readonly Metrics?: readonly Query[];
  readonly Threshold: number;
  readonly ComparisonOperator: string;
  readonly EvaluationPeriods: number;
  readonly DatapointsToAlarm?: number;
  readonly TreatMissingData?: string;
}

/**
 * Number of data points beyond `EvaluationPeriods` that CloudWatch evaluates when data points are missing. The
 * documentation speaks of "additional data points" and shows two in its examples.
 *
 * @see https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarms-and-missing-data.html
 */
const ADDITIONAL = 2;

/** Evaluates an alarm at `now` over complete periods only. */
export function evaluateAlarm(alarm: AlarmProperties, metrics: MetricStore, now: number): AlarmState {
  const { EvaluationPeriods: periods, DatapointsToAlarm: datapoints = periods } = alarm;
  const series = seriesOf(alarm);
  const period = series.periodSeconds * 1_000;
  const end = Math.floor(now / period) * period;
  const visible = metrics.asOf(now);
  const at = (back: number) => series.value(visible, end - back * period, end - (back - 1) * period);
  const newestFirst = Array.from({ length: periods + ADDITIONAL }, (_, i) => at(i + 1));
  const there = newestFirst.filter((value) => value !== undefined);
  const breaches = breachOf(alarm);
  // If enough data points exist, the newest of them decide. Missing data points only fill up the range.
  const newest = newestFirst.slice(0, periods).includes(undefined) && there.length >= periods ? there : newestFirst;
  const judged = newest.slice(0, periods).map((value) => (value === undefined ? 'missing' : breaches(value)));
  const missing = judged.filter((one) => one === 'missing').length;
  const breaching = judged.filter((one) => one === true).length;
  switch (alarm.TreatMissingData) {
    case 'breaching':
      return breaching + missing >= datapoints ? 'ALARM' : 'OK';
    case 'notBreaching':
      return breaching >= datapoints ? 'ALARM' : 'OK';
    case undefined:
    case 'missing':
      if (there.length === 0) return 'INSUFFICIENT_DATA';
      return breaching >= datapoints ? 'ALARM' : 'OK';
    default:
      throw new Error(`${alarm.AlarmName}: TreatMissingData ${alarm.TreatMissingData} is not supported`);
  }
}

function breachOf({ AlarmName, ComparisonOperator, Threshold }: AlarmProperties): (value: number) => boolean {
  switch (ComparisonOperator) {
    case 'GreaterThanOrEqualToThreshold':
      return (value) => value >= Threshold;
    case 'GreaterThanThreshold':
      return (value) => value > Threshold;
    case 'LessThanThreshold':
      return (value) => value < Threshold;
    case 'LessThanOrEqualToThreshold':
      return (value) => value <= Threshold;
    default:
      throw new Error(`${AlarmName}: ComparisonOperator ${ComparisonOperator} is not supported`);
  }
}

/** The values that an alarm evaluates: one per period, or none. */
interface Series {
  readonly periodSeconds: number;
  value(metrics: MetricStore, from: number, to: number): number | undefined;
}

function seriesOf(alarm: AlarmProperties): Series {
  if (alarm.Metrics) return expressionOf(alarm.AlarmName, alarm.Metrics);
  const statistic = alarm.Statistic ?? alarm.ExtendedStatistic;
  if (!alarm.MetricName || !alarm.Namespace || !statistic || !alarm.Period) {
    throw new Error(`${alarm.AlarmName} has no metric`);
  }
  return metricOf({ ...alarm, MetricName: alarm.MetricName, Namespace: alarm.Namespace }, statistic, alarm.Period);
}

function metricOf({ Namespace, MetricName, Dimensions = [] }: MetricOfAlarm, stat: string, period: number): Series {
  const dimensions: Dimensions = Object.fromEntries(Dimensions.map(({ Name, Value }) => [Name, Value]));
  const summarize = statisticOf(stat);
  return {
    periodSeconds: period,
    value(metrics, from, to) {
      const values = metrics.values(Namespace, MetricName, dimensions, from, to);
      return values.length === 0 ? undefined : summarize(values);
    },
  };
}

function statisticOf(name: string): (values: readonly number[]) => number {
  const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0);
  const percentile = /^p(\d+(?:\.\d+)?)$/.exec(name)?.[1];
  if (percentile !== undefined) {
    return (values) => {
      const ascending = [...values].sort((a, b) => a - b);
      const place = Math.ceil((Number(percentile) / 100) * ascending.length) - 1;
      return ascending[Math.max(0, place)] as number;
    };
  }
  switch (name) {
    case 'Sum':
      return sum;
    case 'Maximum':
      return (values) => Math.max(...values);
    case 'Minimum':
      return (values) => Math.min(...values);
    case 'Average':
      return (values) => sum(values) / values.length;
    case 'SampleCount':
      return (values) => values.length;
    default:
      throw new Error(`the statistic ${name} is not supported`);
  }
}

const TERM = /^(?:FILL\((\w+),\s*(-?\d+)\)|(\w+))$/;

/** Evaluates a sum of metrics, each plain or wrapped in `FILL(m, n)`. The templates use no other expressions. */
function expressionOf(alarmName: string, queries: readonly Query[]): Series {
  const [returned, ...others] = queries.filter(({ ReturnData = true }) => ReturnData);
  if (!returned?.Expression || others.length > 0) throw new Error(`${alarmName} must return one expression`);
  const series = new Map(
    queries.flatMap(({ Id, MetricStat }) =>
      MetricStat ? [[Id, metricOf(MetricStat.Metric, MetricStat.Stat, MetricStat.Period)] as const] : [],
    ),
  );
  const terms = returned.Expression.split('+').map((text) => {
    const [, filled, fill, plain] = TERM.exec(text.trim()) ?? [];
    const metric = series.get(filled ?? plain ?? '');
    if (!metric) throw new Error(`${alarmName}: '${text.trim()}' is not supported`);
    return { metric, fill: fill === undefined ? undefined : Number(fill) };
  });
  const periods = new Set([...series.values()].map(({ periodSeconds }) => periodSeconds));
  const [periodSeconds = 0] = periods;
  if (periods.size !== 1) throw new Error(`${alarmName} must have one period`);
  return {
    periodSeconds,
    value(metrics, from, to) {
      const values = terms.map(({ metric, fill }) => metric.value(metrics, from, to) ?? fill);
      return values.includes(undefined) ? undefined : values.reduce<number>((sum, value) => sum + (value ?? 0), 0);
    },
  };
}
