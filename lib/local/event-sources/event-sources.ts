import { join } from 'node:path';
import type { StreamIndex } from '../dynamodb/stream-index.ts';
import type { LambdaFunction } from '../lambda/function.ts';
import type { LogSink } from '../lambda/log.ts';
import type { QueueSender } from '../scheduler/targets.ts';
import type { ChangeMonitor } from '../support/folder-changes.ts';
import type { Plan, QueueSourceDefinition, StreamSourceDefinition } from '../template/plan.ts';
import { CheckpointDatabase } from './checkpoint-database.ts';
import type { MessageAttributeCache } from './message-attribute-cache.ts';
import { type QueueClient, SqsSource } from './sqs-source.ts';
import { StreamSource } from './stream-source.ts';

export interface EventSourcesOptions {
  readonly dataDir: string;
  /** Functions by full name. */
  readonly functions: ReadonlyMap<string, LambdaFunction>;
  /** Base URLs of the services. */
  readonly endpoints: { readonly dynamodb: string; readonly sqs: string };
  /** Stream ARNs by table. */
  readonly streams: ReadonlyMap<string, string>;
  /** Client of SQS. */
  readonly queues: QueueClient;
  readonly attributeCache: MessageAttributeCache;
  readonly sender: QueueSender;
  readonly log: LogSink;
  /** Notifies of database changes; `undefined` if they cannot be observed. */
  readonly databaseChanges: ChangeMonitor | undefined;
  /** Looks up stream records; `undefined` if the database has no file. */
  readonly streamIndex: StreamIndex | undefined;
}

/** The running event source mappings of the template. */
export interface EventSources {
  /** Newest sequence number that all readers of a table's stream have processed: see `trimStreams`. */
  readonly readThrough: (table: string) => string | undefined;
  stop(): Promise<void>;
}

/** Seconds of a long poll. `SqsAndS3.endLongPolls()` ends pending ones on stop. */
const LONG_POLL_SECONDS = 20;

/** Starts the event source mappings of queues and streams. */
export function startEventSources(plan: Plan, options: EventSourcesOptions): EventSources {
  const checkpoints = new CheckpointDatabase(join(options.dataDir, 'checkpoints.sqlite'));
  const sources = [
    ...plan.queueSources.map((definition) => queueSource(definition, options)),
    ...plan.streamSources.map((definition) => streamSource(definition, options, checkpoints)),
  ];
  for (const source of sources) source.start();
  return {
    readThrough(table) {
      const readers = plan.streamSources.filter(({ tableName }) => tableName === table);
      return readers
        .map(({ id }) => checkpoints.readThrough(id))
        .reduce<string | undefined>(
          (oldest, one) => (oldest && BigInt(oldest) < BigInt(one) ? oldest : one),
          undefined,
        );
    },
    async stop() {
      await Promise.all(sources.map((source) => source.stop()));
      checkpoints.close();
    },
  };
}

function queueSource(definition: QueueSourceDefinition, options: EventSourcesOptions): SqsSource {
  const { functionName, ...mapping } = definition;
  const name = definition.queueArn.split(':').at(-1) ?? '';
  const { endpoints, queues, attributeCache, log } = options;
  return new SqsSource({
    ...mapping,
    client: queues,
    fn: findFunction(functionName, options),
    endpoint: endpoints.sqs,
    queueUrl: `${endpoints.sqs}/000000000000/${name}`,
    attributes: attributeCache,
    longPollSeconds: LONG_POLL_SECONDS,
    log,
  });
}

function streamSource(
  definition: StreamSourceDefinition,
  options: EventSourcesOptions,
  checkpoints: CheckpointDatabase,
) {
  const { functionName, id, tableName, onFailureQueueArn: queue, ...mapping } = definition;
  const { streamIndex } = options;
  const streamArn = options.streams.get(tableName);
  if (!streamArn) throw new Error(`${id} reads the stream of ${tableName}, which has none.`);
  return new StreamSource({
    ...mapping,
    fn: findFunction(functionName, options),
    endpoint: options.endpoints.dynamodb,
    streamArn,
    checkpoints: checkpoints.forReader(id),
    changes: options.databaseChanges,
    hasRecordsAfter: streamIndex && ((sequenceNumber) => streamIndex.hasRecordsAfter(tableName, sequenceNumber)),
    log: options.log,
    ...(queue !== undefined && { onFailure: (discarded) => options.sender.send(queue, JSON.stringify(discarded)) }),
  });
}

function findFunction(name: string, { functions }: EventSourcesOptions): LambdaFunction {
  const fn = functions.get(name);
  if (!fn) throw new Error(`An event source mapping leads to the function ${name}, which does not exist.`);
  return fn;
}
