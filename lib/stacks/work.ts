import { Duration, Stack } from 'aws-cdk-lib';
import { RecursiveLoop } from 'aws-cdk-lib/aws-lambda';
import type { Construct } from 'constructs';
import { Env } from '../../functions/core/platform/env-names.ts';
import { FEATURE_ATTRIBUTES } from '../../functions/core/store/limits.ts';
import { ENVELOPE_ATTRIBUTES } from '../../functions/core/store/secrets.ts';
import type { Bundles } from '../bundle.ts';
import type { StageConfig } from '../config.ts';
import { ExecutionEvents } from '../constructs/execution-events.ts';
import { PlatformFunction } from '../constructs/function.ts';
import { platformStackProps } from '../constructs/platform-stack-props.ts';
import { DEAD_LETTER_CONSUMER, DeadLetterQueue, WorkQueue } from '../constructs/queue.ts';
import { grantTargets } from '../constructs/targets.ts';
import type { DataStack } from './data.ts';

export interface WorkStackProps {
  readonly config: StageConfig;
  readonly bundles: Bundles;
  readonly data: DataStack;
}

/**
 * Heap of the worker process for each run in MB. A slice of a flow needs little memory, regardless of the size of its
 * source: a page is at most 2 MB of text, which takes 5–13 times as much in memory.
 */
export const HEAP_MB_PER_RUN = 128;

/** Limit of the process of a script, or of the expressions of a flow's slice, in MB. */
const PROCESS_MB_PER_RUN = 256;

/** Memory of the worker process outside of its heap, and of the process that waits for the next script, in MB. */
const WORKER_BASE_MB = 128;

/** One vCPU. */
const WORKER_MIN_MB = 1769;

/** Memory of a worker in MB: of all runs at their limits, and at least one vCPU's. 4 runs fit into one vCPU's. */
export const workerMemoryMb = (runsPerWorker: number): number =>
  Math.max(WORKER_MIN_MB, WORKER_BASE_MB + runsPerWorker * (HEAP_MB_PER_RUN + PROCESS_MB_PER_RUN));

/** From tick to ended run: the queues, the dispatcher, the worker and the dead-letter consumers. */
export class WorkStack extends Stack {
  readonly ticks: WorkQueue;
  readonly runs: WorkQueue;
  readonly dispatcher: PlatformFunction;
  readonly worker: PlatformFunction;

  constructor(scope: Construct, id: string, { config, bundles, data }: WorkStackProps) {
    super(scope, id, platformStackProps(scope, id, 'Jobdeck: queues, dispatcher and workers', config));
    const { jobs, runs, records, access, counters, collections, files, secretsKey, sourceQueues } = data;

    this.dispatcher = new PlatformFunction(this, 'Dispatcher', {
      config,
      bundles,
      name: 'dispatcher',
      description: 'Creates a run or a skipped row for each tick',
      timeout: Duration.seconds(30),
    });
    this.worker = new PlatformFunction(this, 'Worker', {
      config,
      bundles,
      name: 'worker',
      description: 'Claims, executes and reports runs',
      // The maximum of Lambda: a run takes up to 14 minutes, and its result must be written.
      timeout: Duration.minutes(15),
      memorySize: workerMemoryMb(config.runsPerWorker),
      heapMb: HEAP_MB_PER_RUN * config.runsPerWorker,
      // The memory of crashed workers is in the report only.
      reportsInvocations: true,
      // A worker queues messages that invoke workers, which recursive loop detection would stop after 16 turns.
      recursiveLoop: RecursiveLoop.ALLOW,
    });
    const ticksDlqConsumer = new PlatformFunction(this, 'DeadTicks', {
      config,
      bundles,
      name: 'dead-letters-ticks',
      description: 'Records ticks that could not be dispatched',
      ...DEAD_LETTER_CONSUMER,
    });
    const runsDlqConsumer = new PlatformFunction(this, 'DeadRuns', {
      config,
      bundles,
      name: 'dead-letters-runs',
      description: 'Fails runs whose message crashed workers repeatedly',
      ...DEAD_LETTER_CONSUMER,
    });

    this.ticks = new WorkQueue(this, 'Ticks', {
      config,
      name: 'ticks',
      env: Env.ticksQueueUrl,
      consumer: this.dispatcher,
      batchSize: 10,
      maxConcurrency: config.dispatchers,
      maxReceiveCount: 5,
      dlq: new DeadLetterQueue(this, 'TicksDeadLetters', {
        config,
        name: 'ticks-dead-letters',
        consumer: ticksDlqConsumer,
      }),
    });
    this.runs = new WorkQueue(this, 'Runs', {
      config,
      name: 'runs',
      env: Env.runsQueueUrl,
      consumer: this.worker,
      batchSize: config.runsPerWorker,
      maxConcurrency: config.workers,
      maxReceiveCount: 5,
      dlq: new DeadLetterQueue(this, 'RunsDeadLetters', {
        config,
        name: 'runs-dead-letters',
        consumer: runsDlqConsumer,
      }),
    });

    for (const fn of [this.dispatcher, ticksDlqConsumer]) {
      jobs.grant(fn, 'GetItem', 'BatchGetItem', 'UpdateItem');
      runs.grant(fn, 'GetItem', 'BatchGetItem', 'Query', 'PutItem', 'UpdateItem');
      runs.grantIndex(fn, 'active');
      // A tick may cancel a flow run and so stop its tasks, which leave the line of waiting tasks.
      records.grant(fn, 'GetItem', 'Query', 'PutItem', 'DeleteItem');
      access.grant(fn, 'GetItem', 'BatchGetItem');
      counters.grant(fn, 'GetItem', 'BatchGetItem');
      this.runs.grantSend(fn);
    }
    // For the jobs that start after runs of another.
    jobs.grant(this.dispatcher, 'Query');
    this.ticks.grantSend(this.dispatcher);
    // The end of a run of a backfill requests its next step.
    for (const fn of [this.worker, ticksDlqConsumer, runsDlqConsumer]) this.ticks.grantSend(fn);
    // Dead letters are stored for their tenants.
    for (const fn of [ticksDlqConsumer, runsDlqConsumer]) access.grant(fn, 'PutItem');

    jobs.grant(this.worker, 'GetItem', 'BatchGetItem', 'Query', 'PutItem', 'UpdateItem', 'DeleteItem');
    runs.grant(this.worker, 'GetItem', 'BatchGetItem', 'Query', 'PutItem', 'UpdateItem');
    runs.grantIndex(this.worker, 'active');
    records.grant(
      this.worker,
      'GetItem',
      'BatchGetItem',
      'Query',
      'PutItem',
      'UpdateItem',
      'DeleteItem',
      'BatchWriteItem',
    );
    access.grant(this.worker, 'GetItem', 'BatchGetItem');
    collections.grant(this.worker, 'BatchGetItem', 'BatchWriteItem');
    this.runs.grantSend(this.worker);
    secretsKey.grantOpen(this.worker, 'secret', 'signing-secret');
    // A signing secret is created on first use. API keys and limits are in the same table, but have other attributes.
    secretsKey.grantSeal(this.worker, 'signing-secret');
    access.grantAttributes(this.worker, ENVELOPE_ATTRIBUTES, 'PutItem');
    // A script starts runs, within the usage of its tenant, and may be the first to use a priority.
    counters.grant(this.worker, 'GetItem', 'BatchGetItem');
    access.grantAttributes(this.worker, FEATURE_ATTRIBUTES, 'UpdateItem');
    files.grant(this.worker, 'data', 'GetObject', 'ListBucket', 'PutObject');
    // Files that a flow has read are moved or tagged. A copy takes the tags along.
    files.grant(this.worker, 'data', 'DeleteObject', 'GetObjectTagging', 'PutObjectTagging');
    files.grant(this.worker, 'runs', 'GetObject', 'ListBucket', 'PutObject', 'DeleteObject');
    sourceQueues.grantConsume(this.worker);
    grantTargets(config, this.worker);
    new ExecutionEvents(this, 'ExecutionEvents', { config, runs: this.runs });
    this.worker.addEnvironment(Env.sliceMs, String(config.sliceSeconds * 1_000));

    jobs.grant(runsDlqConsumer, 'GetItem', 'UpdateItem');
    // A failed slice fails its run: stops the other tasks and logs the failure.
    runs.grant(runsDlqConsumer, 'GetItem', 'BatchGetItem', 'Query', 'PutItem', 'UpdateItem');
    records.grant(runsDlqConsumer, 'GetItem', 'Query', 'PutItem', 'DeleteItem', 'BatchWriteItem');
    runs.grantIndex(runsDlqConsumer, 'active');
    access.grant(runsDlqConsumer, 'GetItem');
    this.runs.grantSend(runsDlqConsumer);
  }
}
