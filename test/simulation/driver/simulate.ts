import './environment.ts';
import { S3Client } from '@aws-sdk/client-s3';
import { createObjects } from '../../../functions/core/platform/objects.ts';
import { STREAM_FILTERS } from '../../../lib/stream-filters.ts';
import { randomOf } from '../../helpers/random.ts';
import { PoisonSource, SweeperCron, TickSource } from './clockwork.ts';
import { deployed } from './functions.ts';
import { type Scene, violations } from './invariants.ts';
import { MemoryStream } from './memory-stream.ts';
import { OutsideWorld } from './outside.ts';
import { CALM, profileOf } from './profile.ts';
import { Rows } from './rows.ts';
import { SqsSource } from './sqs-source.ts';
import { StreamSource } from './stream-source.ts';
import { Witness } from './witness.ts';
import { BUSY_MS, type Day, KILLER, SETTING_UP_MS, SPARED, Workload } from './workload.ts';
import { type CrashPoint, START, type Tally, World } from './world.ts';

const MINUTE = 60_000;
/** Longest that a world is given to come to rest. */
const REST_MS = 90 * MINUTE;
/** Longest that repair may take: lost messages are sent again, with patience, and notifications tried again. */
const RECOVERY_MS = 40 * MINUTE;
/** The short day. */
const SHORT_MS = 2.5 * MINUTE;
/** After the last of it, for what is only looked at now and then: deleted jobs, the audit's quiet. */
const AFTER_MS = 18 * MINUTE;

export interface Outcome {
  readonly seed: number;
  readonly violations: readonly string[];
  readonly trace: readonly string[];
  readonly hash: string;
  readonly tally: Tally;
  readonly runs: number;
  /** From the end of the faults to the end of the last run; milliseconds. */
  readonly recoveryMs: number;
  /** Calls that each function made until the last run had ended. */
  readonly calls: Readonly<Record<string, number>>;
  /** What came of the spared tenant. */
  readonly spared: string;
}

export interface SimulateOptions {
  /**
   * The seed's day without its faults.
   *
   * @default with them
   */
  readonly calm?: boolean;
  /** @default `long` */
  readonly day?: Day;
  /** @default none */
  readonly crashPoint?: CrashPoint;
}

/** Lives through the day of a seed, lets the world come to rest, and looks at what came of it. */
export async function simulate(
  seed: number,
  { calm = false, day = 'long', crashPoint }: SimulateOptions = {},
): Promise<Outcome> {
  const today = calm ? CALM : profileOf(randomOf(seed * 7 + 6), BUSY_MS);
  const world = new World({
    seed,
    profile: today,
    spared: day === 'short' ? [] : SPARED,
    ...(crashPoint && { crashPoint }),
  });
  const scene = populated(world, day);
  const busyMs = day === 'short' ? SHORT_MS : BUSY_MS;
  await world.live(START + SETTING_UP_MS);
  world.storm();
  await world.live(START + busyMs);
  world.calm();
  const calmAt = world.now;
  await world.live(calmAt + REST_MS, () => isRecovered(scene));
  const recoveryMs = world.now - calmAt;
  const { calls } = world;
  // Messages that somebody died with come again, too late, instead of an hour later.
  for (const queue of world.queues.values()) queue.showAll(world.now);
  await world.live(world.now + REST_MS, () => isAtRest(scene));
  await world.live(world.now + AFTER_MS);
  const late = recoveryMs > RECOVERY_MS ? [`it took ${recoveryMs / MINUTE} minutes to recover`] : [];
  const found = [...late, ...(await looked(scene))];
  return {
    seed,
    violations: found,
    trace: world.trace.lines,
    hash: world.trace.hash,
    tally: world.tally,
    runs: scene.witness.endings.size,
    recoveryMs,
    calls,
    spared: storyOf(scene, SPARED[0] ?? ''),
  };
}

/** A world with all of the platform in it, and those who use it. */
function populated(world: World, day: Day): Scene & { readonly sources: readonly StreamSource[] } {
  const rows = new Rows(world);
  const outside = new OutsideWorld(world, rows);
  const { handlers, platform: bare } = deployed(outside);
  const platform = { ...bare, objects: createObjects(new S3Client({}), 'files') };
  world.deploy(handlers);
  const [jobs, runs] = [new MemoryStream('Jobs'), new MemoryStream('Runs')];
  const workload = new Workload(world, platform, rows, day);
  const mayOverlap = new Map(workload.jobs.map((job) => [`${job.tenant} ${job.id}`, job.overlapPolicy === 'allow']));
  const witness = new Witness(
    ({ tenant, jobId }) => mayOverlap.get(`${tenant} ${jobId}`) ?? false,
    () => world.now,
  );
  world.watchers.push(witness.see, (change) => {
    if (change.table === 'Jobs') jobs.append(change, world.now);
    if (change.table === 'Runs') runs.append(change, world.now);
  });
  const sources = [
    new StreamSource(world, runs, { fn: 'counters', batchSize: 50, filter: STREAM_FILTERS.runsToCounters }),
    new StreamSource(world, jobs, { fn: 'counters', batchSize: 50, filter: STREAM_FILTERS.jobsToCounters }),
    new StreamSource(world, runs, { fn: 'notifier', batchSize: 50, filter: STREAM_FILTERS.runsToNotifier }),
    new StreamSource(world, jobs, {
      fn: 'registrar',
      batchSize: 25,
      filter: STREAM_FILTERS.jobsToRegistrar,
      givesUp: { retries: 5, to: 'registrations-dead-letters' },
    }),
  ];
  world.add(
    workload,
    new TickSource(world),
    new SweeperCron(world),
    new PoisonSource(world),
    ...sources,
    new SqsSource(world, { queue: 'ticks', fn: 'dispatcher', concurrency: 4 }),
    new SqsSource(world, { queue: 'runs', fn: 'worker', concurrency: 20, killers: [KILLER] }),
    new SqsSource(world, { queue: 'notifications', fn: 'deliverer', concurrency: 4 }),
    new SqsSource(world, { queue: 'ticks-dead-letters', fn: 'dead-ticks', concurrency: 2 }),
    new SqsSource(world, { queue: 'runs-dead-letters', fn: 'dead-runs', concurrency: 2 }),
    new SqsSource(world, { queue: 'notifications-dead-letters', fn: 'dead-notifications', concurrency: 2 }),
    new SqsSource(world, { queue: 'registrations-dead-letters', fn: 'dead-registrations', concurrency: 1 }),
  );
  return { world, rows, witness, outside, workload, platform, sources };
}

/** Whether every run has ended, and who wants to know of it does. */
function isRecovered({ witness, workload, sources }: ReturnType<typeof populated>): boolean {
  if (witness.open.size > 0 || witness.pending.size > 0 || !workload.isDone) return false;
  return sources.every((source) => source.isDone);
}

/** Whether there is nothing more to come. */
function isAtRest(scene: ReturnType<typeof populated>): boolean {
  const { world, sources } = scene;
  if (world.underWay > 0 || !isRecovered(scene)) return false;
  return sources.every((source) => source.isDone) && [...world.queues.values()].every(({ size }) => size === 0);
}

/** Looks from within the world, by its clock. */
function looked(scene: Scene): Promise<readonly string[]> {
  const { world } = scene;
  return new Promise((resolve, reject) => {
    world.run(
      'api',
      'look',
      undefined,
      () => violations(scene),
      (ended) => {
        if (ended.kind === 'returned') resolve(ended.value as readonly string[]);
        else reject(ended.kind === 'threw' ? ended.error : new Error('the look at the world died'));
      },
    );
    world.live(world.now + 1_000_000, () => world.underWay === 0).catch(reject);
  });
}

/** What came of a tenant's ticks and triggers. */
function storyOf({ rows }: Scene, tenant: string): string {
  const runs = rows.runs().filter((run) => run.tenant === tenant);
  const lines = runs.map(({ jobId, number, state, scheduledAt, attempt, itemsProcessed, failure }) =>
    [jobId, number, scheduledAt ?? '-', state, attempt, itemsProcessed, failure?.message ?? ''].join(' '),
  );
  const skipped = rows.skipped().filter(({ pk }) => pk.startsWith(`${tenant}#`));
  return [...lines, ...skipped.map(({ pk, scheduledAt, reason }) => `${pk} ${scheduledAt} ${reason}`)]
    .sort()
    .join('\n');
}
