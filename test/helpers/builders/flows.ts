import { CHECKPOINT_POLICY, type Flow } from '../../../functions/core/domain/flow/flow.ts';
import type { Job } from '../../../functions/core/domain/job.ts';
import type { Json } from '../../../functions/core/domain/json.ts';
import { FLOW_RETRY } from '../../../functions/core/domain/retry.ts';
import { ACTIVE_STATES } from '../../../functions/core/domain/run.ts';
import type { TenantId } from '../../../functions/core/domain/tenant.ts';
import { processRunMessage } from '../../../functions/core/engine/execute/process-run-message.ts';
import { runSlice } from '../../../functions/core/engine/flow/slice/run-slice.ts';
import { triggerJob } from '../../../functions/core/engine/start/trigger-job.ts';
import { sweepTenant } from '../../../functions/core/engine/sweep/sweep-tenant.ts';
import type { Chain } from '../../../functions/core/executors/flow/chain.ts';
import type { PageKey, SinkWriter } from '../../../functions/core/executors/flow/sink-writer.ts';
import type { SourceReader, SourceRecord } from '../../../functions/core/executors/flow/source-reader.ts';
import { listOldestActive, listOldestActiveChildren } from '../../../functions/core/store/run-lists.ts';
import { givenJob, type TestPlatform } from '../fakes/platform.ts';

export function aFlow(overrides: Partial<Flow> = {}): Flow {
  return {
    pageSize: 10,
    parallelism: 2,
    onError: 'continue',
    checkpoints: CHECKPOINT_POLICY,
    sources: [{ id: 'source_1', name: 'Orders', type: 'inline', records: [] }],
    transforms: [],
    sinks: [{ id: 'sink_1', name: 'Kept', type: 'preview' }],
    ...overrides,
  };
}

export async function givenFlow(
  platform: TestPlatform,
  flow: Partial<Flow> = {},
  job: Partial<Job> = {},
): Promise<Job> {
  const target = { type: 'flow', flow: aFlow(flow) } as const;
  return givenJob(platform, { schedule: null, target, timeoutMs: null, retry: FLOW_RETRY, ...job });
}

/** A replayable source: `splits` splits of `perSplit` consecutive numbers. */
export function replayableSource(splits: number, perSplit: number, pageSize = 10): SourceReader {
  return {
    staged: false,
    unbounded: false,
    plan: async () => Array.from({ length: splits }, (_, split) => split * perSplit),
    async *read(first, from) {
      const [begin, end] = [(from as number | null) ?? (first as number), (first as number) + perSplit];
      for (let at = begin; at < end; at += pageSize) {
        const next = Math.min(at + pageSize, end);
        const records = Array.from({ length: next - at }, (_, i): SourceRecord => ({ value: at + i }));
        yield { records, bytes: records.length, next: next < end ? next : null };
      }
    },
  };
}

/** A source with one split that cannot be replayed: every record holds the number of the read that returned it. */
export function nonReplayableSource(pages: number, perPage: number): SourceReader & { readonly readings: number } {
  let readings = 0;
  return {
    staged: true,
    unbounded: false,
    get readings() {
      return readings;
    },
    plan: async () => [null],
    async *read(_, from) {
      for (let page = (from as number | null) ?? 0; page < pages; page++) {
        const reading = ++readings;
        const records = Array.from({ length: perPage }, (_, i): SourceRecord => {
          return { value: { number: page * perPage + i, reading } };
        });
        yield { records, bytes: perPage, next: page + 1 < pages ? page + 1 : null };
      }
    },
  };
}

/**
 * A transform chain that applies a function to each value.
 *
 * @param apply returns the output values; may throw
 * @defaultValue the identity
 */
export function aChain(apply: (value: Json) => readonly Json[] = (value) => [value]): Chain {
  return {
    async apply(records) {
      const outputs = records.flatMap((value, origin) => apply(value).map((made) => ({ value: made, origin })));
      return { outputs, errors: [], counts: [], outputsByTransform: [] };
    },
    async [Symbol.asyncDispose]() {},
  };
}

/** A sink that accepts each page key once and records the values under it. */
export function idempotentSink(): SinkWriter & {
  readonly received: ReadonlyMap<string, readonly Json[]>;
  readonly deliveries: number;
  readonly contradictions: readonly string[];
  readonly values: () => readonly Json[];
} {
  const received = new Map<string, readonly Json[]>();
  const contradictions: string[] = [];
  const nameOf = ({ lineage, split, page }: PageKey) => `${lineage} ${split} ${page}`;
  let deliveries = 0;
  return {
    received,
    contradictions,
    get deliveries() {
      return deliveries;
    },
    values: () => [...received.values()].flat(),
    async write({ key, records }) {
      deliveries++;
      const [name, values] = [nameOf(key), records.map(({ value }) => value)];
      const before = received.get(name);
      if (!before) received.set(name, values);
      else if (JSON.stringify(before) !== JSON.stringify(values)) contradictions.push(name);
      return { refused: [], bytes: records.length };
    },
  };
}

/** Connects these sources, transforms and sinks to every flow of the platform. */
export function connectOperators(
  platform: TestPlatform,
  { sources, chain = aChain(), sinks }: { sources: SourceReader[]; chain?: Chain; sinks: SinkWriter[] },
): void {
  platform.open = async () => ({ sources, chain, sinks, taps: new Map(), async [Symbol.asyncDispose]() {} });
}

/** Triggers a run and plans it. */
export async function startFlowRun(platform: TestPlatform, job: Job) {
  const run = await triggerJob(platform, job);
  await processRunMessages(platform);
  return run;
}

export const rejectScripts = async (): Promise<never> => {
  throw new Error('the test runs no scripts');
};

/** Processes all run messages, including those that the processing sends. */
export async function processRunMessages(platform: TestPlatform, as: TestPlatform = platform): Promise<void> {
  for (let next = platform.sent.shift(); next; next = platform.sent.shift())
    await processRunMessage(as, rejectScripts, next);
}

/**
 * Processes slice messages, including those that the processing sends. Advances the clock to the due time of delayed
 * messages.
 *
 * @returns the number of processed slices
 */
export async function drainSlices(platform: TestPlatform, as: TestPlatform = platform, most = 10_000): Promise<number> {
  let slices = 0;
  while (slices < most) {
    await processRunMessages(platform, as);
    const next = platform.slices.shift();
    if (!next) return slices;
    if (next.delayMs > 0) platform.advance(next.delayMs);
    slices++;
    await runSlice(as, { v: 1, ...next });
  }
  return slices;
}

/** Advances the clock by minutes with a sweep each, as after a crash, until no run is active. */
export async function recoverBySweeping(platform: TestPlatform, job: Job, minutes = 6): Promise<void> {
  for (let minute = 0; minute < minutes; minute++) {
    platform.advance(61_000);
    await sweepTenant(platform, job.tenant);
    await drainSlices(platform);
    if (await isQuiet(platform, job.tenant)) return;
  }
}

/** @returns whether the tenant has no active run or step */
async function isQuiet({ db }: TestPlatform, tenant: TenantId): Promise<boolean> {
  const runs = await Promise.all(ACTIVE_STATES.map((state) => listOldestActive(db, tenant, state, 1)));
  return runs.flat().length === 0 && (await listOldestActiveChildren(db, tenant, 1)).length === 0;
}
