import { RUN_PREFIXES } from '../../../functions/core/store/keys.ts';
import { toRun } from '../../../functions/core/store/run-item.ts';
import type { ItemChange } from '../../helpers/fakes/memory-dynamodb.ts';
import { toPlainItem } from '../../simulation/driver/table-reader.ts';
import { ECHO, FAIL, sleepFor, type VirtualServices } from './virtual-services.ts';
import type { VirtualStage } from './virtual-stage.ts';
import type { VirtualTenant } from './virtual-tenant.ts';

/** Milliseconds between two uses of the platform by the victim. */
const EVERY_MS = { run: 500, schedule: 10_000, failure: 10_000 } as const;
/** Milliseconds after the start of the measurement at which a run is started whose worker is lost. */
const LOSSES_AT_MS = [5_000, 20_000, 35_000, 50_000];
/** Milliseconds from the claim of a run to the loss of its worker. */
const LOST_AFTER_MS = 5_000;

const FAILING_PREFIX = 'failing-';
const MAX_FAILURES = 12;

/** Milliseconds that the events of a tenant took. */
export interface VictimTimes {
  /** Duration of each request to the API. */
  readonly responses: readonly number[];
  /** From the creation of a run to its claim. */
  readonly waits: readonly number[];
  /** From the loss of a run's worker to its claim in the next attempt. */
  readonly recoveries: readonly number[];
  /** From the definition of a job to the registration of its schedule. */
  readonly registrations: readonly number[];
  /** From the end of a run to the delivery of its notification. */
  readonly notices: readonly number[];
}

/** An ordinary tenant, whose waiting times are measured. */
export class Victim {
  readonly times = {
    responses: [] as number[],
    waits: [] as number[],
    recoveries: [] as number[],
    registrations: [] as number[],
    notices: [] as number[],
  } satisfies VictimTimes;
  readonly #stage: VirtualStage;
  readonly #tenant: VirtualTenant;
  /** Times of events whose end is awaited, by run or job. */
  readonly #since: Readonly<Record<'queued' | 'lost' | 'defined' | 'failed', Map<string, number>>> = {
    queued: new Map(),
    lost: new Map(),
    defined: new Map(),
    failed: new Map(),
  };

  constructor(stage: VirtualStage, services: VirtualServices, tenant: VirtualTenant) {
    this.#stage = stage;
    this.#tenant = tenant;
    stage.watchers.push((change) => this.#see(change));
    services.onDelivered = (ulid) => this.#end('failed', ulid, this.times.notices);
  }

  async prepare(): Promise<void> {
    const jobs = [
      { id: 'echo', ...ECHO },
      { id: 'lost', ...sleepFor(60), retry: { attempts: 3, backoff: 'fixed', delay_seconds: 1 } },
    ];
    // One job a failure: notifications of one job are combined.
    const failing = Array.from({ length: MAX_FAILURES }, (_, i) => {
      return { id: `${FAILING_PREFIX}${i + 1}`, ...FAIL, on_failure: 'https://hooks.example.com/failed' };
    });
    for (const job of [...jobs, ...failing]) await this.#tenant.define(job);
  }

  /** Uses the platform until a time. */
  use(until: number): void {
    this.#tenant.onResponse = (ms) => void this.times.responses.push(ms);
    const { now } = this.#stage;
    this.#stage.repeat(EVERY_MS.run, until, () => this.#tenant.start('echo'));
    this.#stage.repeat(
      EVERY_MS.failure,
      until,
      (n) => n <= MAX_FAILURES && this.#tenant.start(`${FAILING_PREFIX}${n}`),
    );
    this.#stage.repeat(EVERY_MS.schedule, until, (n) => this.#define(`nightly-${n}`));
    for (const at of LOSSES_AT_MS) this.#stage.at(now + at, () => this.#tenant.start('lost'));
  }

  /** @returns whether everything that was awaited has happened */
  get isDone(): boolean {
    const isQuiet = Object.values(this.#since).every(({ size }) => size === 0);
    return isQuiet && this.times.recoveries.length === LOSSES_AT_MS.length;
  }

  #define(id: string): Promise<boolean> {
    this.#since.defined.set(id, this.#stage.now);
    return this.#tenant.define({ id, ...ECHO, schedule: '0 3 * * *' });
  }

  #see({ table, before, after }: ItemChange): void {
    const { pk, sk } = after ?? {};
    if (table === 'Jobs' && pk?.S === this.#tenant.id && sk?.S?.startsWith('REG#') && after?.status?.S === 'registered')
      this.#end('defined', sk.S.slice('REG#'.length), this.times.registrations);
    const isRun = table === 'Runs' && pk?.S?.startsWith(`${this.#tenant.id}#`) && sk?.S?.startsWith(RUN_PREFIXES.run);
    if (!isRun || !after) return;
    const run = toRun(toPlainItem(after));
    const { now } = this.#stage;
    if (!before && run.jobId === 'echo') this.#since.queued.set(run.ulid, Date.parse(run.createdAt));
    if (
      run.jobId.startsWith(FAILING_PREFIX) &&
      run.state === 'failed' &&
      !this.#since.failed.has(run.ulid) &&
      !isFailed(before)
    )
      this.#since.failed.set(run.ulid, now);
    if (run.state !== 'running' || before?.state?.S !== 'queued') return;
    this.#end('queued', run.ulid, this.times.waits);
    this.#end('lost', run.ulid, this.times.recoveries);
    if (run.jobId === 'lost' && run.attempt === 1) this.#stage.at(now + LOST_AFTER_MS, () => this.#lose(run.ulid));
  }

  #lose(ulid: string): void {
    this.#since.lost.set(ulid, this.#stage.now);
    this.#stage.killWorker(ulid);
  }

  #end(kind: 'queued' | 'lost' | 'defined' | 'failed', id: string, times: number[]): void {
    const since = this.#since[kind].get(id);
    if (since === undefined) return;
    this.#since[kind].delete(id);
    times.push(this.#stage.now - since);
  }
}

const isFailed = (item: ItemChange['before']): boolean => item?.state?.S === 'failed';
