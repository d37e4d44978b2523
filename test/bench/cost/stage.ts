import type { Synthesized } from '../../helpers/stack/synth.ts';

/** Limits of an event source mapping: messages of an invocation, and concurrent invocations. */
export interface QueueLimits {
  readonly batchSize: number;
  readonly maxConcurrency: number;
}

/** The parts of a synthesized stage that cost money. */
export interface StageFacts {
  readonly workerGb: number;
  readonly dispatcherGb: number;
  readonly sweeperGb: number;
  /** Event sources of the dispatcher and of the worker. */
  readonly ticks: QueueLimits;
  readonly runs: QueueLimits;
  /** `true` if Lambda samples traces of dispatcher and worker itself: one a second and 5 % of the others. */
  readonly tracesRuns: boolean;
  /** Batching window of the counters in seconds. */
  readonly counterWindowSeconds: number;
  readonly polledQueues: number;
  /** Platform crons with their invocations a month and their function's memory in GB. */
  readonly crons: readonly { readonly name: string; readonly invocations: number; readonly gb: number }[];
  /** `true` if Lambda samples traces of the crons' functions. */
  readonly tracesCrons: boolean;
  readonly alarmMetrics: number;
  readonly dashboards: number;
  readonly kmsKeys: number;
}

export const MINUTES_A_MONTH = 43_800;
const MINUTES: Readonly<Record<string, number>> = {
  minute: 1,
  minutes: 1,
  hour: 60,
  hours: 60,
  day: 1_440,
  days: 1_440,
};

/** Reads the facts from the template of a stage. */
export function stageFacts(stage: Synthesized): StageFacts {
  const mappings = stage.of('AWS::Lambda::EventSourceMapping').map(({ Properties }) => Properties);
  const queues = mappings.filter(({ EventSourceArn }) => String(EventSourceArn).includes(':sqs:'));
  const limitsOf = (queue: 'ticks' | 'runs'): QueueLimits => {
    const found = queues.find(({ EventSourceArn }) =>
      new RegExp(`:jobdeck-\\w+-${queue}$`).test(String(EventSourceArn)),
    );
    if (!found) throw new Error(`the queue ${queue} has no consumer`);
    const { MaximumConcurrency } = found.ScalingConfig as { readonly MaximumConcurrency: number };
    return { batchSize: Number(found.BatchSize), maxConcurrency: MaximumConcurrency };
  };
  const countersSource = mappings.find(({ FunctionName }) => /^jobdeck-\w+-counters$/.test(String(FunctionName)));
  const functions = new Map(
    stage.of('AWS::Lambda::Function').map(({ Properties }) => [String(Properties.FunctionName), Properties]),
  );
  const named = (name: string) => stage.fn(name).Properties;
  const isTraced = (properties: Readonly<Record<string, unknown>>) =>
    (properties.TracingConfig as { readonly Mode: string } | undefined)?.Mode === 'Active';
  const crons = stage.of('AWS::Scheduler::Schedule').map(({ Properties }) => {
    const target = String((Properties.Target as { readonly Arn: string }).Arn).split(':function:')[1] ?? '';
    const fn = functions.get(target);
    if (!fn) throw new Error(`the schedule ${String(Properties.Name)} has no function`);
    return {
      name: target.replace(/^jobdeck-\w+-/, ''),
      invocations: invocationsOf(String(Properties.ScheduleExpression)),
      gb: gigabytes(fn),
      isTraced: isTraced(fn),
    };
  });
  const alarms = stage
    .of('AWS::CloudWatch::Alarm')
    .map(({ Properties }) => Properties.Metrics as readonly object[] | undefined);
  return {
    workerGb: gigabytes(named('worker')),
    dispatcherGb: gigabytes(named('dispatcher')),
    sweeperGb: gigabytes(named('sweeper')),
    ticks: limitsOf('ticks'),
    runs: limitsOf('runs'),
    tracesRuns: isTraced(named('worker')) || isTraced(named('dispatcher')),
    counterWindowSeconds: Number(countersSource?.MaximumBatchingWindowInSeconds ?? 0),
    polledQueues: queues.length,
    crons,
    tracesCrons: crons.some((cron) => cron.isTraced),
    alarmMetrics: alarms.reduce((sum, metrics) => sum + (metrics?.filter((one) => 'MetricStat' in one).length ?? 1), 0),
    dashboards: stage.of('AWS::CloudWatch::Dashboard').length,
    kmsKeys: stage.of('AWS::KMS::Key').length,
  };
}

const gigabytes = ({ MemorySize }: Readonly<Record<string, unknown>>): number => Number(MemorySize) / 1_024;

/** Returns the invocations a month of a schedule expression `rate(…)`. */
function invocationsOf(expression: string): number {
  const [, count = '', unit = ''] = /^rate\((\d+) (\w+)\)$/.exec(expression) ?? [];
  const minutes = Number(count) * (MINUTES[unit] ?? Number.NaN);
  if (!Number.isFinite(minutes)) throw new Error(`the schedule expression ${expression} is not supported`);
  return MINUTES_A_MONTH / minutes;
}
