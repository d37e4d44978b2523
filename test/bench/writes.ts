import { randomUUID } from 'node:crypto';
import { planDependencies } from '../../functions/api/definition/dependencies.ts';
import type { Job, Target } from '../../functions/core/domain/job.ts';
import { NO_RETRY } from '../../functions/core/domain/retry.ts';
import type { Run } from '../../functions/core/domain/run.ts';
import { NO_OPTIONS, type RunOptions } from '../../functions/core/domain/run-input.ts';
import { REMOVAL_MS } from '../../functions/core/domain/run-removal.ts';
import type { SweepPart } from '../../functions/core/domain/sweep-agenda.ts';
import { parseTenantId, type TenantId } from '../../functions/core/domain/tenant.ts';
import { DAY_MS, LATE_AFTER_MS } from '../../functions/core/domain/timing.ts';
import { requestBackfill } from '../../functions/core/engine/backfill/create-backfill.ts';
import { claimQueuedRun } from '../../functions/core/engine/execute/claim-run.ts';
import { finishAttempt } from '../../functions/core/engine/execute/finish-attempt.ts';
import { processRunMessage } from '../../functions/core/engine/execute/process-run-message.ts';
import { dispatchTick } from '../../functions/core/engine/start/dispatch-tick.ts';
import { requestFollowers } from '../../functions/core/engine/start/start-followers.ts';
import { triggerJob } from '../../functions/core/engine/start/trigger-job.ts';
import { purgeJob } from '../../functions/core/engine/sweep/purge.ts';
import { sweepDueTenant } from '../../functions/core/engine/sweep/sweep-due-tenant.ts';
import { sweepTenant } from '../../functions/core/engine/sweep/sweep-tenant.ts';
import type { Outcome } from '../../functions/core/executors/execution.ts';
import { captureText } from '../../functions/core/executors/output/output.ts';
import type { Db } from '../../functions/core/store/db.ts';
import { advanceTickWatermark } from '../../functions/core/store/job-states.ts';
import { createJob } from '../../functions/core/store/jobs.ts';
import { putRegistration } from '../../functions/core/store/registrations.ts';
import { getRun } from '../../functions/core/store/runs.ts';
import { hastenSweep } from '../../functions/core/store/sweep-agenda.ts';
import { givenAgendaEntry } from '../helpers/builders/agenda.ts';
import { aJob, givenJob } from '../helpers/builders/jobs.ts';
import { anOutcome } from '../helpers/builders/outcomes.ts';
import { type TestPlatform, testPlatform } from '../helpers/fakes/platform.ts';
import { startTestStore } from '../helpers/system/test-store.ts';
import { type Call, CapacityMeter, sum } from './capacity-meter.ts';
import { printTable } from './table.ts';

const MINUTE = 60_000;
const IDLE_JOBS = 100;

/** 499 bytes is the longest output of a run that consumes 7 write units. */
export const OK = anOutcome({ stdout: captureText('x'.repeat(499)) });
/** The output that leaves room for an input in the row. */
const SHORT = anOutcome({ stdout: captureText('x'.repeat(200)) });
const FAILED = anOutcome({
  status: 'error',
  exitCode: 3,
  message: 'exit code 3',
  stderr: captureText('no such table\n'),
});
const HTTP_OK = anOutcome({ exitCode: null, meta: { httpStatus: 200 }, stdout: OK.stdout });
const HTTP: Target = { type: 'http', url: 'https://example.com/hook', method: 'POST', headers: {}, body: '{}' };

/** A platform whose store reports its consumption. */
export interface Bench {
  readonly platform: TestPlatform;
  readonly meter: CapacityMeter;
}

/** Operations of the life of a run, with the production code. Each returns the calls that it makes. */
export const RUN_OPERATIONS: Readonly<Record<string, (bench: Bench) => Promise<readonly Call[]>>> = {
  'scheduled script run': (bench) => scheduledRun(bench, {}, [OK]),
  'scheduled http run': (bench) => scheduledRun(bench, { target: HTTP }, [HTTP_OK]),
  'scheduled run that fails': (bench) => scheduledRun(bench, {}, [FAILED]),
  'scheduled run that fails once, is retried and ends well': (bench) =>
    scheduledRun(bench, { retry: { ...NO_RETRY, attempts: 2 } }, [FAILED, OK]),
  'manual run': (bench) => manualRun(bench),
  'manual run with an Idempotency-Key': (bench) => manualRun(bench, 'order-4711'),
  'manual run with an input of 250 bytes': (bench) => manualRun(bench, undefined, withPayload(225)),
  'manual run with an input of 3 KB': (bench) => manualRun(bench, undefined, withPayload(3_000)),
  'manual run that waits for a slot (with the release of the run before)': (bench) => waitingRun(bench),
  'run of a backfill (with the step that starts it)': (bench) => backfillRun(bench),
  'manual run that another follows': (bench) => chainRuns(bench, 'upstream'),
  'run after another (with the message that starts it)': (bench) => chainRuns(bench, 'follower'),
  'run after another with 3 KB of results': (bench) => chainRuns(bench, 'follower', 3_000),
  'manual run whose script starts another (with the start)': (bench) => triggeredRun(bench, 'caller'),
  'run that a script started (from its claim)': (bench) => triggeredRun(bench, 'callee'),
  'tick skipped by overlap': (bench) => skippedTick(bench),
  'sweep of an expired run, which DynamoDB removes': (bench) => purge(bench, 'expired'),
  'purge of an expired run that DynamoDB has not removed': (bench) => purge(bench, 'left'),
};

/** Measures the units that the life of a run and related operations consume. */
export async function measureWrites(): Promise<void> {
  const store = await startTestStore();
  try {
    const meter = new CapacityMeter(store.db.client);
    const rows: (readonly [string, readonly Call[]])[] = [];
    for (const [name, operation] of Object.entries(RUN_OPERATIONS)) {
      rows.push([name, await operation(newBench(store.db, meter))]);
    }
    printCalls('The calls of one scheduled script run, in their order', rows[0]?.[1] ?? []);
    rows.push(
      ['tick found missed by the sweeper (with the sweep)', await missedTick(newBench(store.db, meter))],
      [
        `sweep of the definitions of a tenant with ${IDLE_JOBS} jobs`,
        await sweepOf(newBench(store.db, meter), 'definitions'),
      ],
      [`sweep of the runs of a tenant with ${IDLE_JOBS} jobs`, await sweepOf(newBench(store.db, meter), 'runs')],
    );
    printTable(
      'Capacity units (write: 1 KB; read: 4 KB consistent), as DynamoDB reports them',
      ['operation', 'write units', 'read units', 'calls'],
      rows.map(([name, calls]) => [name, sum(calls, 'write'), sum(calls, 'read'), calls.length]),
    );
  } finally {
    await store.stop();
  }
}

export const newBench = (db: Db, meter: CapacityMeter): Bench => ({ platform: testPlatform(db), meter });

/** Creates a registered job with an earlier run, so that its rows have their full size. */
export async function jobInUse({ platform }: Bench, overrides: Partial<Job>): Promise<Job> {
  const job = await givenJob(platform, { tenant: newTenant(), ...overrides });
  const at = iso(platform);
  await advanceTickWatermark(platform.db, job, at);
  await putRegistration(platform.db, job.tenant, {
    jobId: job.id,
    incarnation: job.incarnation,
    version: job.version,
    status: 'registered',
    content: `["${job.schedule}","${job.timezone}",null,null]`,
    error: null,
    updatedAt: at,
  });
  await tick(platform, job);
  await workAll(platform, [OK]);
  return job;
}

async function scheduledRun(
  { platform, meter }: Bench,
  overrides: Partial<Job>,
  outcomes: readonly Outcome[],
): Promise<readonly Call[]> {
  const job = await jobInUse({ platform, meter }, overrides);
  meter.take();
  await tick(platform, job);
  await workAll(platform, outcomes);
  return meter.take();
}

/** An input whose payload is a text of this length. */
const withPayload = (length: number): RunOptions => ({
  ...NO_OPTIONS,
  input: { payload: { text: 'x'.repeat(length) } },
});

async function manualRun({ platform, meter }: Bench, key?: string, options?: RunOptions): Promise<readonly Call[]> {
  const job = await jobInUse({ platform, meter }, {});
  platform.advance(MINUTE);
  meter.take();
  await triggerJob(platform, job, key, options);
  await workAll(platform, [options ? SHORT : OK]);
  return meter.take();
}

/** The second of three runs, from the message of the end of the first to its own end. */
async function backfillRun({ platform, meter }: Bench): Promise<readonly Call[]> {
  const job = await jobInUse({ platform, meter }, {});
  const [from, to] = [3, 1].map((minutes) => new Date(platform.now() - minutes * MINUTE).toISOString());
  const request = { ...NO_OPTIONS, order: 'asc', concurrency: 1, createdBy: 'ana' } as const;
  await requestBackfill(platform, job, undefined, { ...request, from: from ?? '', to: to ?? '' });
  const step = async () => {
    for (const message of platform.ticks.splice(0)) await dispatchTick(platform, message);
  };
  await step();
  await workAll(platform, [SHORT]);
  meter.take();
  await step();
  await workAll(platform, [SHORT]);
  return meter.take();
}

/** The runs of two jobs, of which one starts after the other: the first run, or what starts and executes the second. */
async function chainRuns(
  { platform, meter }: Bench,
  part: 'upstream' | 'follower',
  resultBytes = 0,
): Promise<readonly Call[]> {
  const upstream = await jobInUse({ platform, meter }, {});
  const after = { jobs: [{ job: upstream.id, on: 'success' }], mode: 'all', withinSeconds: null } as const;
  const follower = aJob({ tenant: upstream.tenant, id: 'follower', schedule: null, after });
  const { db } = platform;
  await createJob(db, follower, undefined, await planDependencies(db, follower, null));
  const round = async (): Promise<readonly Call[]> => {
    platform.advance(MINUTE);
    meter.take();
    const run = await triggerJob(platform, upstream);
    await workAll(platform, [{ ...SHORT, meta: resultBytes > 0 ? { text: 'x'.repeat(resultBytes) } : null }]);
    const upstreamCalls = meter.take();
    await requestFollowers(platform, [(await getRun(db, run)) as Run]);
    meter.take();
    for (const message of platform.ticks.splice(0)) await dispatchTick(platform, message);
    await workAll(platform, [SHORT]);
    return part === 'upstream' ? upstreamCalls : meter.take();
  };
  // Rows of jobs without an earlier run are smaller.
  await round();
  return round();
}

/** The run of a script that starts one run, or that run from its message to its end. */
async function triggeredRun({ platform, meter }: Bench, part: 'caller' | 'callee'): Promise<readonly Call[]> {
  const caller = await jobInUse({ platform, meter }, {});
  const callee = await jobInUse({ platform, meter }, { tenant: caller.tenant, id: 'callee' });
  platform.advance(MINUTE);
  meter.take();
  await triggerJob(platform, caller);
  const [message] = platform.sent.splice(0);
  if (!message) throw new Error('no run message was sent');
  let start: readonly Call[] = [];
  await processRunMessage(
    platform,
    async ({ trigger }) => {
      const before = meter.take();
      await trigger(callee.id, 1, {});
      start = [...before, ...meter.take()];
      return SHORT;
    },
    message,
  );
  const calls = [...start, ...meter.take()];
  await workAll(platform, [SHORT]);
  return part === 'caller' ? calls : meter.take();
}

/** Starts a run beyond the limit, which the end of the only active run admits. */
async function waitingRun({ platform, meter }: Bench): Promise<readonly Call[]> {
  const job = await jobInUse({ platform, meter }, { overlapPolicy: 'allow' });
  const limited = { ...platform, defaultLimits: { ...platform.defaultLimits, concurrentRuns: 1 } };
  const running = await triggerJob(limited, job);
  const [message] = platform.sent.splice(0);
  if (!message) throw new Error('no run message was sent');
  const claimed = await claimQueuedRun(limited, running);
  if (!claimed) throw new Error('the run was not claimed');
  meter.take();
  await triggerJob(limited, job);
  const started = meter.take();
  await finishAttempt(limited, claimed, OK);
  const admitted = meter.take().filter(({ sk }) => sk !== `R#${running.ulid}`);
  await workAll(limited, [OK]);
  return [...started, ...admitted, ...meter.take()];
}

async function skippedTick({ platform, meter }: Bench): Promise<readonly Call[]> {
  const job = await jobInUse({ platform, meter }, {});
  await tick(platform, job);
  meter.take();
  await tick(platform, job);
  return meter.take();
}

async function missedTick({ platform, meter }: Bench): Promise<readonly Call[]> {
  const job = await jobInUse({ platform, meter }, {});
  platform.advance(LATE_AFTER_MS + MINUTE);
  meter.take();
  await sweepTenant(platform, job.tenant, { purge: false });
  return meter.take();
}

/** Sweeps the only run of a job, which has expired or which DynamoDB has not removed in time. */
export async function purge({ platform, meter }: Bench, row: 'expired' | 'left'): Promise<readonly Call[]> {
  const { tenant, id: jobId, incarnation } = await jobInUse({ platform, meter }, {});
  const expired = platform.now() + platform.defaultLimits.retentionDays * DAY_MS + MINUTE;
  meter.take();
  await purgeJob(platform, { tenant, jobId, incarnation }, row === 'expired' ? expired : expired + REMOVAL_MS);
  return meter.take();
}

/** Sweeps a tenant without active runs: its definitions after a change, what remains after a run, or on request of the pass. */
export async function sweepOf({ platform, meter }: Bench, part: SweepPart | 'full'): Promise<readonly Call[]> {
  const tenant = newTenant();
  for (let i = 0; i < IDLE_JOBS; i++)
    await jobInUse({ platform, meter }, { tenant, id: `job-${i}`, schedule: '@daily' });
  await givenAgendaEntry(platform.db, tenant, platform.now());
  await sweepDueTenant(platform, { v: 1, tenant });
  if (part === 'definitions') await givenAgendaEntry(platform.db, tenant, platform.now());
  if (part === 'runs') await hastenSweep(platform.db, tenant, platform.now());
  meter.take();
  await sweepDueTenant(platform, { v: 1, tenant, ...(part === 'full' && { full: true }) });
  return meter.take();
}

/** A tenant id of typical length, which affects the size of many keys. */
const newTenant = () => parseTenantId(randomUUID()) as TenantId;

const iso = (platform: TestPlatform) => new Date(platform.now()).toISOString();

/** Dispatches the next tick, a minute later. */
export async function tick(platform: TestPlatform, { tenant, id: jobId, incarnation }: Job): Promise<void> {
  platform.advance(MINUTE);
  await dispatchTick(platform, { v: 1, tenant, jobId, incarnation, scheduledAt: iso(platform) });
}

/** Processes each run message at its due time with the given outcome. */
export async function workAll(platform: TestPlatform, outcomes: readonly Outcome[]): Promise<void> {
  for (const outcome of outcomes) {
    const message = platform.sent.shift();
    if (!message) throw new Error('no run message was sent');
    platform.advance(message.delayMs);
    await processRunMessage(platform, async () => outcome, message);
  }
  if (platform.sent.length > 0) throw new Error(`${platform.sent.length} messages are left`);
}

function printCalls(title: string, calls: readonly Call[]): void {
  printTable(
    title,
    ['call', 'units', 'where', 'item bytes'],
    calls.map(({ operation, kind, units, bytes }) => [
      operation,
      Object.values(units).reduce((total, value) => total + value, 0),
      Object.entries(units)
        .map(([name, value]) => `${name} ${value}`)
        .join(', '),
      kind === 'write' ? bytes : '',
    ]),
  );
}
