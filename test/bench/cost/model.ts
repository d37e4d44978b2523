import { PASS_MINUTES } from '../../../functions/core/engine/sweep/sweep-limits.ts';
import { METRICS } from '../../../functions/core/platform/metric-names.ts';
import { evenly, formBatches, meanBatch } from './batches.ts';
import { CALL_LATENCY_MS, MEASURED } from './measured-times.ts';
import { PRICES } from './prices.ts';
import { MINUTES_A_MONTH, type StageFacts } from './stage.ts';
import { type MeasuredUnits, RATES, type Rate, type Units } from './units.ts';

/** A part of the cost, with the dollars of each column. */
export interface CostLine {
  readonly part: string;
  readonly basis: string;
  readonly dollars: readonly number[];
}

export interface CostReport {
  /** A million scheduled script runs in the columns of `RUN_COLUMNS`; the last line is the total. */
  readonly runs: readonly CostLine[];
  /** A million runs for each additional second of a script. */
  readonly seconds: readonly CostLine[];
  /** A stage for a month in the columns of `MONTH_COLUMNS`; the last line is the total. */
  readonly month: readonly CostLine[];
  /** Dollars of an idle tenant with 100 jobs for a month. */
  readonly idleTenant: number;
}

/** A rate of runs at which a million runs are priced. */
interface RunColumn {
  readonly name: string;
  readonly rate: Rate;
  readonly isProvisioned: boolean;
  /** Milliseconds over which the ticks of a minute arrive. */
  readonly arrivalMs: number;
}

const MINUTE_MS = 60_000;
/** Assumed time within which EventBridge Scheduler sends the ticks of a minute: 300 a second at 10 runs/s. */
export const BURST_MS = 2_000;

const COLUMNS: readonly RunColumn[] = [
  { name: '10 runs/s', rate: 10, isProvisioned: false, arrivalMs: BURST_MS },
  { name: '0.4 runs/s', rate: 0.4, isProvisioned: false, arrivalMs: MINUTE_MS },
  { name: '10 runs/s, provisioned', rate: 10, isProvisioned: true, arrivalMs: BURST_MS },
  { name: '10 runs/s, one by one', rate: 10, isProvisioned: false, arrivalMs: MINUTE_MS },
];

export const RUN_COLUMNS = COLUMNS.map(({ name }) => name);
export const MONTH_COLUMNS = ['idle', 'in use'] as const;

/** Target utilization of provisioned capacity. */
export const UTILIZATION = 0.7;
/** Lambda traces one invocation a second of a function, and this share of the others. It cannot be configured. */
const TRACED_SHARE = 0.05;
/**
 * Pollers of a queue, and the requests of each in a minute: it waits up to 20 s for messages. Lambda reduces idle pollers
 * to 2 only for event sources without a maximum concurrency.
 *
 * @see https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-scaling.html
 */
const POLLERS = 5;
const POLLS_A_MINUTE = 3;
/** Share of a virtual CPU that a function has per GB of memory. */
const CPU_PER_GB = 1_024 / 1_769;
/** Kilobytes of log lines: of a run, and of Lambda's start and report of a worker's invocation. */
const LOG_KB = { run: 0.4, workerInvocation: 0.7 } as const;
/** Kilobytes of log lines and seconds of an invocation of a platform cron without work. */
const CRON = { logKb: 0.5, seconds: 0.1 } as const;
/** Metrics that HTTP APIs publish for a route with detailed metrics. */
const ROUTE_METRICS = 6;

const MILLION = 1_000_000;

/** Computes the report from what was measured and what the stage contains. */
export function costReport(units: MeasuredUnits, stage: StageFacts): CostReport {
  const columns = COLUMNS.map((column) => ({ ...column, ...batchesOf(column, units, stage) }));
  const parts = [...tableLines(units), ...computeLines(units, stage, columns), ...deliveryLines(stage, columns)];
  return {
    runs: [...parts, total(parts)],
    seconds: secondLines(stage),
    month: monthLines(units, stage),
    idleTenant: onDemand({
      writes: (units.idleTenant.writes * MINUTES_A_MONTH) / MILLION,
      reads: (units.idleTenant.reads * MINUTES_A_MONTH) / MILLION,
    }),
  };
}

/** Returns the sum of each column. */
function total(lines: readonly CostLine[]): CostLine {
  const columns = lines[0]?.dollars ?? [];
  const dollars = columns.map((_, column) => lines.reduce((sum, line) => sum + (line.dollars[column] ?? 0), 0));
  return { part: 'total', basis: '', dollars };
}

const onDemand = ({ writes, reads }: Units): number => writes * PRICES.writeUnits + reads * PRICES.readUnits;

/** Returns the dollars of a million units at a steady rate, with capacity for `UTILIZATION`. */
function provisioned({ writes, reads }: Units): number {
  const hours = MILLION / 3_600 / UTILIZATION;
  return (writes * PRICES.writeCapacityHour + reads * PRICES.readCapacityHour) * hours;
}

/** The mean numbers of messages that the dispatcher and the worker handle in an invocation. */
interface BatchMeans {
  readonly ticks: number;
  readonly runs: number;
}

/** Simulates how Lambda divides the ticks of a minute, and the messages of their runs, into batches. */
function batchesOf({ rate, arrivalMs }: RunColumn, { calls }: MeasuredUnits, stage: StageFacts): BatchMeans {
  const dispatched = formBatches(evenly(rate * 60, arrivalMs), {
    ...stage.ticks,
    invocationMs: (ticks) => dispatcherMs(ticks, calls.dispatcher, stage),
  });
  const sentAt = dispatched.flatMap(({ messages, endedAt }) => Array<number>(messages).fill(endedAt));
  const executed = formBatches(
    sentAt.sort((a, b) => a - b),
    { ...stage.runs, invocationMs: (runs) => workerMs(runs, calls.worker, stage) },
  );
  return { ticks: meanBatch(dispatched), runs: meanBatch(executed) };
}

/** Returns the milliseconds of an invocation: calls of its messages overlap, their CPU time does not. */
const dispatcherMs = (ticks: number, calls: number, { dispatcherGb }: StageFacts): number =>
  calls * CALL_LATENCY_MS + (ticks * MEASURED.dispatcherCpuMs) / Math.min(1, dispatcherGb * CPU_PER_GB);
const workerMs = (runs: number, calls: number, { workerGb }: StageFacts): number =>
  calls * CALL_LATENCY_MS + (runs * MEASURED.workerCpuMs) / Math.min(1, workerGb * CPU_PER_GB);

type Columns = readonly (RunColumn & BatchMeans)[];

const everyColumn = (dollars: number): readonly number[] => RUN_COLUMNS.map(() => dollars);

function tableLines({ run, counting, removal, storedBytes }: MeasuredUnits): readonly CostLine[] {
  const writes = { writes: run.writes, reads: 0 };
  const reads = { writes: 0, reads: run.reads };
  const priced = (unitsAt: (rate: Rate) => Units) =>
    COLUMNS.map(({ rate, isProvisioned }) => (isProvisioned ? provisioned : onDemand)(unitsAt(rate)));
  const [fast, slow] = RATES.map((rate) => counting[rate]) as [Units, Units];
  return [
    { part: 'DynamoDB, writes', basis: `${run.writes} units`, dollars: priced(() => writes) },
    { part: 'DynamoDB, reads', basis: `${run.reads} units`, dollars: priced(() => reads) },
    {
      part: 'counters, over jobs that run once a minute',
      basis: `${fast.writes} or ${slow.writes} write units, ${fast.reads} or ${slow.reads} read units`,
      dollars: priced((rate) => counting[rate]),
    },
    {
      part: 'removal after the retention',
      basis: `by DynamoDB's TTL: ${removal.writes} write units; a sweep of each job a day: ${removal.reads.toFixed(3)} read units`,
      dollars: priced(() => removal),
    },
    {
      part: 'storage and backup, 30 days',
      basis: `${(storedBytes / 1_000).toFixed(1)} GB`,
      dollars: everyColumn((storedBytes / 1_000) * (PRICES.tableStorage + PRICES.tableBackup)),
    },
  ];
}

/** Formats the mean batches of all columns: each value once, in the order of the columns. */
const listMeans = (columns: Columns, of: keyof BatchMeans): string =>
  [...new Set(columns.map((column) => column[of].toFixed(1)))].join(' or ');

function computeLines({ calls }: MeasuredUnits, stage: StageFacts, columns: Columns): readonly CostLine[] {
  const gbSeconds = (gb: number, ms: number, messages: number) => (gb * ms) / messages / 1_000;
  const basis = (gb: number, cpuMs: number, callCount: number, of: keyof BatchMeans) =>
    `${gb.toFixed(2)} GB × (${cpuMs} ms of CPU + ${callCount} calls × ${CALL_LATENCY_MS} ms), ${listMeans(columns, of)} at a time`;
  return [
    {
      part: 'worker, around the script',
      basis: basis(stage.workerGb, MEASURED.workerCpuMs, calls.worker, 'runs'),
      dollars: columns.map(
        ({ runs }) => gbSeconds(stage.workerGb, workerMs(runs, calls.worker, stage), runs) * PRICES.lambdaGbSeconds,
      ),
    },
    {
      part: 'dispatcher',
      basis: basis(stage.dispatcherGb, MEASURED.dispatcherCpuMs, calls.dispatcher, 'ticks'),
      dollars: columns.map(
        ({ ticks }) =>
          gbSeconds(stage.dispatcherGb, dispatcherMs(ticks, calls.dispatcher, stage), ticks) * PRICES.lambdaGbSeconds,
      ),
    },
    {
      part: 'Lambda requests',
      basis: 'one for each batch of ticks and of runs',
      dollars: columns.map((column) => invocationsOf(column) * PRICES.lambdaRequests),
    },
  ];
}

/** Returns the invocations of a run: its shares of one of the dispatcher and of one of the worker. */
const invocationsOf = ({ ticks, runs }: BatchMeans): number => 1 / ticks + 1 / runs;

function deliveryLines({ tracesRuns }: StageFacts, columns: Columns): readonly CostLine[] {
  const traced = (column: Columns[number]): number =>
    tracesRuns
      ? invocationsOf(column) * Math.min(1, (1 + TRACED_SHARE * (column.rate - 1)) / column.rate) * PRICES.traces
      : 0;
  // A tick is sent alone; a batch of ticks is received and deleted, and sends its runs; a batch of runs is received and
  // deleted. The requests for runs have a message group.
  const requests = ({ ticks, runs }: BatchMeans) =>
    (1 + 3 / ticks + 2 / runs) * PRICES.sqsRequests + (1 / ticks + 2 / runs) * PRICES.sqsFairRequests;
  return [
    {
      part: 'SQS',
      basis:
        'one request for a tick, 3 for a batch of ticks, 2 for a batch of runs; those for runs with a message group',
      dollars: columns.map(requests),
    },
    { part: 'EventBridge Scheduler', basis: '1 invocation', dollars: everyColumn(PRICES.schedulerInvocations) },
    {
      part: 'X-Ray',
      basis: tracesRuns ? '2 functions, each one trace a second and 5 % of the others' : 'runs of traced requests only',
      dollars: columns.map(traced),
    },
    {
      part: 'logs',
      basis: `${LOG_KB.run} KB, and ${LOG_KB.workerInvocation} KB for a batch of runs`,
      dollars: columns.map(({ runs }) => (LOG_KB.run + LOG_KB.workerInvocation / runs) * PRICES.logs),
    },
  ];
}

function secondLines({ workerGb, runs: { batchSize } }: StageFacts): readonly CostLine[] {
  const second = workerGb * PRICES.lambdaGbSeconds;
  return [
    { part: 'a second that waits', basis: `${batchSize} in one worker`, dollars: [second / batchSize] },
    { part: 'a second of CPU', basis: `${workerGb.toFixed(2)} GB`, dollars: [second] },
  ];
}

/** Seconds of a sweep of an idle tenant with 100 jobs: 12 calls and the CPU of their responses. */
const SWEEP_SECONDS = 0.1;

/** Returns the dollars of the pass over all tenants for a month: store, sweeper and queue. */
function passDollars({ writes, reads }: Units, { sweeperGb }: StageFacts): number {
  const sweeps = MINUTES_A_MONTH / PASS_MINUTES;
  const perSweep =
    PRICES.lambdaRequests +
    SWEEP_SECONDS * sweeperGb * PRICES.lambdaGbSeconds +
    3 * PRICES.sqsRequests +
    PRICES.sqsFairRequests;
  return (
    onDemand({ writes: (writes * MINUTES_A_MONTH) / MILLION, reads: (reads * MINUTES_A_MONTH) / MILLION }) +
    (sweeps / MILLION) * perSweep
  );
}

function monthLines({ idleMetrics, idleSweeps }: MeasuredUnits, stage: StageFacts): readonly CostLine[] {
  const both = (dollars: number) => MONTH_COLUMNS.map(() => dollars);
  const polls = stage.polledQueues * POLLERS * POLLS_A_MINUTE * MINUTES_A_MONTH;
  const invocations = stage.crons.reduce((sum, cron) => sum + cron.invocations, 0);
  const gbSeconds = stage.crons.reduce((sum, cron) => sum + cron.invocations * cron.gb * CRON.seconds, 0);
  const perInvocation = PRICES.schedulerInvocations + PRICES.lambdaRequests + (stage.tracesCrons ? PRICES.traces : 0);
  const cronDollars =
    (invocations * perInvocation + gbSeconds * PRICES.lambdaGbSeconds) / MILLION +
    ((invocations * CRON.logKb) / MILLION) * PRICES.logs;
  const metrics = Object.keys(METRICS).length;
  const lines: readonly CostLine[] = [
    {
      part: 'polling of queues by Lambda',
      basis: `${stage.polledQueues} queues × ${POLLERS} pollers × ${POLLS_A_MINUTE} requests a minute`,
      dollars: both((polls / MILLION) * PRICES.sqsRequests),
    },
    {
      part: 'platform crons',
      basis: `${stage.crons.map(({ name }) => name).join(', ')}: ${Math.round(invocations)} invocations`,
      dollars: both(cronDollars),
    },
    {
      part: 'pass of the sweeper over all tenants',
      basis: `a tenant with 100 jobs each ${PASS_MINUTES} minutes: ${idleSweeps.reads} read units, ${idleSweeps.writes} write units a minute`,
      dollars: both(passDollars(idleSweeps, stage)),
    },
    {
      part: 'custom metrics',
      basis: `${idleMetrics} without runs, ${metrics} with all kinds of events`,
      dollars: [idleMetrics * PRICES.metric, metrics * PRICES.metric],
    },
    {
      part: 'detailed metrics of `GET /jobs`',
      basis: `${ROUTE_METRICS} metrics, if it is called`,
      dollars: [0, ROUTE_METRICS * PRICES.metric],
    },
    { part: 'alarms', basis: `${stage.alarmMetrics} metrics`, dollars: both(stage.alarmMetrics * PRICES.alarmMetric) },
    { part: 'dashboard', basis: `${stage.dashboards}`, dollars: both(stage.dashboards * PRICES.dashboard) },
    { part: 'KMS', basis: `keys: ${stage.kmsKeys}`, dollars: both(stage.kmsKeys * PRICES.kmsKey) },
  ];
  return [...lines, total(lines)];
}
