import { setTimeout as sleep } from 'node:timers/promises';
import { SQSClient } from '@aws-sdk/client-sqs';
import type { FlowPlatform } from '../../../functions/core/engine/flow/flow-platform.ts';
import type { SendResult } from '../../../functions/core/engine/notifications/delivery/send-types.ts';
import type { Execution, Outcome } from '../../../functions/core/executors/execution.ts';
import type { SinkWriter } from '../../../functions/core/executors/flow/sink-writer.ts';
import { createSinkWriter } from '../../../functions/core/executors/flow/sinks/create-sink-writer.ts';
import { createSourceReader } from '../../../functions/core/executors/flow/sources/create-source-reader.ts';
import { createPlatform } from '../../../functions/core/platform/create-platform.ts';
import { createHostLimiter } from '../../../functions/core/platform/host-limiter.ts';
import { anOutcome } from '../../helpers/builders/outcomes.ts';
import { aChain } from '../../helpers/fakes/operators.ts';
import type { ExternalServices } from '../../simulation/driver/deployed-functions.ts';
import type { VirtualStage } from './virtual-stage.ts';

/** Domain whose receivers never answer. */
export const SILENT_HOST = 'silent.example.com';
/** Time in milliseconds in which a receiver or a sink answers. */
const RESPONSE_MS = 100;

/** The target of an `http` job that ends at once. */
export const ECHO = toJob('echo');
/** The target of an `http` job that fails. */
export const FAIL = toJob('fail');
/** Returns the target of an `http` job that takes some seconds. */
export const sleepFor = (seconds: number) => toJob(`sleep/${seconds}`);

function toJob(path: string) {
  return { type: 'http', http: { url: `https://target.example.com/${path}` } } as const;
}

/** Targets of `http` jobs, sinks and receivers of a virtual stage. */
export class VirtualServices implements ExternalServices {
  /** Called when a receiver accepts a notification of a run, with its ULID. */
  onDelivered: (ulid: string) => void = () => {};
  /** Requests of flows by second of the virtual clock. */
  readonly #requests = new Map<number, number>();
  readonly #stage: VirtualStage;
  readonly #sqs = new SQSClient({});
  readonly #services = createPlatform();
  readonly #takeHostToken = createHostLimiter(this.#services);

  constructor(stage: VirtualStage) {
    this.#stage = stage;
  }

  /** Maximum number of requests that flows sent in a second. */
  get maximumRequestRate(): number {
    return Math.max(0, ...this.#requests.values());
  }

  readonly execute = async ({ target, timeoutMs, signal }: Execution): Promise<Outcome> => {
    if (target.type !== 'http') throw new Error('the virtual stage executes http jobs only');
    const [, path, seconds] = new URL(target.url).pathname.split('/');
    const takes = path === 'sleep' ? Number(seconds) * 1_000 : RESPONSE_MS;
    const durationMs = Math.min(takes, timeoutMs);
    const aborted = await sleep(durationMs, false, { signal }).catch(() => true);
    if (aborted) return anOutcome({ status: 'aborted', exitCode: null, message: null, durationMs });
    if (path === 'fail') return anOutcome({ status: 'error', exitCode: null, message: 'HTTP 500', durationMs });
    return anOutcome({ exitCode: null, durationMs });
  };

  readonly open: FlowPlatform['open'] = async (flow, run, tasks, log) => {
    const { db, objects, now, random } = this.#stage.platform;
    const takeHostToken = (host: string) => this.#takeHostToken(run.tenant, host);
    const context = {
      run,
      pageSize: flow.pageSize,
      tasks,
      db,
      objects,
      sqs: this.#sqs,
      sourceQueuePrefix: '',
      mayConnect: () => false,
      takeHostToken,
      takeOperatorToken: async () => 0,
      log,
      now,
      random,
      redaction: undefined,
    };
    return {
      sources: flow.sources.map((source) => createSourceReader(source, context)),
      chain: aChain(),
      sinks: flow.sinks.map((sink) =>
        sink.type === 'http' ? this.#httpSink(new URL(sink.url).host, takeHostToken) : createSinkWriter(sink, context),
      ),
      taps: new Map(),
      async [Symbol.asyncDispose]() {},
    } satisfies Awaited<ReturnType<FlowPlatform['open']>>;
  };

  /** A sink that sends a request a page and obeys the limit of requests to a host. */
  #httpSink(host: string, takeHostToken: (host: string) => Promise<number>): SinkWriter {
    return {
      write: async ({ records }, signal) => {
        for (let waitMs = await takeHostToken(host); waitMs > 0; waitMs = await takeHostToken(host)) {
          await sleep(waitMs, undefined, { signal });
        }
        const second = Math.floor(this.#stage.now / 1_000);
        this.#requests.set(second, (this.#requests.get(second) ?? 0) + 1);
        await sleep(RESPONSE_MS, undefined, { signal });
        return { refused: [], bytes: records.length };
      },
    };
  }

  readonly send: ExternalServices['send'] = async ({ destination, run }, timeoutMs): Promise<SendResult> => {
    const isSilent = new URL(destination).host.endsWith(SILENT_HOST);
    await sleep(isSilent ? timeoutMs : RESPONSE_MS);
    if (isSilent) return { kind: 'failed', error: 'no answer', noAnswer: 'timeout' };
    this.onDelivered(run.ulid);
    return { kind: 'delivered' };
  };
}
