import { PASS_MINUTES } from '../../../functions/core/engine/sweep/sweep-limits.ts';
import { METRICS } from '../../../functions/core/platform/metric-names.ts';
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

export const RUN_COLUMNS = ['10 runs/s', '0.4 runs/s', '10 runs/s, provisioned'] as const;
export const MONTH_COLUMNS = ['idle', 'in use'] as const;

/** Target utilization of provisioned capacity. */
export const UTILIZATION = 0.7;
/** Lambda traces one invocation a second of a function, and this share of the others. It cannot be configured. */
const TRACED_SHARE = 0.05;
/** Pollers of a queue, and the requests of each in a minute: it waits up to 20 s for messages. */
const POLLERS = 5;
const POLLS_A_MINUTE = 3;
/** Requests for a message: send, receive, delete. */
const REQUESTS_A_MESSAGE = 3;
/** Messages of a run: tick and run. */
const MESSAGES_A_RUN = 2;
/** Invocations of a run: dispatcher and worker. */
const INVOCATIONS_A_RUN = 2;
/** Kilobytes of log lines of a run: 0.4 of its own, 0.7 of Lambda's start and report of the worker. */
const LOG_KB_A_RUN = 1.1;
/** Kilobytes of log lines and seconds of an invocation of a platform cron without work. */
const CRON = { logKb: 0.5, seconds: 0.1 } as const;
/** Metrics that HTTP APIs publish for a route with detailed metrics. */
const ROUTE_METRICS = 6;

const MILLION = 1_000_000;

/** Computes the report from what was measured and what the stage contains. */
export function costReport(units: MeasuredUnits, stage: StageFacts): CostReport {
  const parts = [...tableLines(units), ...computeLines(units, stage), ...deliveryLines(stage)];
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

const everyColumn = (dollars: number): readonly number[] => RUN_COLUMNS.map(() => dollars);

function tableLines({ run, counting, purge, storedBytes }: MeasuredUnits): readonly CostLine[] {
  const writes = { writes: run.writes, reads: 0 };
  const reads = { writes: 0, reads: run.reads };
  const steady = (units: Units) => [onDemand(units), onDemand(units), provisioned(units)];
  const [fast, slow] = RATES.map((rate) => counting[rate]) as [Units, Units];
  return [
    { part: 'DynamoDB, writes', basis: `${run.writes} units`, dollars: steady(writes) },
    { part: 'DynamoDB, reads', basis: `${run.reads} units`, dollars: steady(reads) },
    {
      part: 'counters, over jobs that run once a minute',
      basis: `${fast.writes} or ${slow.writes} write units, ${fast.reads} or ${slow.reads} read units`,
      dollars: [onDemand(fast), onDemand(slow), provisioned(fast)],
    },
    {
      part: 'purge after the retention',
      basis: `${purge.writes} write units, ${purge.reads} read units`,
      dollars: steady(purge),
    },
    {
      part: 'storage and backup, 30 days',
      basis: `${(storedBytes / 1_000).toFixed(1)} GB`,
      dollars: everyColumn((storedBytes / 1_000) * (PRICES.tableStorage + PRICES.tableBackup)),
    },
  ];
}

function computeLines({ calls }: MeasuredUnits, stage: StageFacts): readonly CostLine[] {
  const compute = (part: string, gb: number, cpuMs: number, callCount: number): CostLine => ({
    part,
    basis: `${gb.toFixed(2)} GB × (${cpuMs} ms of CPU + ${callCount} calls × ${CALL_LATENCY_MS} ms)`,
    dollars: everyColumn(((gb * (cpuMs + callCount * CALL_LATENCY_MS)) / 1_000) * PRICES.lambdaGbSeconds),
  });
  return [
    compute('worker, around the script', stage.workerGb, MEASURED.workerCpuMs, calls.worker),
    compute('dispatcher', stage.dispatcherGb, MEASURED.dispatcherCpuMs, calls.dispatcher),
    {
      part: 'Lambda requests',
      basis: `${INVOCATIONS_A_RUN}`,
      dollars: everyColumn(INVOCATIONS_A_RUN * PRICES.lambdaRequests),
    },
  ];
}

function deliveryLines({ tracesRuns }: StageFacts): readonly CostLine[] {
  const traced = (rate: Rate) =>
    tracesRuns ? INVOCATIONS_A_RUN * Math.min(1, (1 + TRACED_SHARE * (rate - 1)) / rate) * PRICES.traces : 0;
  const requests = MESSAGES_A_RUN * REQUESTS_A_MESSAGE;
  return [
    {
      part: 'SQS',
      basis: `${requests} requests, one of them with a message group`,
      dollars: everyColumn(requests * PRICES.sqsRequests + PRICES.sqsFairRequests),
    },
    { part: 'EventBridge Scheduler', basis: '1 invocation', dollars: everyColumn(PRICES.schedulerInvocations) },
    {
      part: 'X-Ray',
      basis: tracesRuns ? '2 functions, each one trace a second and 5 % of the others' : 'runs of traced requests only',
      dollars: [traced(10), traced(0.4), traced(10)],
    },
    { part: 'logs', basis: `${LOG_KB_A_RUN} KB`, dollars: everyColumn(LOG_KB_A_RUN * PRICES.logs) },
  ];
}

function secondLines({ workerGb, runsPerWorker }: StageFacts): readonly CostLine[] {
  const second = workerGb * PRICES.lambdaGbSeconds;
  return [
    { part: 'a second that waits', basis: `${runsPerWorker} in one worker`, dollars: [second / runsPerWorker] },
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
    { part: 'KMS', basis: `${stage.kmsKeys} keys`, dollars: both(stage.kmsKeys * PRICES.kmsKey) },
  ];
  return [...lines, total(lines)];
}
