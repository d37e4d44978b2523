import type { Task } from '../../../domain/flow/task.ts';
import { addLatencies, LatencyMeter } from '../../../store/latencies.ts';
import type { RecordOwner } from '../../../store/run-item.ts';
import type { FlowPlatform } from '../flow-platform.ts';

/** Milliseconds between two writes of one slice. Each costs one write unit. */
const WRITE_INTERVAL_MS = 10_000;

/** Latencies measured by a slice. They are stored while the slice runs and when it ends, also after a failure. */
export class SliceLatencies {
  readonly #platform: Pick<FlowPlatform, 'db' | 'now' | 'log'>;
  readonly #run: RecordOwner;
  readonly #task: number;
  readonly #meter = new LatencyMeter();
  #dueAt: number;

  /** @param task the claimed task; the first page of its first slice is stored at once, later pages after 10 s */
  constructor(
    platform: Pick<FlowPlatform, 'db' | 'now' | 'log'>,
    run: RecordOwner,
    task: Pick<Task, 'index' | 'slice'>,
  ) {
    this.#platform = platform;
    this.#run = run;
    this.#task = task.index;
    this.#dueAt = platform.now() + (task.slice === 1 ? 0 : WRITE_INTERVAL_MS);
  }

  /** Records that an operator, by its index in the flow, took `ms` milliseconds for `records` records. */
  record(operator: number, ms: number, records: number): void {
    this.#meter.record(operator, ms, records);
  }

  /** Stores the measurements if the last write is at least 10 s old. Called after each page. */
  async storeIfDue(): Promise<void> {
    if (this.#platform.now() >= this.#dueAt) await this.store();
  }

  /** Stores the measurements since the last write. A failed write is logged and does not fail the slice. */
  async store(): Promise<void> {
    const { db, now, log } = this.#platform;
    const [run, task] = [this.#run, this.#task];
    this.#dueAt = now() + WRITE_INTERVAL_MS;
    try {
      await addLatencies(db, run, task, this.#meter, now());
    } catch (error) {
      const fields = { tenant: run.tenant, job: run.jobId, run: run.ulid, task };
      log.warn('latencies.write_failed', { ...fields, error: String(error) });
    }
  }
}
