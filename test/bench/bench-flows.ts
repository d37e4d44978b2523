import { SQSClient } from '@aws-sdk/client-sqs';
import type { Flow } from '../../functions/core/domain/flow/flow.ts';
import type { Job } from '../../functions/core/domain/job.ts';
import { isTerminal, type Run, type RunRef } from '../../functions/core/domain/run.ts';
import { processRunMessage } from '../../functions/core/engine/execute/process-run-message.ts';
import type { FlowPlatform } from '../../functions/core/engine/flow/flow-platform.ts';
import { runSlice } from '../../functions/core/engine/flow/slice/run-slice.ts';
import { triggerJob } from '../../functions/core/engine/start/trigger-job.ts';
import { openFlow } from '../../functions/core/executors/flow/open-flow.ts';
import { createChain } from '../../functions/core/executors/flow/transforms/create-chain.ts';
import { createAddressRule } from '../../functions/core/executors/http/public-address.ts';
import { getRun } from '../../functions/core/store/runs.ts';
import { givenFlow } from '../helpers/builders/flows.ts';
import { type TestPlatform, testPlatform } from '../helpers/fakes/platform.ts';
import { rejectScripts } from '../helpers/simulations/process-messages.ts';
import { bundleExpressionHost } from '../helpers/system/expression-host.ts';
import { startTestStore, type TestStore } from '../helpers/system/test-store.ts';
import { CapacityMeter } from './capacity-meter.ts';
import { startObjectsProcess } from './flows/objects-process.ts';

/** The flow engine in this process and in real time, with DynamoDB and S3 in other processes. */
export interface BenchFlows extends AsyncDisposable {
  readonly platform: FlowPlatform & Pick<TestPlatform, 'sent' | 'slices' | 'executions'>;
  readonly meter: CapacityMeter;
  readonly store: TestStore;
  define(flow: Partial<Flow>, job?: Partial<Job>): Promise<Job>;
  /** Starts a run and plans it. */
  start(job: Job): Promise<RunRef>;
  /**
   * Processes up to `most` slice messages, including those that the processing sends.
   *
   * @defaultValue all
   */
  slices(most?: number): Promise<void>;
  /** Reads the current state of the run. */
  run(ref: RunRef): Promise<Run>;
}

export async function startBenchFlows(): Promise<BenchFlows> {
  const [store, files, host] = await Promise.all([
    startTestStore({ streams: false }),
    startObjectsProcess(),
    bundleExpressionHost(),
  ]);
  const sqs = new SQSClient({});
  const { objects } = files;
  const base = testPlatform(store.db);
  const context = {
    db: store.db,
    objects,
    sqs,
    sourceQueuePrefix: 'in-',
    mayConnect: createAddressRule([]),
    takeHostToken: async () => 0,
    takeOperatorToken: async () => 0,
  };
  const platform: BenchFlows['platform'] = {
    ...base,
    objects,
    sliceMs: 45_000,
    now: Date.now,
    open: (flow, run, tasks, log) =>
      openFlow(flow, {
        context: { ...context, run, pageSize: flow.pageSize, tasks, log, now: Date.now, random: Math.random },
        createChain: ({ transforms }, lookups) => createChain(transforms, { directory: host.directory, lookups }),
        readSecret: async () => undefined,
      }),
  };
  const run = async (ref: RunRef): Promise<Run> => {
    const row = await getRun(store.db, ref);
    if (!row) throw new Error(`run ${ref.ulid} is gone`);
    return row;
  };
  return {
    platform,
    meter: new CapacityMeter(store.db.client),
    store,
    run,
    define: (flow, job) => givenFlow(base, flow, job),
    async start(job) {
      const ref = await triggerJob(platform, job);
      for (const message of platform.sent.splice(0)) await processRunMessage(platform, rejectScripts, message);
      return ref;
    },
    async slices(most = Number.POSITIVE_INFINITY) {
      for (let done = 0; done < most; done++) {
        const message = platform.slices.shift();
        if (!message) return;
        await runSlice(platform, { v: 1, ...message });
      }
    },
    async [Symbol.asyncDispose]() {
      sqs.destroy();
      await Promise.all([store.stop(), files.stop(), host.remove()]);
    },
  };
}

/** @throws Error unless the run is completed */
export function expectCompleted(run: Run): void {
  if (isTerminal(run.state) && run.state === 'completed') return;
  throw new Error(`the run is ${run.state}: ${run.failure?.message ?? 'the run has not ended'}`);
}
