import { createHash } from 'node:crypto';
import { runDeltas } from '../../functions/core/domain/counters.ts';
import type { Job } from '../../functions/core/domain/job.ts';
import type { Run } from '../../functions/core/domain/run.ts';
import { aggregate, type CounterChange } from '../../functions/core/engine/counters/aggregate.ts';
import { endedRun } from '../helpers/builders/ended-run.ts';
import type { TestPlatform } from '../helpers/fakes/platform.ts';

/** Open shards of the Runs stream. DynamoDB replaces each shard after about four hours. */
export const SHARDS = 4;
const SHARD_LIFETIME_MS = 4 * 3_600_000;
/** Shard generations within the 25 hours for which a watermark is kept. */
const GENERATIONS = 6;

/** Returns a shard id of the length of DynamoDB's. */
function shardId(generation: number, shard: number): string {
  const hash = createHash('sha256').update(`${generation}/${shard}`).digest('hex').slice(0, 8);
  return `shardId-${String(1_700_000_000_000 + generation * SHARD_LIFETIME_MS).padStart(20, '0')}-${hash}`;
}

/** Delivers changes to the aggregator through the shards of a stream. */
export class ShardedStream {
  readonly #platform: TestPlatform;
  #generation = 0;
  #sequence = 0;

  constructor(platform: TestPlatform) {
    this.#platform = platform;
  }

  /** Returns the shard of a job's runs. */
  shardOf(job: Pick<Job, 'id'>): number {
    return createHash('sha256').update(job.id).digest().readUInt16BE(0) % SHARDS;
  }

  /** Returns the counter changes of a stream record. */
  change(before: Run | undefined, after: Run): readonly CounterChange[] {
    this.#sequence += 1;
    // Sequence numbers have the length of DynamoDB's.
    const sequence = `4421584500000${String(this.#sequence).padStart(15, '0')}`;
    return runDeltas(before, after).map((delta) => ({ tenant: after.tenant, sequence, delta }));
  }

  async deliver(shard: number, changes: readonly CounterChange[]): Promise<void> {
    await aggregate(this.#platform, shardId(this.#generation, shard), changes);
  }

  /** Simulates a day in which each job runs in every shard generation, so that the counters hold all watermarks. */
  async age(jobs: readonly Job[]): Promise<void> {
    for (let generation = 0; generation < GENERATIONS; generation++) {
      for (let shard = 0; shard < SHARDS; shard++) {
        const here = jobs.filter((job) => this.shardOf(job) === shard);
        await this.deliver(
          shard,
          here.flatMap((job) => this.change(undefined, endedRun(job, generation))),
        );
      }
      this.#platform.advance(SHARD_LIFETIME_MS);
      this.#generation += 1;
    }
  }
}
