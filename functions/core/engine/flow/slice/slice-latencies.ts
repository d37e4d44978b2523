import type { Task } from '../../../domain/flow/task.ts';
import { addLatencies, LatencyMeter } from '../../../store/latencies.ts';
import type { FlowPlatform } from '../flow-platform.ts';

/** Milliseconds between two writes of one slice: one more write unit each. */
const WRITE_INTERVAL_MS = 10_000;

/** Latencies that a slice measures, stored while the slice runs and when it ends, however it ends. */
export class SliceLatencies {
  readonly #platform: Pick<FlowPlatform, 'db' | 'now' | 'log'>;
  readonly #task: Pick<Task, 'run' | 'index'>;
  readonly #meter = new LatencyMeter();
  #dueAt: number;

  /** @param task as claimed: the first page of its first slice is stored at once, later ones after 10 s */
  constructor(platform: Pick<FlowPlatform, 'db' | 'now' | 'log'>, task: Pick<Task, 'run' | 'index' | 'slice'>) {
    this.#platform = platform;
    this.#task = task;
    this.#dueAt = platform.now() + (task.slice === 1 ? 0 : WRITE_INTERVAL_MS);
  }

  /** Records that `records` records took `ms` milliseconds to come out of an operator, by its index in the flow. */
  record(operator: number, ms: number, records: number): void {
    this.#meter.record(operator, ms, records);
  }

  /** Stores what was measured if the last write is 10 s old. Called after each page. */
  async storeIfDue(): Promise<void> {
    if (this.#platform.now() >= this.#dueAt) await this.store();
  }

  /** Stores what was measured since the last write. A failed write is logged: measurements never fail a slice. */
  async store(): Promise<void> {
    const { db, now, log } = this.#platform;
    const { run, index } = this.#task;
    this.#dueAt = now() + WRITE_INTERVAL_MS;
    try {
      await addLatencies(db, run, index, this.#meter);
    } catch (error) {
      const fields = { tenant: run.tenant, job: run.jobId, run: run.ulid, task: index };
      log.warn('latencies.not_stored', { ...fields, error: String(error) });
    }
  }
}
