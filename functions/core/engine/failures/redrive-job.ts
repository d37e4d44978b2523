import { JobdeckError } from '../../domain/errors.ts';
import type { Job } from '../../domain/job.ts';
import { decideAdmission } from '../../domain/overlap.ts';
import type { Run, RunRef, SkippedTick } from '../../domain/run.ts';
import { publicRunId } from '../../domain/run-id.ts';
import type { Platform } from '../../platform/platform.ts';
import { findByIdempotencyKey, hashIdempotencyKey } from '../../store/idempotency.ts';
import { getJobState } from '../../store/job-states.ts';
import { inspectLock } from '../start/overlap-lock.ts';
import { startRun } from '../start/start-run.ts';
import { acknowledgeFailure } from './acknowledge-run.ts';

/** What may be done again: a run that failed, or a tick that nobody handled in time. */
export type Redrivable = Run | SkippedTick;

export interface RedriveOptions {
  /** Only tells what would be done. */
  readonly dryRun: boolean;
  /** Who acknowledges what is done again; null leaves it as it is. */
  readonly acknowledgedBy: string | null;
}

export type RedriveResult =
  /** By this run; null when it would have been, of a dry run. */
  | { readonly kind: 'started'; readonly by: RunRef | null }
  /** `by`: the run that did it before. */
  | { readonly kind: 'skipped'; readonly reason: string; readonly by: RunRef | null };

const skipped = (reason: string, by: RunRef | null = null): RedriveResult => ({ kind: 'skipped', reason, by });

/**
 * Does again what failed or was missed of one job, one after the other: a new run each, of the job as it is defined now,
 * under its overlap policy. Each is done again at most once, however often it is asked for. Of a job that replaces its
 * runs, one in all: each would cancel the one before.
 */
export class JobRedriver {
  readonly #platform: Platform;
  readonly #job: Job;
  readonly #options: RedriveOptions;
  #started = 0;
  /** What a dry run has come to: as if it had started what it says. */
  #seat: { taken: boolean; buffered: boolean } | undefined;

  constructor(platform: Platform, job: Job, options: RedriveOptions) {
    this.#platform = platform;
    this.#job = job;
    this.#options = options;
  }

  async redrive(row: Redrivable): Promise<RedriveResult> {
    const ineligible = ineligibleReason(row);
    if (ineligible) return skipped(ineligible);
    const keyHash = redriveKeyHash(row);
    const earlier = await this.#earlier(row, keyHash);
    if (earlier) return earlier;
    const { id, enabled, overlapPolicy } = this.#job;
    if (!enabled) return skipped(`job '${id}' is disabled`);
    if (overlapPolicy === 'replace' && this.#started > 0) {
      return skipped(`job '${id}' was started again in this request (overlap policy replace)`);
    }
    const redriven = this.#options.dryRun ? await this.#pretend() : await this.#start(row, keyHash);
    if (redriven.kind === 'started') this.#started++;
    return redriven;
  }

  async #start(row: Redrivable, keyHash: string): Promise<RedriveResult> {
    const platform = this.#platform;
    const started = await startRun(platform, {
      job: this.#job,
      ulid: platform.newUlid(platform.now()),
      trigger: 'manual',
      scheduledAt: null,
      redrive: { from: row.ulid, scheduledAt: row.scheduledAt },
      // For as long as what failed can be asked for.
      idempotency: { keyHash, expiresAt: Date.parse(row.purgeAt) },
    });
    switch (started.kind) {
      case 'started':
        await this.#acknowledge(row, started.run);
        return { kind: 'started', by: started.run };
      case 'skipped':
        return this.#running();
      case 'repeated':
        return (await this.#earlier(row, keyHash)) ?? this.#running();
    }
  }

  /** What was redriven before, and may lack its acknowledgement since. */
  async #earlier(row: Redrivable, keyHash: string): Promise<RedriveResult | undefined> {
    const { db, now } = this.#platform;
    const by = await findByIdempotencyKey(db, row.tenant, keyHash, now());
    if (!by) return undefined;
    if (!this.#options.dryRun) await this.#acknowledge(row, by);
    return skipped(`was redriven before, as ${publicRunId(by)}`, by);
  }

  async #acknowledge(row: Redrivable, by: RunRef): Promise<void> {
    const { acknowledgedBy } = this.#options;
    if (row.state === 'skipped' || row.acknowledged || acknowledgedBy === null) return;
    await acknowledgeFailure(this.#platform, row, { by: acknowledgedBy, note: `redriven as ${publicRunId(by)}` });
  }

  async #pretend(): Promise<RedriveResult> {
    this.#seat ??= await this.#lookAtSeat();
    const admission = decideAdmission(
      this.#job.overlapPolicy,
      this.#seat.taken ? 'taken' : 'free',
      this.#seat.buffered,
    );
    if (admission === 'refuse') return this.#running();
    if (admission === 'start') this.#seat.taken = true;
    else this.#seat.buffered = true;
    return { kind: 'started', by: null };
  }

  async #lookAtSeat(): Promise<{ taken: boolean; buffered: boolean }> {
    const state = await getJobState(this.#platform.db, this.#job.tenant, this.#job.id);
    if (!state) throw new JobdeckError('not_found', 'job.not_found', 'Job not found');
    const { view } = await inspectLock(this.#platform, this.#job, state, '');
    return { taken: view === 'taken', buffered: state.waitingRun !== null };
  }

  #running(): RedriveResult {
    return skipped(`job '${this.#job.id}' is running already (overlap policy ${this.#job.overlapPolicy})`);
  }
}

/** Why a row is none that may be done again; undefined when it is one. */
function ineligibleReason(row: Redrivable): string | undefined {
  if (row.state === 'skipped') {
    const isLost = row.reason === 'missed' || row.reason === 'late';
    return isLost ? undefined : `was skipped as it should be (${row.reason})`;
  }
  return row.state === 'failed' ? undefined : `did not fail: it is ${row.state}`;
}

/** No client's key has a line feed. */
const redriveKeyHash = ({ jobId, incarnation, ulid }: RunRef): string =>
  hashIdempotencyKey(jobId, incarnation, `\nredrive ${ulid}`);
