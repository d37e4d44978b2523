import './environment.ts';
import { planDependencies } from '../../../functions/api/definition/dependencies.ts';
import type { UpstreamEnd } from '../../../functions/core/domain/after.ts';
import { JobdeckError } from '../../../functions/core/domain/errors.ts';
import type { Flow } from '../../../functions/core/domain/flow/flow.ts';
import type { Sink } from '../../../functions/core/domain/flow/sink.ts';
import type { Source } from '../../../functions/core/domain/flow/source.ts';
import type { Job } from '../../../functions/core/domain/job.ts';
import { FLOW_RETRY } from '../../../functions/core/domain/retry.ts';
import { isTerminal, type Run } from '../../../functions/core/domain/run.ts';
import { isDelayed } from '../../../functions/core/domain/run-counts.ts';
import { NO_OPTIONS, type TriggerRequest } from '../../../functions/core/domain/run-input.ts';
import { PRIORITIES } from '../../../functions/core/domain/run-priority.ts';
import { parseTenantId, type TenantId } from '../../../functions/core/domain/tenant.ts';
import { acknowledgeFailure } from '../../../functions/core/engine/failures/acknowledge-run.ts';
import { JobRedriver } from '../../../functions/core/engine/failures/redrive-job.ts';
import { cancelJob, cancelRun } from '../../../functions/core/engine/finalize/cancel-run.ts';
import { restartRun } from '../../../functions/core/engine/flow/restart/restart-run.ts';
import { stopFlow } from '../../../functions/core/engine/flow/stop/stop-flow.ts';
import { moveRun, sendIfNear } from '../../../functions/core/engine/start/delay-run.ts';
import { triggerJob } from '../../../functions/core/engine/start/trigger-job.ts';
import type { Objects } from '../../../functions/core/platform/objects.ts';
import type { Platform } from '../../../functions/core/platform/platform.ts';
import { createJob, deleteJob, getJob, replaceJob } from '../../../functions/core/store/jobs.ts';
import { putLimits } from '../../../functions/core/store/limits.ts';
import { aFlow } from '../../helpers/builders/flows.ts';
import { aJob } from '../../helpers/builders/jobs.ts';
import { seededRandom } from '../../helpers/seeded-random.ts';
import { SimulatedIssuer } from './simulated-issuer.ts';
import { type EventSource, type PendingEvent, type Simulator, START } from './simulator.ts';
import type { TableReader } from './table-reader.ts';

const MINUTE = 60_000;

export const TENANTS = ['acme', 'bolt', 'calm'].map((id) => parseTenantId(id) as TenantId);
/** Tenants that no fault hits. Their runs must not depend on the other tenants. */
export const CONTROL_TENANTS = ['calm'];

/** Period of schedules and user actions. */
export const ACTIVE_MS = 7 * MINUTE;
/** Period at the start in which jobs are defined and registered without faults. */
export const SETUP_MS = 20_000;

/** Job whose script starts runs, and the job of the first of them. */
export const [CALLING_JOB, CALLED_JOB] = ['caller', 'callee'];

/** Number of records that a run of each flow reads. */
export const RECORDS_PER_RUN: Readonly<Record<string, number>> = { flow: 45, fickle: 14, count: 24 };

/** `long`: random actions by seed. `short`: a fixed sequence that covers every function. */
export type Scenario = 'long' | 'short';

/** Job of the short scenario whose messages crash every worker. */
export const POISON_PILL_JOB = 'killer';

interface PlannedAction {
  readonly at: number;
  readonly what: string;
  readonly tenant: TenantId;
  readonly code: () => Promise<unknown>;
  tries: number;
}

/** @returns whether the token could not be verified because of an outage or a key rotation; the client retries */
const isForNow = ({ code }: JobdeckError): boolean => code.startsWith('auth.');

/** The run that a trigger with an idempotency key returned. */
export interface KeyedTrigger {
  readonly tenant: string;
  readonly jobId: string;
  readonly key: string;
  readonly ulid: string;
  readonly incarnation: string;
}

/** The users of the platform: they define, trigger, cancel, stop, change, delete and redrive jobs. */
export class Workload implements EventSource {
  /** All incarnations of all jobs. */
  readonly jobs: Job[] = [];
  /** Ids of jobs that were changed or deleted. */
  readonly changedJobs = new Set<string>();
  readonly keyedTriggers: KeyedTrigger[] = [];
  readonly scenario: Scenario;
  readonly issuer: SimulatedIssuer;
  readonly #restarted = new Set<string>();
  readonly #simulator: Simulator;
  readonly #platform: Platform & { readonly objects: Objects };
  readonly #tables: TableReader;
  readonly #random: () => number;
  readonly #todo: PlannedAction[] = [];
  #keys = 0;
  #incarnations = 0;
  #busy = 0;

  constructor(
    simulator: Simulator,
    platform: Platform & { readonly objects: Objects },
    tables: TableReader,
    day: Scenario,
  ) {
    this.#simulator = simulator;
    this.#platform = platform;
    this.#tables = tables;
    this.#random = seededRandom(simulator.seed * 7 + 5);
    this.scenario = day;
    this.issuer = new SimulatedIssuer(simulator);
    if (day === 'short') this.#haveShortDay();
    else this.#haveLongDay();
    this.#todo.sort((a, b) => a.at - b.at);
  }

  #haveLongDay(): void {
    this.#setUp();
    this.#useCalm();
    const uses = 10 + this.#below(14);
    for (let use = 0; use < uses; use++) this.#use(SETUP_MS + this.#below(ACTIVE_MS - SETUP_MS));
  }

  #haveShortDay(): void {
    const acme = TENANTS[0] as TenantId;
    const retry = { attempts: 2, backoff: 'fixed', delaySeconds: 4, maxDelaySeconds: 4 } as const;
    const notified = {
      onFailure: 'https://hooks.test/failure',
      onSuccess: 'https://hooks.test/success',
      onLate: 'https://hooks.test/late',
      startGraceSeconds: 20,
      finishGraceSeconds: 60,
    };
    const manual = { schedule: null };
    const plan = (at: number, what: string, code: () => Promise<unknown>) =>
      this.#plan({ at: at * 1_000, what, tenant: acme, code, tries: 9 });
    plan(0, 'limits concurrent runs to 1', () => putLimits(this.#platform.db, acme, { concurrentRuns: 2 }));
    this.#define(acme, {
      id: 'skip',
      retry,
      endAt: new Date(START + 2 * MINUTE).toISOString(),
      integrationId: 'shop',
      ...notified,
    });
    this.#define(acme, { ...manual, id: 'single', overlapPolicy: 'queue' });
    this.#define(acme, { ...manual, id: 'long-replace', overlapPolicy: 'replace' });
    this.#define(acme, { ...manual, id: POISON_PILL_JOB, overlapPolicy: 'allow', ...notified });
    this.#define(acme, { id: 'fleeting', schedule: 'rate(1 hour)' });
    this.#defineFlow(acme, { ...manual, id: 'flow', overlapPolicy: 'queue', integrationId: 'shop' });
    this.#defineFlow(acme, { ...manual, id: 'fickle', overlapPolicy: 'allow' });
    plan(21, 'triggers single', () => this.#trigger(acme, 'single', 'a'));
    plan(22, 'triggers single again', () => this.#trigger(acme, 'single', 'a'));
    plan(23, 'triggers single once more', () => this.#trigger(acme, 'single', 'b'));
    plan(24, 'triggers long-replace', () => this.#trigger(acme, 'long-replace', 'a'));
    plan(26, 'triggers long-replace again', () => this.#trigger(acme, 'long-replace', 'b'));
    plan(28, 'delays single', () => this.#delay(acme, 'single', 'later', 30));
    plan(29, 'delays long-replace', () => this.#delay(acme, 'long-replace', 'later', 300));
    plan(35, 'moves a run', () => this.#move(acme, 0.99, 25));
    plan(40, 'triggers flow', () => this.#trigger(acme, 'flow', 'a'));
    plan(62, 'triggers fickle', () => this.#trigger(acme, 'fickle', 'a'));
    plan(63, 'stops fickle', () => this.#stop(acme, 0.99, 'checkpoint'));
    plan(70, 'triggers killer', () => this.#trigger(acme, POISON_PILL_JOB, 'a'));
    plan(71, 'triggers flow', () => this.#trigger(acme, 'flow', 'b'));
    plan(72, 'cancels a run', () => this.#cancel(acme, 0));
    this.changedJobs.add(`${acme} fleeting`);
    const fleeting = this.jobs.find(({ id }) => id === 'fleeting');
    plan(80, 'triggers fleeting', () => this.#trigger(acme, 'fleeting', 'a'));
    plan(82, 'deletes fleeting', () => this.#delete(acme, 'fleeting'));
    if (fleeting) this.#define(acme, { ...fleeting, incarnation: this.#incarnation() }, 95_000);
    plan(130, 'redrives', () => this.#redrive(acme, 0.5));
  }

  get isDone(): boolean {
    return this.#todo.length === 0 && this.#busy === 0;
  }

  ready(now: number): readonly PendingEvent[] {
    const [next] = this.#todo;
    return next && START + next.at <= now ? [{ what: 'use', run: () => this.#do(next) }] : [];
  }

  next(): number | undefined {
    const [next] = this.#todo;
    return next && START + next.at;
  }

  #do(doing: PlannedAction): void {
    this.#todo.splice(this.#todo.indexOf(doing), 1);
    this.#busy++;
    const code = () => this.issuer.handle(doing.tenant, doing.code);
    this.#simulator.run('api', doing.what, doing.tenant, code, (ended) => {
      this.#busy--;
      const refused = ended.kind === 'threw' && ended.error instanceof JobdeckError && !isForNow(ended.error);
      if (ended.kind === 'returned' || refused || doing.tries === 0) return;
      // The client received a 5xx response or none, and retries.
      const at = this.#simulator.now - START + 1_000 + this.#below(20_000);
      this.#plan({ ...doing, at, tries: doing.tries - 1 });
    });
  }

  #plan(doing: PlannedAction): void {
    const before = this.#todo.findIndex(({ at }) => at > doing.at);
    this.#todo.splice(before < 0 ? this.#todo.length : before, 0, doing);
  }

  #setUp(): void {
    const [acme, bolt, calm] = TENANTS as [TenantId, TenantId, TenantId];
    const retry = { attempts: 3, backoff: 'fixed', delaySeconds: 30, maxDelaySeconds: 30 } as const;
    const notified = {
      onFailure: 'https://hooks.test/failure',
      onSuccess: 'https://hooks.test/success',
      onLate: 'https://hooks.test/late',
      startGraceSeconds: 20,
      finishGraceSeconds: 60,
    };
    const manual = { schedule: null };
    for (const tenant of [acme, bolt]) {
      this.#define(tenant, { id: 'skip', overlapPolicy: 'skip', ...notified, integrationId: 'shop' });
      this.#define(tenant, { id: 'long-queue', overlapPolicy: 'queue', retry });
      this.#define(tenant, {
        id: 'allow',
        overlapPolicy: 'allow',
        schedule: '*/2 * * * *',
        jitterSeconds: 30,
        ...notified,
      });
      this.#define(tenant, { id: 'long-replace', overlapPolicy: 'replace', timeoutMs: 90_000 });
      this.#define(tenant, {
        id: 'fleeting',
        overlapPolicy: 'queue',
        schedule: 'rate(2 minutes)',
        integrationId: 'shop',
      });
      this.#define(tenant, { ...manual, id: 'manual', overlapPolicy: 'allow', retry, ...notified });
      this.#define(tenant, { ...manual, id: 'single', overlapPolicy: 'queue' });
      this.#defineFlow(tenant, { id: 'flow', schedule: '*/3 * * * *', overlapPolicy: 'queue', integrationId: 'shop' });
      this.#defineFlow(tenant, { ...manual, id: 'fickle', overlapPolicy: 'allow', ...notified });
      this.#defineChain(tenant);
    }
    this.#define(calm, { id: 'beat', overlapPolicy: 'skip', ...notified });
    this.#define(calm, { ...manual, id: 'manual', overlapPolicy: 'queue', integrationId: 'shop' });
    this.#defineFlow(calm, { ...manual, id: 'count', overlapPolicy: 'queue' });
    if (this.#random() < 0.5) {
      const concurrentRuns = 2 + this.#below(3);
      const code = () => putLimits(this.#platform.db, bolt, { concurrentRuns, concurrentTasks: 2 });
      this.#plan({ at: 1, what: `${bolt} limits concurrent runs to ${concurrentRuns}`, tenant: bolt, code, tries: 9 });
    }
  }

  /** Defines jobs that start after others, and one whose script starts others. */
  #defineChain(tenant: TenantId): void {
    const retry = { attempts: 3, backoff: 'fixed', delaySeconds: 15, maxDelaySeconds: 15 } as const;
    const after = (...jobs: (readonly [job: string, on: UpstreamEnd])[]) => ({
      schedule: null,
      after: { jobs: jobs.map(([job, on]) => ({ job, on })), mode: 'all' as const, withinSeconds: null },
    });
    this.#define(tenant, { id: 'first', overlapPolicy: 'allow', schedule: '*/2 * * * *', retry });
    this.#define(tenant, { id: CALLING_JOB, overlapPolicy: 'allow', schedule: null, retry });
    this.#define(tenant, { id: CALLED_JOB, overlapPolicy: 'queue', schedule: null });
    // After the jobs that they name, and one after another, because each definition requires the dependencies as read.
    this.#define(tenant, { id: 'second', overlapPolicy: 'queue', ...after(['first', 'success']) }, 2_000);
    this.#define(tenant, { id: 'mended', overlapPolicy: 'allow', ...after(['first', 'failure']) }, 3_000);
    this.#define(tenant, { id: 'collect', overlapPolicy: 'allow', ...after([CALLED_JOB, 'end']) }, 4_000);
    const both = after(['first', 'end'], ['second', 'end']);
    this.#define(tenant, { id: 'joined', overlapPolicy: 'skip', retry, ...both }, 5_000);
    this.#define(tenant, { id: 'last', overlapPolicy: 'replace', ...after(['joined', 'success']) }, 6_000);
  }

  #define(tenant: TenantId, overrides: Partial<Job>, at = 1): void {
    const incarnation = `s${this.#simulator.seed}i${this.#incarnations++}`.padEnd(6, '0').slice(0, 12);
    const iso = (time: number) => new Date(time).toISOString();
    const job = aJob({
      tenant,
      incarnation,
      createdAt: iso(START),
      updatedAt: iso(START),
      endAt: overrides.schedule === null ? null : iso(START + ACTIVE_MS),
      ...overrides,
      name: overrides.id ?? '',
    });
    this.jobs.push(job);
    const code = async () => {
      const { db } = this.#platform;
      const isCreated = await createJob(db, job, undefined, await planDependencies(db, job, null));
      if (!isCreated && !(await getJob(db, tenant, job.id))) throw new Error('the dependencies have changed');
    };
    this.#plan({ at, what: `define ${tenant} ${job.id}`, tenant, code, tries: 9 });
  }

  #defineFlow(tenant: TenantId, job: Partial<Job> & { readonly id: string }): void {
    const records = RECORDS_PER_RUN[job.id] ?? 0;
    const source: Source =
      job.id === 'fickle'
        ? {
            id: 'in',
            name: 'In',
            type: 'http',
            url: `https://x.test/${records / 2}`,
            headers: {},
            records: null,
            paging: { type: 'none' },
          }
        : { id: 'in', name: 'In', type: 'generate', count: records, rate: null, shape: { n: '{{index}}' }, seed: 1 };
    const web: Sink = {
      id: 'web',
      name: 'Web',
      type: 'http',
      url: 'https://y.test/',
      method: 'POST',
      headers: {},
      mode: 'batch',
      concurrency: 1,
    };
    const files: Sink = { id: 'files', name: 'Files', type: 's3', key: `${job.id}/{page}.ndjson`, format: 'ndjson' };
    const table: Sink = { id: 'rows', name: 'Rows', type: 'dynamodb', collection: job.id, key: null };
    const flow: Flow = aFlow({
      pageSize: 5,
      parallelism: 1 + this.#below(3),
      checkpoints: { everySeconds: 5, keep: 2 },
      sources: [source],
      sinks: [web, files, table],
    });
    this.#define(tenant, { target: { type: 'flow', flow }, timeoutMs: null, retry: FLOW_RETRY, ...job });
  }

  /** Plans the actions of the control tenant, which are the same for every seed. */
  #useCalm(): void {
    const calm = TENANTS[2] as TenantId;
    for (let n = 0; n < 4; n++) {
      const at = MINUTE * (1 + 1.25 * n);
      this.#plan({
        at,
        what: 'calm triggers manual',
        tenant: calm,
        code: () => this.#trigger(calm, 'manual', `calm-${n}`),
        tries: 9,
      });
      this.#plan({
        at: at + 7_000,
        what: 'calm triggers count',
        tenant: calm,
        code: () => this.#trigger(calm, 'count', `count-${n}`),
        tries: 9,
      });
    }
  }

  #use(at: number): void {
    const tenant = TENANTS[this.#below(2)] as TenantId;
    const dice = this.#random();
    const plan = (what: string, code: () => Promise<unknown>) =>
      this.#plan({ at, what: `${tenant} ${what}`, tenant, code, tries: 3 });
    if (dice < 0.12) {
      const [id, seconds] = [
        this.#pick(['manual', 'single', 'skip', 'long-replace', 'flow', 'fleeting']),
        this.#below(150),
      ];
      const key = this.#random() < 0.5 ? `later-${++this.#keys}` : undefined;
      plan(`delays ${id} by ${seconds} s`, () => this.#delay(tenant, id, key, seconds));
      const [nth, moved] = [this.#random(), this.#below(120) - 20];
      if (nth < 0.3) plan('moves a run', () => this.#move(tenant, nth / 0.3, moved));
    } else if (dice < 0.46) {
      const id = this.#pick([
        'manual',
        'manual',
        'single',
        'flow',
        'fickle',
        'fickle',
        'skip',
        'long-replace',
        'long-queue',
        'first',
        CALLING_JOB,
        CALLING_JOB,
        CALLING_JOB,
      ]);
      const priority = this.#random() < 0.4 ? this.#pick(PRIORITIES) : undefined;
      const request = priority && { ...NO_OPTIONS, priority };
      const key =
        this.#random() < 0.7 ? `key-${this.#random() < 0.3 ? this.#below(this.#keys + 1) : ++this.#keys}` : undefined;
      const what = `triggers ${id} (${key ?? 'no key'}${priority === undefined ? '' : `, priority ${priority}`})`;
      const times = key !== undefined && this.#random() < 0.4 ? 3 : 1;
      for (let time = 0; time < times; time++) plan(what, () => this.#trigger(tenant, id, key, request));
    } else if (dice < 0.62) {
      const nth = this.#random();
      plan('cancels a run', () => this.#cancel(tenant, nth));
    } else if (dice < 0.72) {
      const [nth, mode] = [this.#random(), this.#pick(['checkpoint', 'immediate', 'force'] as const)];
      plan(`stops a flow (${mode})`, () => this.#stop(tenant, nth, mode));
    } else if (dice < 0.78) {
      const [nth, parallelism] = [this.#random(), 1 + this.#below(3)];
      plan('restarts a flow', () => this.#restart(tenant, nth, parallelism));
    } else if (dice < 0.84) {
      const nth = this.#random();
      plan('redrives', () => this.#redrive(tenant, nth));
    } else if (dice < 0.91) {
      const change = this.#pick([{ enabled: false }, { schedule: '* * * * *' }, { schedule: null }, { name: 'other' }]);
      this.changedJobs.add(`${tenant} fleeting`);
      plan(`changes fleeting: ${JSON.stringify(change)}`, () => this.#change(tenant, 'fleeting', change));
    } else {
      const id = this.#pick(['fleeting', 'single', 'long-replace']);
      this.changedJobs.add(`${tenant} ${id}`);
      plan(`deletes ${id}`, () => this.#delete(tenant, id));
      const before = this.jobs.find((job) => job.tenant === tenant && job.id === id);
      // Defines the job again while rows of the deleted job may still exist.
      if (before && this.#random() < 0.7)
        this.#define(tenant, { ...before, incarnation: this.#incarnation() }, at + 5_000 + this.#below(60_000));
    }
  }

  #incarnation(): string {
    return `s${this.#simulator.seed}i${this.#incarnations++}`.padEnd(6, '0').slice(0, 12);
  }

  #delay(tenant: TenantId, jobId: string, key: string | undefined, seconds: number): Promise<void> {
    return this.#trigger(tenant, jobId, key, { ...NO_OPTIONS, delay: { seconds } });
  }

  async #move(tenant: TenantId, nth: number, seconds: number): Promise<void> {
    const run = this.#some(tenant, nth, isDelayed);
    if (run) await moveRun(this.#platform, run, new Date(this.#platform.now() + seconds * 1_000).toISOString());
  }

  async #trigger(tenant: TenantId, jobId: string, key?: string, request?: TriggerRequest): Promise<void> {
    const job = await getJob(this.#platform.db, tenant, jobId);
    if (!job) return;
    const run = await triggerJob(this.#platform, job, key, request);
    await sendIfNear(this.#platform, run);
    if (key !== undefined)
      this.keyedTriggers.push({ tenant, jobId, key, ulid: run.ulid, incarnation: run.incarnation });
  }

  async #cancel(tenant: TenantId, nth: number): Promise<void> {
    const run = this.#some(tenant, nth, (one) => !isTerminal(one.state));
    if (run) await cancelRun(this.#platform, run, 'ana');
  }

  async #stop(tenant: TenantId, nth: number, mode: 'checkpoint' | 'immediate' | 'force'): Promise<void> {
    const run = this.#some(tenant, nth, (one) => one.flow !== null && !isTerminal(one.state));
    const requestedAt = new Date(this.#platform.now()).toISOString();
    if (run) await stopFlow(this.#platform, run, 'ana', { mode, requestedAt, timeoutMs: 10_000 });
  }

  async #restart(tenant: TenantId, nth: number, parallelism: number): Promise<void> {
    const run = this.#some(tenant, nth, (one) => this.#mayBeRestarted(one));
    const job = run && (await getJob(this.#platform.db, tenant, run.jobId));
    if (run && job && run.jobId === 'fickle') this.#restarted.add(run.ulid);
    if (run && job) await restartRun(this.#platform, job, run, { parallelism });
  }

  /**
   * A source that cannot be replayed returns other records after a checkpoint: records are unique only if the run
   * continues from its end, and only once.
   */
  #mayBeRestarted({ flow, state, jobId, ulid }: Run): boolean {
    if (!flow?.plan || !isTerminal(state)) return false;
    return jobId !== 'fickle' || (state !== 'completed' && !this.#restarted.has(ulid));
  }

  async #redrive(tenant: TenantId, nth: number): Promise<void> {
    const run = this.#some(tenant, nth, ({ state }) => state === 'failed');
    const job = run && (await getJob(this.#platform.db, tenant, run.jobId));
    if (!run || !job) return;
    if (nth < 0.3) await acknowledgeFailure(this.#platform, run, { by: 'ana', note: null });
    else await new JobRedriver(this.#platform, job, { dryRun: false, acknowledgedBy: 'ana' }).redrive(run);
  }

  async #change(tenant: TenantId, jobId: string, change: Partial<Job>): Promise<void> {
    const job = await getJob(this.#platform.db, tenant, jobId);
    const updatedAt = new Date(this.#platform.now()).toISOString();
    if (job) await replaceJob(this.#platform.db, { ...job, ...change, version: job.version + 1, updatedAt });
  }

  async #delete(tenant: TenantId, jobId: string): Promise<void> {
    const job = await getJob(this.#platform.db, tenant, jobId);
    if (!job || !(await deleteJob(this.#platform.db, job, new Date(this.#platform.now()).toISOString()))) return;
    await cancelJob(this.#platform, { tenant, jobId, incarnation: job.incarnation }, 'ana');
  }

  /**
   * Picks one of the tenant's runs that satisfy `fits`.
   *
   * @returns `undefined` if there is none
   */
  #some(tenant: TenantId, nth: number, fits: (run: Run) => boolean): Run | undefined {
    const runs = this.#tables.runs().filter((run) => run.tenant === tenant && fits(run));
    return runs[Math.floor(nth * runs.length)];
  }

  #below(n: number): number {
    return Math.floor(this.#random() * n);
  }

  #pick<T>(list: readonly [T, ...T[]] | readonly T[]): T {
    return list[this.#below(list.length)] as T;
  }
}
