import './environment.ts';
import { setTimeout as sleep } from 'node:timers/promises';
import { SQSClient } from '@aws-sdk/client-sqs';
import { JobdeckError } from '../../../functions/core/domain/errors.ts';
import type { Json } from '../../../functions/core/domain/json.ts';
import type { Delivery } from '../../../functions/core/domain/notification/delivery.ts';
import { parsePublicRunId } from '../../../functions/core/domain/public-run-id.ts';
import type { RunRef } from '../../../functions/core/domain/run.ts';
import type { FlowPlatform } from '../../../functions/core/engine/flow/flow-platform.ts';
import type { SendResult } from '../../../functions/core/engine/notifications/delivery/send-types.ts';
import type { Execution, Outcome } from '../../../functions/core/executors/execution.ts';
import { FlowFailure } from '../../../functions/core/executors/flow/flow-failure.ts';
import type { SinkPage, SinkWriter } from '../../../functions/core/executors/flow/sink-writer.ts';
import { createSinkWriter } from '../../../functions/core/executors/flow/sinks/create-sink-writer.ts';
import type { SourceReader, SourceRecord } from '../../../functions/core/executors/flow/source-reader.ts';
import { createSourceReader } from '../../../functions/core/executors/flow/sources/create-source-reader.ts';
import { createPlatform } from '../../../functions/core/platform/create-platform.ts';
import { createTenantSecrets } from '../../../functions/core/platform/tenant-secrets.ts';
import { runKey } from '../../../functions/core/store/keys.ts';
import { createFlowPlatform } from '../../../functions/worker/flow-platform.ts';
import { anOutcome } from '../../helpers/builders/outcomes.ts';
import { aChain } from '../../helpers/fakes/operators.ts';
import { seededRandom } from '../../helpers/seeded-random.ts';
import type { ExternalServices } from './deployed-functions.ts';
import type { Simulator } from './simulator.ts';
import type { TableReader } from './table-reader.ts';
import { CALLED_JOB, CALLING_JOB } from './workload.ts';

const SECOND = 1_000;

/** An attempt that was passed to the executor. */
export interface ExecutedAttempt {
  readonly runId: string;
  readonly attempt: number;
  readonly tenant: string;
}

/** The records that the HTTP sink received under one page key. */
export interface ReceivedPage {
  readonly tenant: string;
  readonly lineage: string;
  readonly values: readonly Json[];
}

/** A run that a script started, or whose start it repeated. */
export interface TriggeredByScript {
  readonly tenant: string;
  /** Public id of the run of the script. */
  readonly parent: string;
  readonly job: string;
  readonly key: string | number;
  /** Public id that the script received. */
  readonly run: string;
}

/** A notification that a receiver accepted. */
export interface SentNotification {
  readonly delivery: string;
  readonly content: string;
  readonly runs: number;
}

/**
 * Simulates everything that the platform calls outside of AWS: scripts and HTTP targets that take time and may fail,
 * sources that cannot be replayed, receivers that deduplicate by idempotency key, and receivers of notifications.
 * Records every call.
 */
export class SimulatedServices implements ExternalServices {
  readonly executed: ExecutedAttempt[] = [];
  readonly received = new Map<string, ReceivedPage>();
  /** Keys of pages that were received again with other records. */
  readonly contradictions: string[] = [];
  readonly notifications: SentNotification[] = [];
  readonly triggered: TriggeredByScript[] = [];
  /** Violations found while the simulation runs. */
  readonly observedViolations: string[] = [];
  /** Attempts that are being executed. */
  readonly #executing = new Map<string, RunRef>();
  readonly #simulator: Simulator;
  readonly #tables: TableReader;
  readonly #random: () => number;
  readonly #services = createPlatform();
  readonly #platform = createFlowPlatform(this.#services, createTenantSecrets(this.#services));
  readonly #sqs = new SQSClient({});
  #readings = 0;

  constructor(simulator: Simulator, tables: TableReader) {
    this.#simulator = simulator;
    this.#tables = tables;
    this.#random = seededRandom(simulator.seed * 7 + 4);
  }

  readonly execute: ExternalServices['execute'] = async (execution) => {
    const { runId, jobId, attempt, tenant, timeoutMs, signal } = execution;
    this.executed.push({ runId, attempt, tenant });
    const { takes, outcome } = this.#planOf(execution);
    const until = Math.min(takes, timeoutMs);
    const name = `${tenant} ${runId} ${attempt}`;
    this.#executing.set(name, { tenant, ...(parsePublicRunId(runId) as Omit<RunRef, 'tenant'>) });
    this.#seeLimit(tenant);
    if (jobId === CALLING_JOB) await this.#startOthers(execution);
    const aborted = await sleep(until, false, { signal }).catch(() => true);
    this.#executing.delete(name);
    const durationMs = until;
    if (aborted) return anOutcome({ status: 'aborted', exitCode: null, message: null, durationMs });
    if (takes > timeoutMs) return anOutcome({ status: 'timeout', exitCode: null, message: 'timeout', durationMs });
    return { ...outcome, durationMs };
  };

  /** Starts runs as a script does: the same ones in each attempt, whose call may fail. */
  async #startOthers({ tenant, runId, trigger }: Execution): Promise<void> {
    const calls = [
      [CALLED_JOB, 1, { payload: { by: runId }, priority: 2 }],
      [CALLED_JOB, 2, { payload: 'x'.repeat(300) }],
      ['single', 'later', { delay_s: 20 }],
    ] as const;
    for (const [job, key, input] of calls) {
      try {
        const { run } = await trigger(job, key, input);
        this.triggered.push({ tenant, parent: runId, job, key, run });
      } catch (error) {
        if (!(error instanceof JobdeckError)) throw error;
      }
    }
  }

  /**
   * Checks that a tenant's concurrently executed runs do not exceed its limit. Runs whose worker has lost the lease do
   * not count.
   */
  #seeLimit(tenant: string): void {
    // The limit is enforced by an eventually consistent index, which is exact only without lag.
    if (this.#simulator.hadIndexLag) return;
    const limit = this.#tables.get('Access', tenant, 'LIMITS')?.concurrentRuns as number | undefined;
    const ofTenant = [...this.#executing.values()].filter((ref) => ref.tenant === tenant);
    const held = ofTenant.filter((ref) => {
      const { pk, sk } = runKey(ref);
      return ['running', 'stopping'].includes(this.#tables.get('Runs', pk, sk)?.state as string);
    });
    const distinct = new Set(held.map(({ ulid }) => ulid)).size;
    if (limit !== undefined && distinct > limit)
      this.observedViolations.push(`${tenant} executes ${distinct} runs at once`);
  }

  /** Control tenants get the same durations and results for every seed. */
  #planOf({ tenant, jobId, attempt }: Execution): { readonly takes: number; readonly outcome: Outcome } {
    const good = anOutcome({ itemsProcessed: 3 });
    if (this.#simulator.isControlTenant(tenant)) return { takes: 5 * SECOND, outcome: good };
    const bad = anOutcome({ status: 'error', exitCode: 1, message: 'exit code 1' });
    const long = jobId.startsWith('long') && this.#random() < 0.3;
    const takes = long ? Math.floor(this.#random() * 200 * SECOND) : Math.floor(this.#random() * 12 * SECOND);
    return { takes, outcome: this.#random() < (attempt > 2 ? 0.1 : 0.25) ? bad : good };
  }

  readonly open: ExternalServices['open'] = async (flow, run, tasks, log) => {
    const platform = this.#platform;
    const context = {
      run,
      pageSize: flow.pageSize,
      tasks,
      db: platform.db,
      objects: platform.objects,
      sqs: this.#sqs,
      sourceQueuePrefix: '',
      mayConnect: () => false,
      takeHostToken: async () => 0,
      takeOperatorToken: async () => 0,
      log,
      now: platform.now,
      random: platform.random,
      redaction: undefined,
    };
    return {
      sources: flow.sources.map((source) =>
        source.type === 'http'
          ? this.#nonReplayableSource(Number(source.url.split('/').at(-1)))
          : createSourceReader(source, context),
      ),
      chain: aChain(),
      sinks: flow.sinks.map((sink) =>
        sink.type === 'http' ? this.#receiver(run.tenant) : createSinkWriter(sink, context),
      ),
      taps: new Map(),
      async [Symbol.asyncDispose]() {},
    } satisfies Awaited<ReturnType<FlowPlatform['open']>>;
  };

  /** A source whose pages hold the number of the read, so that no two reads return the same page. */
  #nonReplayableSource(pages: number): SourceReader {
    const pause = () => sleep(this.#below(400));
    const reading = () => ++this.#readings;
    return {
      staged: true,
      unbounded: false,
      plan: async () => [null],
      async *read(_, from) {
        for (let page = (from as number | null) ?? 0; page < pages; page++) {
          await pause();
          const number = reading();
          const records = [0, 1].map((i): SourceRecord => ({ value: { number: page * 2 + i, reading: number } }));
          yield { records, bytes: 2, next: page + 1 < pages ? page + 1 : null };
        }
      },
    };
  }

  #receiver(tenant: string): SinkWriter {
    return {
      write: async ({ key: { lineage, split, page }, records }: SinkPage, signal) => {
        await sleep(this.#below(1_500), undefined, { signal });
        const spared = this.#simulator.isControlTenant(tenant);
        if (!spared && this.#random() < 0.03) throw new FlowFailure('HTTP 503', { permanent: false });
        const name = `${tenant} ${lineage} ${split} ${page}`;
        const values = records.map(({ value }) => value);
        const before = this.received.get(name);
        if (!before) this.received.set(name, { tenant, lineage, values });
        else if (JSON.stringify(before.values) !== JSON.stringify(values)) this.contradictions.push(name);
        if (!spared && this.#random() < 0.03) throw new FlowFailure('connection reset', { permanent: false });
        return { refused: [], bytes: records.length };
      },
    };
  }

  readonly send: ExternalServices['send'] = async (delivery: Delivery): Promise<SendResult> => {
    await sleep(this.#below(2_000));
    // Receivers work without faults after the faults have ended: the retry delays would exceed the recovery time
    // otherwise.
    const isWell = this.#simulator.isControlTenant(delivery.tenant) || this.#simulator.faultsEnded;
    if (!isWell && this.#random() < 0.15) return { kind: 'failed', error: 'HTTP 503' };
    const { id, runs, since, folded, run } = delivery;
    this.notifications.push({ delivery: id, runs, content: JSON.stringify({ runs, since, folded, run }) });
    if (!isWell && this.#random() < 0.1) return { kind: 'failed', error: 'connection reset' };
    return { kind: 'delivered' };
  };

  #below(n: number): number {
    return Math.floor(this.#random() * n);
  }
}
