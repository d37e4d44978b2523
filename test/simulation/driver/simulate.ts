import './environment.ts';
import { S3Client } from '@aws-sdk/client-s3';
import { RUN_CREATION_GRACE_MS } from '../../../functions/core/domain/timing.ts';
import { createObjects } from '../../../functions/core/platform/s3-objects.ts';
import { STREAM_FILTERS } from '../../../lib/stream-filters.ts';
import { MemoryStream } from '../../helpers/fakes/memory-stream.ts';
import { seededRandom } from '../../helpers/seeded-random.ts';
import { deployFunctions } from './deployed-functions.ts';
import { SimulatedServices } from './external-services.ts';
import { NO_FAULTS, randomProfile } from './fault-profile.ts';
import { findViolations, type Simulation } from './invariants.ts';
import { RunObserver } from './run-observer.ts';
import { type CrashPoint, type ObservedCall, Simulator, START, type Tally } from './simulator.ts';
import { SqsSource } from './sqs-source.ts';
import { StreamSource } from './stream-source.ts';
import { TableReader } from './table-reader.ts';
import { LostEntrySource, MalformedMessageSource, SweepCron, TickSource } from './timed-sources.ts';
import { ACTIVE_MS, CONTROL_TENANTS, POISON_PILL_JOB, type Scenario, SETUP_MS, TENANTS, Workload } from './workload.ts';

const MINUTE = 60_000;
/** Maximum time in which a simulation must become idle. */
const MAX_SETTLE_MS = 90 * MINUTE;
/** Maximum time of recovery after the faults: includes the backoff of resent messages and of notifications. */
const MAX_RECOVERY_MS = 40 * MINUTE;
/** Length of the short scenario. */
const SHORT_SCENARIO_MS = 2.5 * MINUTE;
/**
 * Time after the last activity, for work with long intervals: removal of deleted jobs, and counters that reconciliation
 * skips while they change.
 */
const COOL_DOWN_MS = RUN_CREATION_GRACE_MS + 3 * MINUTE;

export interface SimulationResult {
  readonly seed: number;
  readonly violations: readonly string[];
  readonly trace: readonly string[];
  readonly hash: string;
  readonly tally: Tally;
  readonly runs: number;
  /** Milliseconds from the end of the faults to the end of the last run. */
  readonly recoveryMs: number;
  /** Calls of each function until the last run ended. */
  readonly calls: Readonly<Record<string, readonly ObservedCall[]>>;
  /** Ticks and runs of the control tenant as text, for comparison between seeds. */
  readonly controlHistory: string;
}

export interface SimulateOptions {
  /**
   * Simulates the seed without its faults.
   *
   * @defaultValue false
   */
  readonly withoutFaults?: boolean;
  /** @defaultValue 'long' */
  readonly scenario?: Scenario;
  /** @defaultValue none */
  readonly crashPoint?: CrashPoint;
}

/** Simulates the scenario of a seed, waits until the platform is idle, and checks all invariants. */
export async function simulate(
  seed: number,
  { withoutFaults = false, scenario = 'long', crashPoint }: SimulateOptions = {},
): Promise<SimulationResult> {
  const profile = withoutFaults ? NO_FAULTS : randomProfile(seededRandom(seed * 7 + 6), ACTIVE_MS);
  const simulator = new Simulator({
    seed,
    profile,
    controlTenants: scenario === 'short' ? [] : CONTROL_TENANTS,
    ...(crashPoint && { crashPoint }),
  });
  const simulation = createSimulation(simulator, scenario);
  const activeMs = scenario === 'short' ? SHORT_SCENARIO_MS : ACTIVE_MS;
  await simulator.runUntil(START + SETUP_MS);
  simulator.startFaults();
  await simulator.runUntil(START + activeMs);
  simulator.stopFaults();
  const faultsEndedAt = simulator.now;
  await simulator.runUntil(faultsEndedAt + MAX_SETTLE_MS, () => isRecovered(simulation));
  const recoveryMs = simulator.now - faultsEndedAt;
  const { calls } = simulator;
  // Messages of crashed consumers become visible now instead of an hour later.
  for (const queue of simulator.queues.values()) queue.showAll(simulator.now);
  await simulator.runUntil(simulator.now + MAX_SETTLE_MS, () => isIdle(simulation));
  await simulator.runUntil(simulator.now + COOL_DOWN_MS);
  // A sweep may be due now, for example of a lock that its run left.
  await simulator.runUntil(simulator.now + MAX_SETTLE_MS, () => isIdle(simulation));
  const late = recoveryMs > MAX_RECOVERY_MS ? [`the recovery took ${recoveryMs / MINUTE} minutes`] : [];
  const found = [...late, ...(await checkInvariants(simulation))];
  return {
    seed,
    violations: found,
    trace: simulator.trace.lines,
    hash: simulator.trace.hash,
    tally: simulator.tally,
    runs: simulation.observer.endings.size,
    recoveryMs,
    calls,
    controlHistory: historyOf(simulation, CONTROL_TENANTS[0] ?? ''),
  };
}

/** Creates a simulation with the whole platform and its users. */
function createSimulation(
  simulator: Simulator,
  scenario: Scenario,
): Simulation & { readonly sources: readonly StreamSource[] } {
  const rows = new TableReader(simulator);
  const outside = new SimulatedServices(simulator, rows);
  const { handlers, platform: bare } = deployFunctions(outside);
  const platform = { ...bare, objects: createObjects(new S3Client({}), 'files') };
  simulator.deploy(handlers);
  const [jobs, runs] = [new MemoryStream('Jobs'), new MemoryStream('Runs')];
  const workload = new Workload(simulator, platform, rows, scenario);
  const mayOverlap = new Map(workload.jobs.map((job) => [`${job.tenant} ${job.id}`, job.overlapPolicy === 'allow']));
  const witness = new RunObserver(
    ({ tenant, jobId }) => mayOverlap.get(`${tenant} ${jobId}`) ?? false,
    () => simulator.now,
  );
  simulator.watchers.push(witness.observe, (change) => {
    if (change.table === 'Jobs') jobs.append(change, simulator.now);
    if (change.table === 'Runs') runs.append(change, simulator.now);
  });
  const sources = [
    new StreamSource(simulator, runs, { fn: 'counters', batchSize: 50, filter: STREAM_FILTERS.runsToCounters }),
    new StreamSource(simulator, jobs, { fn: 'counters', batchSize: 50, filter: STREAM_FILTERS.jobsToCounters }),
    new StreamSource(simulator, runs, { fn: 'notifier', batchSize: 50, filter: STREAM_FILTERS.runsToNotifier }),
    new StreamSource(simulator, jobs, {
      fn: 'registrar',
      batchSize: 100,
      filter: STREAM_FILTERS.jobsToRegistrar,
      onFailure: { retries: 5, to: 'registrations-dead-letters' },
    }),
  ];
  simulator.addSources(
    workload,
    new TickSource(simulator),
    new SweepCron(simulator),
    new LostEntrySource(simulator, TENANTS),
    new MalformedMessageSource(simulator),
    ...sources,
    new SqsSource(simulator, { queue: 'ticks', fn: 'dispatcher', concurrency: 4 }),
    new SqsSource(simulator, { queue: 'runs', fn: 'worker', concurrency: 20, poisonPillJobs: [POISON_PILL_JOB] }),
    new SqsSource(simulator, { queue: 'notifications', fn: 'deliverer', concurrency: 4 }),
    new SqsSource(simulator, { queue: 'sweeps', fn: 'sweeper', concurrency: 4 }),
    new SqsSource(simulator, { queue: 'ticks-dead-letters', fn: 'dead-ticks', concurrency: 2 }),
    new SqsSource(simulator, { queue: 'runs-dead-letters', fn: 'dead-runs', concurrency: 2 }),
    new SqsSource(simulator, { queue: 'notifications-dead-letters', fn: 'dead-notifications', concurrency: 2 }),
    new SqsSource(simulator, { queue: 'platform-dead-letters', fn: 'dead-platform', concurrency: 2 }),
    new SqsSource(simulator, { queue: 'registrations-dead-letters', fn: 'dead-registrations', concurrency: 1 }),
  );
  return { simulator, tables: rows, observer: witness, services: outside, workload, platform, sources };
}

/** @returns whether every run has ended and every notification was delivered */
function isRecovered({ observer: witness, workload, sources }: ReturnType<typeof createSimulation>): boolean {
  if (witness.activeRuns.size > 0 || witness.pendingDeliveries.size > 0 || !workload.isDone) return false;
  return sources.every((source) => source.isDone);
}

/** @returns whether no invocation, message or stream record is left */
function isIdle(simulation: ReturnType<typeof createSimulation>): boolean {
  const { simulator, sources } = simulation;
  if (simulator.activeInvocations > 0 || !isRecovered(simulation)) return false;
  return sources.every((source) => source.isDone) && [...simulator.queues.values()].every(({ size }) => size === 0);
}

/** Checks the invariants as an invocation of the simulation, which sees its clock and tables. */
function checkInvariants(simulation: Simulation): Promise<readonly string[]> {
  const { simulator } = simulation;
  return new Promise((resolve, reject) => {
    simulator.run(
      'api',
      'check',
      undefined,
      () => findViolations(simulation),
      (ended) => {
        if (ended.kind === 'returned') resolve(ended.value as readonly string[]);
        else reject(ended.kind === 'threw' ? ended.error : new Error('the check of the invariants crashed'));
      },
    );
    simulator.runUntil(simulator.now + 1_000_000, () => simulator.activeInvocations === 0).catch(reject);
  });
}

/** Describes the ticks and runs of a tenant as sorted text. */
function historyOf({ tables: rows }: Simulation, tenant: string): string {
  const runs = rows.runs().filter((run) => run.tenant === tenant);
  const lines = runs.map(({ jobId, number, state, scheduledAt, attempt, itemsProcessed, failure }) =>
    [jobId, number, scheduledAt ?? '-', state, attempt, itemsProcessed, failure?.message ?? ''].join(' '),
  );
  const skipped = rows.skipped().filter(({ pk }) => pk.startsWith(`${tenant}#`));
  return [...lines, ...skipped.map(({ pk, scheduledAt, reason }) => `${pk} ${scheduledAt} ${reason}`)]
    .sort()
    .join('\n');
}
