import { placeOfRepeat } from '../../domain/chain.ts';
import { JobdeckError } from '../../domain/errors.ts';
import type { Job } from '../../domain/job.ts';
import { tickOptions } from '../../domain/job-timetable.ts';
import { decideAdmission, describeOverlap } from '../../domain/overlap.ts';
import type { Run, RunRef, SkippedTick } from '../../domain/run.ts';
import { publicRunId } from '../../domain/run-id.ts';
import { type RunInput, type RunOptions, validateRunInput } from '../../domain/run-input.ts';
import type { Priority } from '../../domain/run-priority.ts';
import { hiddenFrom } from '../../domain/run-removal.ts';
import type { Platform } from '../../platform/platform.ts';
import { scriptsWithRole } from '../../platform/script-roles.ts';
import { findByIdempotencyKey, hashIdempotencyKey } from '../../store/idempotency.ts';
import { getJobState } from '../../store/job-states.ts';
import { markRunFeatures } from '../start/mark-features.ts';
import { inspectLock } from '../start/overlap-lock.ts';
import { readDates } from '../start/read-dates.ts';
import { getRunOptions } from '../start/run-options.ts';
import { jobNotFoundError, startRun } from '../start/start-run.ts';
import { acknowledgeFailure } from './acknowledge-run.ts';

/** A failed run, or a tick that was not handled in time. */
export type Redrivable = Run | SkippedTick;

export interface RedriveOptions {
  /** Reports what a redrive would do without starting runs. */
  readonly dryRun: boolean;
  /** Author of the acknowledgement of redriven runs; `null` leaves them unacknowledged. */
  readonly acknowledgedBy: string | null;
  /**
   * Replaces parts of the input and of the options of redriven runs.
   *
   * @defaultValue the new run has those of the redriven run
   */
  readonly edit?: RunEdit | undefined;
}

/** Parts of the options of a run. An absent part is that of the redriven run. */
export interface RunEdit {
  readonly input: RunInput;
  /** The new run has no payload. */
  readonly removesPayload?: boolean;
  /**
   * Rejects a payload that the job does not accept. Called if the edit changes the payload.
   *
   * @throws JobdeckError
   */
  readonly validatePayload?: (job: Job, payload: RunInput['payload']) => Promise<void>;
  readonly tags?: readonly string[];
  readonly note?: string;
  readonly priority?: Priority;
  readonly expiresInSeconds?: number;
}

export type RedriveResult =
  /** `by`: the new run; `null` in a dry run. */
  | { readonly kind: 'started'; readonly by: RunRef | null }
  /** `by`: the run of an earlier redrive of the same row. */
  | { readonly kind: 'skipped'; readonly reason: string; readonly by: RunRef | null };

const skipped = (reason: string, by: RunRef | null = null): RedriveResult => ({ kind: 'skipped', reason, by });

/**
 * Redrives failed runs and missed ticks of one job, one after the other. Each redrive starts a new run of the job's
 * current definition under its overlap policy.
 *
 * Each row is redriven at most once, however often it is requested. A job with the overlap policy `replace` is redriven
 * once per request, because each new run would cancel the one before.
 */
export class JobRedriver {
  readonly #platform: Platform;
  readonly #job: Job;
  readonly #options: RedriveOptions;
  #startedCount = 0;
  /** Simulated lock and waiting place of a dry run. */
  #simulatedLock: { taken: boolean; buffered: boolean } | undefined;

  constructor(platform: Platform, job: Job, options: RedriveOptions) {
    this.#platform = platform;
    this.#job = job;
    this.#options = options;
  }

  async redrive(row: Redrivable): Promise<RedriveResult> {
    const ineligible = ineligibleReason(row);
    if (ineligible) return skipped(ineligible);
    const keyHash = redriveKeyHash(row);
    const earlier = await this.#findEarlier(row, keyHash);
    if (earlier) return earlier;
    const { id, enabled, overlapPolicy } = this.#job;
    if (!enabled) return skipped(`job '${id}' is disabled`);
    if (overlapPolicy === 'replace' && this.#startedCount > 0) {
      return skipped(`job '${id}' was started again in this request (overlap policy replace)`);
    }
    const redriven = this.#options.dryRun ? await this.#simulate() : await this.#start(row, keyHash);
    if (redriven.kind === 'started') this.#startedCount++;
    return redriven;
  }

  async #start(row: Redrivable, keyHash: string): Promise<RedriveResult> {
    const platform = this.#platform;
    const options = await this.#optionsFor(row);
    if (typeof options === 'string') return skipped(options);
    await markRunFeatures(platform, row.tenant, options);
    const started = await startRun(platform, {
      job: this.#job,
      ulid: platform.newUlid(platform.now()),
      trigger: 'manual',
      scheduledAt: null,
      options,
      redrive: { from: row.ulid, scheduledAt: row.scheduledAt },
      chain: placeOfRepeat(row),
      // The key must live as long as the failed row can be requested.
      idempotency: { keyHash, expiresAt: /* guard: redrive.key.shown */ hiddenFrom(row) },
    });
    switch (started.kind) {
      case 'started':
        await this.#acknowledge(row, started.run);
        return { kind: 'started', by: started.run };
      case 'skipped':
      case 'paused':
        return this.#alreadyRunning();
      case 'repeated':
        return (await this.#findEarlier(row, keyHash)) ?? this.#alreadyRunning();
    }
  }

  /** @returns the options of the new run, or the reason why the job cannot have them */
  async #optionsFor(row: Redrivable): Promise<RunOptions | string> {
    const { edit } = this.#options;
    try {
      const { input, ...others } =
        row.state === 'skipped'
          ? tickOptions(this.#job, row.scheduledAt, await readDates(this.#platform.db, this.#job))
          : await getRunOptions(this.#platform.db, row);
      const { payload, ...rest } = { ...input, ...edit?.input };
      const edited: RunInput = payload === undefined || edit?.removesPayload ? rest : { payload, ...rest };
      // The job may be of another type than when its run failed.
      validateRunInput(edited, this.#job.target, { scriptsWithRole: scriptsWithRole() });
      const isChanged = edit?.input.payload !== undefined || edit?.removesPayload;
      // guard: redrive.payload
      if (isChanged) await edit?.validatePayload?.(this.#job, edited.payload);
      const { input: _, removesPayload: _removes, validatePayload: _validate, ...replaced } = edit ?? {};
      return { ...others, ...replaced, input: Object.keys(edited).length > 0 ? edited : null };
    } catch (error) {
      if (error instanceof JobdeckError) return error.message;
      throw error;
    }
  }

  /** Finds an earlier redrive of the row, and adds its acknowledgement if a crash prevented it. */
  async #findEarlier(row: Redrivable, keyHash: string): Promise<RedriveResult | undefined> {
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

  async #simulate(): Promise<RedriveResult> {
    this.#simulatedLock ??= await this.#readLock();
    const admission = decideAdmission(
      this.#job.overlapPolicy,
      this.#simulatedLock.taken ? 'taken' : 'free',
      this.#simulatedLock.buffered,
    );
    if (admission === 'refuse') return this.#alreadyRunning();
    if (admission === 'start') this.#simulatedLock.taken = true;
    else this.#simulatedLock.buffered = true;
    return { kind: 'started', by: null };
  }

  async #readLock(): Promise<{ taken: boolean; buffered: boolean }> {
    const state = await getJobState(this.#platform.db, this.#job.tenant, this.#job.id);
    if (!state) throw jobNotFoundError();
    const { status: view } = await inspectLock(this.#platform, this.#job, state, '');
    return { taken: view === 'taken', buffered: state.waitingRun !== null };
  }

  #alreadyRunning(): RedriveResult {
    return skipped(`job '${this.#job.id}' ${describeOverlap(this.#job.overlapPolicy)}`);
  }
}

/** Returns why a row cannot be redriven, or `undefined` if it can. */
function ineligibleReason(row: Redrivable): string | undefined {
  if (row.state === 'skipped') {
    const isLost = row.reason === 'missed' || row.reason === 'late';
    return isLost ? undefined : `was skipped as it should be (${row.reason})`;
  }
  return row.state === 'failed' ? undefined : `did not fail: it is ${row.state}`;
}

/** The line feed keeps this key apart from the keys of clients, which contain none. */
const redriveKeyHash = ({ jobId, incarnation, ulid }: RunRef): string =>
  hashIdempotencyKey(jobId, incarnation, `\nredrive ${ulid}`);
