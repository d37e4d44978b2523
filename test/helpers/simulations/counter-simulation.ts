import { type Counter, CURRENT_PREFIX, REBUILT_PREFIX } from '../../../functions/core/domain/counters.ts';
import type { Job } from '../../../functions/core/domain/job.ts';
import { isTerminal, type Run } from '../../../functions/core/domain/run.ts';
import { STORED_BYTES } from '../../../functions/core/domain/run-counts.ts';
import type { TenantId } from '../../../functions/core/domain/tenant.ts';
import { RUN_CREATION_GRACE_MS } from '../../../functions/core/domain/timing.ts';
import { aggregate, createHeadCache, type HeadCache } from '../../../functions/core/engine/counters/aggregate.ts';
import { toCounterChanges } from '../../../functions/core/engine/counters/counter-changes.ts';
import { advanceRebuild, beginRebuild } from '../../../functions/core/engine/reconciliation/advance-rebuild.ts';
import {
  reconcileTenant,
  type TenantReconciliation,
} from '../../../functions/core/engine/reconciliation/reconcile-tenant.ts';
import { type RecountResult, recount } from '../../../functions/core/engine/reconciliation/recount.ts';
import { acknowledgeRun, unacknowledgeRun } from '../../../functions/core/store/acknowledgements.ts';
import { listCounters } from '../../../functions/core/store/counters.ts';
import { removeMany, update } from '../../../functions/core/store/db.ts';
import { createJob, deleteJob } from '../../../functions/core/store/jobs.ts';
import { counterKey, runKey } from '../../../functions/core/store/keys.ts';
import { getLimits } from '../../../functions/core/store/limits.ts';
import { getRebuild } from '../../../functions/core/store/rebuilds.ts';
import {
  cancelQueued,
  claimRun,
  finishRun,
  getRun,
  putRun,
  renewLease,
  requestStop,
  retryRun,
} from '../../../functions/core/store/runs.ts';
import type { LambdaStreamRecord } from '../../../lib/local/event-sources/stream-event.ts';
import { endedRun } from '../builders/ended-run.ts';
import { aJob, newTenant } from '../builders/jobs.ts';
import { Crash, type Faults, faultyDb } from '../fakes/faulty-db.ts';
import { type StreamTap, tappedDb } from '../fakes/memory-db.ts';
import { type TestPlatform, testPlatform } from '../fakes/platform.ts';
import { seededRandom } from '../seeded-random.ts';

/**
 * Maximum time between the read of the tenant's limits and the write of the run's row: the longest timeout of a
 * function that starts runs.
 */
const START_MS = 55_000;
const MINUTE = 60_000;
const SLOW_MS = RUN_CREATION_GRACE_MS + MINUTE;
const LEASE_MS = 60_000;
const RETENTION_DAYS = 30;

/** Guards that are disabled, to show that their absence is noticed. */
export interface DisabledGuards {
  /** Starts take longer than a rebuild waits for them. */
  readonly slowStarts?: boolean;
  /** Counters are corrected before their fence records have arrived. */
  readonly noFences?: boolean;
  /** The aggregator does not check that its watermark is unchanged. */
  readonly noWatermark?: boolean;
}

interface Shard {
  readonly name: string;
  readonly records: LambdaStreamRecord[];
  /** Number of processed records. */
  at: number;
  readonly parent: Shard | undefined;
}

interface Start {
  readonly job: Job;
  readonly generation: number;
  readonly readAt: number;
}

/**
 * A deterministic simulation of one tenant's counters. Jobs run, are deleted and purged; the shards of two streams
 * deliver their changes late and repeatedly to the aggregator; counters are rebuilt meanwhile. The seed determines the
 * order. All steps run the production code.
 */
export class CounterSimulation {
  readonly platform: TestPlatform;
  readonly tenant: TenantId = newTenant();
  readonly random: () => number;
  readonly #taps: readonly StreamTap[];
  readonly #mutation: DisabledGuards;
  readonly #jobs: Job[] = [];
  readonly #runs: Run[] = [];
  readonly #starts: Start[] = [];
  /** The open shard of the Jobs stream, followed by two of the Runs stream. */
  readonly #open: Shard[];
  readonly #shards: Shard[];
  /** The caches of two execution environments: each becomes outdated while the other one processes batches. */
  readonly #environments: readonly HeadCache[];
  #made = 0;

  private constructor({ db, taps }: ReturnType<typeof tappedDb>, seed: number, mutation: DisabledGuards) {
    this.platform = testPlatform(db);
    this.random = seededRandom(seed);
    this.#taps = taps;
    this.#mutation = mutation;
    this.#open = ['jobs', 'runs-0', 'runs-1'].map((name) => ({ name, records: [], at: 0, parent: undefined }));
    this.#shards = [...this.#open];
    this.#environments = [0, 1].map(() => createHeadCache(this.platform.now));
  }

  static async start(seed: number, mutation: DisabledGuards = {}): Promise<CounterSimulation> {
    const world = new CounterSimulation(tappedDb(['jobs', 'runs']), seed, mutation);
    for (let i = 0; i < 3; i++) await world.#makeJob();
    return world;
  }

  /** Performs `steps` random steps. */
  async runSteps(steps: number): Promise<void> {
    for (let step = 0; step < steps; step++) await this.#happen();
  }

  /** Adds a wrong number to a counter. */
  async corrupt(): Promise<void> {
    const job = this.#pick(this.#jobs);
    const counters: Counter[] = [
      { kind: 'tenant' },
      ...(job ? [{ kind: 'job', jobId: job.id, incarnation: job.incarnation } as const] : []),
      ...(job?.integrationId ? [{ kind: 'integration', integrationId: job.integrationId } as const] : []),
    ];
    const { db } = this.platform;
    for (const counter of counters) {
      const state = this.#pick(['queued', 'running', 'completed', 'failed', 'acknowledged', STORED_BYTES]) ?? 'queued';
      const add = { [CURRENT_PREFIX + state]: 1 + this.#below(5) };
      await update(db, db.tables.counters, counterKey(this.tenant, counter), { add });
    }
  }

  /** Random traffic for a time. The streams lag behind by at most a minute. */
  async runTraffic(ms: number): Promise<void> {
    let delivered = this.platform.now();
    for (const until = this.platform.now() + ms; this.platform.now() < until; ) {
      const dice = this.random();
      if (dice < 0.3) await this.#beginStart();
      else if (dice < 0.5) await this.#makeRow();
      else if (dice < 0.85) await this.#changeRun();
      else if (dice < 0.86) await this.#purgeRun();
      else if (dice < 0.95) await this.#deliver();
      else if (dice < 0.96) await this.#makeJob();
      else await this.#pass(this.#below(MINUTE / 4));
      await this.#pass(this.#below(MINUTE / 6));
      if (this.platform.now() - delivered < MINUTE / 2) continue;
      await this.#deliverAll();
      delivered = this.platform.now();
    }
  }

  /** Reconciles the counters under traffic. */
  async reconcile(): Promise<TenantReconciliation> {
    const meanwhile = () => this.runTraffic(this.#below(2_000));
    const db = faultyDb(this.platform.db, { after: { command: 'QueryCommand', meanwhile } });
    const pause = (ms: number) => this.runTraffic(ms);
    return reconcileTenant({ ...this.platform, db }, this.tenant, () => true, pause);
  }

  async beginRebuild(): Promise<void> {
    await beginRebuild(this.platform, this.tenant);
  }

  /** Completes all starts, deliveries and the rebuild. */
  async finish(): Promise<void> {
    while (this.#starts.length > 0) await this.#makeRow(0);
    for (let turn = 0; turn < 50; turn++) {
      await this.#deliverAll();
      const progress = await advanceRebuild(this.platform, this.tenant, () => true);
      await this.#forgeFences();
      if (progress.kind === 'done') break;
      if (turn === 49) throw new Error(`the rebuild did not end: ${JSON.stringify(progress)}`);
      this.platform.advance(progress.kind === 'waiting' ? progress.until - this.platform.now() : MINUTE);
    }
    await this.#deliverAll();
    this.platform.advance(10 * MINUTE);
  }

  /** Compares the counters with the rows. Call it only after `rest`. */
  async recount(): Promise<RecountResult> {
    return recount(this.platform, this.tenant, () => true);
  }

  /** Returns the number of counters. */
  async counters(): Promise<number> {
    return (await listCounters(this.platform.db, this.tenant)).length;
  }

  async isRebuilding(): Promise<boolean> {
    return (await getRebuild(this.platform.db, this.tenant)) !== undefined;
  }

  /** Performs one step of the rebuild, which may crash. */
  async #stepRebuild(): Promise<void> {
    let checks = 1 + this.#below(6);
    const faults: Faults = this.#chance(0.3)
      ? { crashAtCall: 1 + this.#below(30), answerIsLost: this.#chance(0.5) }
      : {};
    const platform = { ...this.platform, db: faultyDb(this.platform.db, faults) };
    await unlessCrashed(() => advanceRebuild(platform, this.tenant, () => checks-- > 0));
    await this.#forgeFences();
  }

  async #happen(): Promise<void> {
    const dice = this.random();
    if (dice < 0.12) await this.#beginStart();
    else if (dice < 0.24) await this.#makeRow();
    else if (dice < 0.48) await this.#changeRun();
    else if (dice < 0.55) await this.#purgeRun();
    else if (dice < 0.75) await this.#deliver();
    else if (dice < 0.89) await this.#stepRebuild();
    else if (dice < 0.97) await this.#pass(this.#below(2 * MINUTE));
    else if (dice < 0.98) await this.#makeJob();
    else if (dice < 0.985) await this.#deleteJob();
    else await this.#split();
  }

  async #makeJob(): Promise<void> {
    const id = `job-${this.#made}`;
    const integrationId = this.#made % 2 === 0 ? 'shop' : null;
    const job = aJob({
      tenant: this.tenant,
      id,
      incarnation: `inc${String(this.#made++).padStart(5, '0')}`,
      integrationId,
    });
    await createJob(this.platform.db, job);
    this.#jobs.push(job);
  }

  async #deleteJob(): Promise<void> {
    const [job] = this.#jobs.length > 1 ? this.#jobs.splice(this.#below(this.#jobs.length), 1) : [];
    if (job) await deleteJob(this.platform.db, job, this.#iso());
  }

  async #beginStart(): Promise<void> {
    const job = this.#pick(this.#jobs);
    if (!job) return;
    const { generation } = await getLimits(this.platform.db, this.tenant, this.platform.defaultLimits);
    this.#starts.push({ job, generation, readAt: this.platform.now() });
  }

  /** Completes a start. With `slowStarts`, only a start that exceeds the rebuild's grace period. */
  async #makeRow(age = this.#mutation.slowStarts ? SLOW_MS : 0): Promise<void> {
    const ready = this.#starts.filter(({ readAt }) => this.platform.now() - readAt >= age);
    const start = this.#pick(ready);
    if (!start) return;
    this.#starts.splice(this.#starts.indexOf(start), 1);
    const { job, generation } = start;
    const run = endedRun(job, this.#runs.length, {
      ulid: this.platform.newUlid(this.platform.now()),
      state: 'queued',
      createdAt: this.#iso(),
      startedAt: null,
      finishedAt: null,
      attempt: 0,
      executionMs: null,
      exitCode: null,
      integrationId: job.integrationId,
      generation,
    });
    await putRun(this.platform.db, run);
    this.#runs.push(run);
  }

  async #changeRun(): Promise<void> {
    const { db } = this.platform;
    const seen = this.#pick(this.#runs);
    const run = seen && (await getRun(db, seen));
    if (run?.state === 'failed') return this.#acknowledge(run);
    if (!run || isTerminal(run.state)) return;
    const now = this.#iso();
    const until = new Date(this.platform.now() + LEASE_MS).toISOString();
    const purgeAt = new Date(this.platform.now() + RETENTION_DAYS * 24 * 60 * MINUTE).toISOString();
    if (run.state === 'queued') {
      if (this.#chance(0.2)) await cancelQueued(db, run, { canceledBy: 'somebody', finishedAt: now, purgeAt });
      else await claimRun(db, run, { token: `t${run.attempt}`, until }, now);
      return;
    }
    const lease = run.lease;
    if (!lease) throw new Error('a running run has no lease');
    const dice = this.random();
    if (dice < 0.15) await renewLease(db, run, { ...lease, until });
    else if (dice < 0.3) await requestStop(db, run, 'somebody');
    else if (dice < 0.4)
      await retryRun(db, run, lease, {
        attempt: {
          number: run.attempt,
          startedAt: run.startedAt,
          finishedAt: now,
          failure: { kind: 'error', message: 'no' },
          jobVersion: null,
          exitCode: 1,
          executionMs: 1,
          stdout: '',
          stderr: '',
          truncated: false,
        },
        dueAt: now,
        storedBytes: this.#below(1_000),
        computeMs: 1,
      });
    else {
      const state = this.#pick(['completed', 'completed', 'failed', 'canceled'] as const) ?? 'completed';
      const { failure, exitCode, stdout, stderr, stdoutParts, stderrParts, itemsProcessed, meta } = run;
      const storedBytes = this.#chance(0.5) ? this.#below(100_000) : 0;
      const rest = { failure, exitCode, stdout, stderr, stdoutParts, stderrParts, itemsProcessed, storedBytes, meta };
      await finishRun(db, run, lease, { ...rest, state, finishedAt: now, purgeAt, executionMs: this.#below(5_000) });
    }
  }

  /** Acknowledges a failure, removes its acknowledgement, or acknowledges it again. */
  async #acknowledge(run: Run): Promise<void> {
    const { db } = this.platform;
    if (run.acknowledged && this.#chance(0.7)) await unacknowledgeRun(db, run);
    else await acknowledgeRun(db, run, { at: this.#iso(), by: 'somebody', note: null });
  }

  async #purgeRun(): Promise<void> {
    const { db } = this.platform;
    const seen = this.#pick(this.#runs);
    const run = seen && (await getRun(db, seen));
    if (run && isTerminal(run.state)) await removeMany(db, db.tables.runs, [runKey(run)]);
  }

  /** Advances the clock and completes the starts that would exceed the timeout. */
  async #pass(ms: number): Promise<void> {
    this.platform.advance(ms);
    if (this.#mutation.slowStarts) return;
    const late = () => this.#starts.some(({ readAt }) => this.platform.now() - readAt > START_MS);
    // The rows count as written within the timeout: only the order of the events matters here.
    while (late()) await this.#makeRow();
  }

  /** Splits a shard: later changes go to its child. */
  async #split(): Promise<void> {
    await this.#pull();
    const i = this.#below(this.#open.length);
    const parent = this.#open[i] as Shard;
    const child: Shard = { name: `${parent.name}'`, records: [], at: 0, parent };
    this.#open[i] = child;
    this.#shards.push(child);
  }

  async #pull(): Promise<void> {
    for (const record of (await Promise.all(this.#taps.map((tap) => tap.take()))).flat()) {
      const pk = record.dynamodb.Keys?.pk?.S ?? '';
      const sk = record.dynamodb.Keys?.sk?.S ?? '';
      // Follows the filters of the event source mappings.
      if (!/^(R|FENCE|DEF|REG)#/.test(sk) || record.dynamodb.NewImage?.beat) continue;
      if (pk === this.tenant) this.#open[0]?.records.push(record);
      else if (pk.startsWith(`${this.tenant}#`))
        this.#open[1 + ((pk.length + pk.charCodeAt(pk.length - 1)) % 2)]?.records.push(record);
    }
  }

  /** Delivers one batch of a shard whose parent is processed, possibly a repeated one. The function may crash. */
  async #deliver(): Promise<void> {
    await this.#pull();
    const ready = this.#shards.filter(({ parent, at, records }) => isDone(parent) && at < records.length);
    const shard = this.#pick(ready);
    if (!shard) return;
    const again = this.#chance(0.15);
    const from = again ? this.#below(shard.at + 1) : shard.at;
    const batch = shard.records.slice(from, from + 1 + this.#below(12));
    const meanwhile = async () => {
      if (this.#chance(0.5)) await this.#stepRebuild();
      // A zombie of an earlier invocation, or a redelivered batch.
      if (this.#chance(0.3)) await this.#take(shard, shard.records.slice(from, from + 4), {});
    };
    const taken = await this.#take(shard, batch, {
      ...(this.#chance(0.25) && { crashAtCall: 1 + this.#below(6), answerIsLost: this.#chance(0.5) }),
      ...(this.#chance(0.3) && { after: { command: 'BatchGetItemCommand', meanwhile } }),
    });
    if (taken && !again) shard.at += batch.length;
  }

  async #take(shard: Shard, batch: readonly LambdaStreamRecord[], faults: Faults): Promise<boolean> {
    const db = faultyDb(this.platform.db, { ...faults, rewrite: (input) => this.#withoutGuards(input) });
    const changes = batch.flatMap((record) => toCounterChanges(record));
    const platform = { db, now: this.platform.now };
    const heads = this.#pick(this.#environments);
    return (await unlessCrashed(() => aggregate(platform, shard.name, changes, heads))) !== 'crashed';
  }

  #withoutGuards(input: Record<string, unknown>): Record<string, unknown> {
    const condition = input.ConditionExpression;
    if (!this.#mutation.noWatermark || typeof condition !== 'string') return input;
    // The condition is `(watermark before the batch) AND (rebuild unchanged)`; makes its first part always true.
    const [watermark = '', ...rest] = condition.split(' AND ');
    const always = `(${watermark} OR NOT ${watermark})`;
    return { ...input, ConditionExpression: [always, ...rest].join(' AND ') };
  }

  async #deliverAll(): Promise<void> {
    await this.#pull();
    for (let open = this.#shards; open.length > 0; open = this.#shards.filter((shard) => !isDone(shard))) {
      for (const shard of open.filter(({ parent }) => isDone(parent))) {
        await this.#take(shard, shard.records.slice(shard.at, shard.at + 100), {});
        shard.at += Math.min(100, shard.records.length - shard.at);
      }
    }
  }

  async #forgeFences(): Promise<void> {
    const { db } = this.platform;
    const rebuild = this.#mutation.noFences ? await getRebuild(db, this.tenant) : undefined;
    if (!rebuild) return;
    for (const { counter, values } of await listCounters(db, this.tenant)) {
      const fences = counter.kind === 'job' ? 1 : rebuild.markers;
      if (values.rebuild?.generation !== rebuild.generation) continue;
      const set = { [`${REBUILT_PREFIX}fences`]: fences };
      await update(db, db.tables.counters, counterKey(this.tenant, counter), { set });
    }
  }

  #iso(): string {
    return new Date(this.platform.now()).toISOString();
  }

  #below(n: number): number {
    return Math.floor(this.random() * n);
  }

  #chance(probability: number): boolean {
    return this.random() < probability;
  }

  #pick<T>(list: readonly T[]): T | undefined {
    return list[this.#below(list.length)];
  }
}

const isDone = (shard: Shard | undefined): boolean =>
  shard === undefined || (shard.at >= shard.records.length && isDone(shard.parent));

async function unlessCrashed<T>(work: () => Promise<T>): Promise<T | 'crashed'> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof Crash) return 'crashed';
    throw error;
  }
}
