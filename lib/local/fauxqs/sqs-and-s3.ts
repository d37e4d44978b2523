import { join } from 'node:path';
import type { DatabaseSync } from 'node:sqlite';
import type { buildApp } from 'fauxqs';
import type { QueueClient } from '../event-sources/sqs-source.ts';
import { arn } from '../support/arn.ts';
import { LOOPBACK } from '../support/http.ts';
import { type FauxqsTimedQueue, withDueTimer } from './due-timer.ts';
import { captureMessageGroup, withFairDequeue } from './fair-queue.ts';
import { matchAsSqs } from './message-characters.ts';
import { type S3Files, type S3Store, withByteOrderListing, withHashedFileNames } from './object-store.ts';
import { createObjectTags } from './object-tags.ts';
import { type QueueActions, queueClient } from './queue-client.ts';

/** SQS and S3 (and SNS, which is unused): fauxqs in this process. */
export interface SqsAndS3 {
  readonly url: string;
  /** Calls SQS without HTTP and authorization, for the event sources. */
  readonly client: QueueClient;
  /**
   * Creates a queue, or updates the attributes of the existing one.
   *
   * @returns the queue URL
   */
  ensureQueue(name: string, attributes: Readonly<Record<string, string>>): string;
  ensureBucket(name: string): void;
  queueUrl(name: string): string;
  /** Ends all pending long polls and disables further ones, so that a stop does not wait for pollers. */
  endLongPolls(): void;
  stop(): Promise<void>;
}

export type FauxqsApp = ReturnType<typeof buildApp>;

/** Internal members of fauxqs (version 2.4.1) that this module uses. */
interface Queue extends FauxqsTimedQueue {
  readonly name: string;
  readonly arn: string;
  url: string;
  persistence?: unknown;
  setAttributes(attributes: Readonly<Record<string, string>>): void;
  cancelWaiters(): void;
}
interface SqsStore {
  persistence?: unknown;
  /** Host in the URLs of queues created through the API; empty uses the host of the request. */
  host: string;
  /** Queues by URL. */
  readonly queues: Map<string, Queue>;
  getQueueByArn(queueArn: string): Queue | undefined;
  createQueue(name: string, url: string, queueArn: string, attributes: Readonly<Record<string, string>>): Queue;
}
interface PersistenceManager {
  readonly db: DatabaseSync;
  updateMessageReady(messageId: string): void;
  loadSqsAndSns(sqs: SqsStore, sns: object): void;
  close(): void;
}

/** Maximum request size in bytes, because a request is held in memory. S3 allows 5 GB. */
const MAX_OBJECT_BYTES = 256 * 1_024 * 1_024;

/**
 * Starts fauxqs on 127.0.0.1 with its state in the data folder. Assembles the parts of fauxqs, because its
 * `startFauxqs()` listens on all interfaces.
 *
 * @param attach adds hooks to the application before it listens
 */
export async function startSqsAndS3(dataDir: string, attach: (app: FauxqsApp) => void = () => {}): Promise<SqsAndS3> {
  const fauxqs = await import('fauxqs');
  const folder = new URL('.', import.meta.resolve('fauxqs'));
  const importModule = async <Module>(path: string) => (await import(new URL(path, folder).href)) as Module;
  const importInternal = async <Export>(path: string, name: string): Promise<Export> =>
    (await importModule<Record<string, Export>>(path))[name] as Export;
  const [Sqs, Sns, S3, Persistence, Files] = await Promise.all([
    importInternal<new () => SqsStore>('sqs/sqsStore.js', 'SqsStore'),
    importInternal<new () => { persistence?: unknown }>('sns/snsStore.js', 'SnsStore'),
    importInternal<new () => S3Store>('s3/s3Store.js', 'S3Store'),
    importInternal<new (folder: string) => PersistenceManager>('persistence.js', 'PersistenceManager'),
    importInternal<new (folder: string) => S3Files>('s3/fileS3Persistence.js', 'FileS3Persistence'),
  ]);
  const actions: QueueActions<SqsStore> = {
    ...(await importModule<Pick<QueueActions<SqsStore>, 'receiveMessage'>>('sqs/actions/receiveMessage.js')),
    ...(await importModule<Pick<QueueActions<SqsStore>, 'deleteMessageBatch'>>('sqs/actions/deleteMessageBatch.js')),
    ...(await importModule<Pick<QueueActions<SqsStore>, 'changeMessageVisibilityBatch'>>(
      'sqs/actions/changeMessageVisibilityBatch.js',
    )),
  };
  matchAsSqs(await importInternal<RegExp>('sqs/sqsTypes.js', 'INVALID_MESSAGE_BODY_CHAR'));
  const [sqsStore, snsStore, s3Store] = [new (withPatchedQueues(Sqs))(), new Sns(), new (withByteOrderListing(S3))()];
  // The default is a subdomain of `localhost`, which not all machines resolve.
  sqsStore.host = '';
  const database = new Persistence(join(dataDir, 'queues'));
  // The default flushes the disk after each statement, for 5 ms in which this process does nothing else. A killed process
  // loses no statement without it; the machine's loss of power may lose the last ones.
  database.db.exec('PRAGMA synchronous = NORMAL');
  // fauxqs sets the receive count to NULL, which the table does not allow: a visibility timeout of 0 s would fail.
  const makeReady = database.db.prepare(
    'UPDATE sqs_messages SET receipt_handle = NULL, visibility_deadline = NULL WHERE message_id = ?',
  );
  database.updateMessageReady = (messageId) => void makeReady.run(messageId);
  const files = new (withHashedFileNames(Files))(join(dataDir, 'objects'));
  // Loaded before persistence is attached; otherwise each loaded row would be written again.
  database.loadSqsAndSns(sqsStore, snsStore);
  files.loadS3(s3Store);
  sqsStore.persistence = database;
  snsStore.persistence = database;
  for (const queue of sqsStore.queues.values()) queue.persistence = database;
  s3Store.persistence = files;

  type Stores = NonNullable<NonNullable<Parameters<typeof buildApp>[0]>['stores']>;
  const stores = { sqsStore, snsStore, s3Store } as unknown as Stores;
  const app = fauxqs.buildApp({ logger: false, stores });
  // fauxqs' default limit of 11 MB is far below S3's limit for PutObject.
  app.addContentTypeParser(/^/, { parseAs: 'buffer', bodyLimit: MAX_OBJECT_BYTES }, (_request, body, done) => {
    done(null, body);
  });
  attach(app);
  app.addHook('preHandler', captureMessageGroup);
  const tags = createObjectTags(join(dataDir, 'object-tags'));
  app.addHook('preHandler', async (request, reply) => {
    const { bucket, key } = placeOf(request.params);
    if (!bucket) return;
    const refusal = findRejection(request, bucket, key, s3Store);
    if (refusal) {
      const xml = `<Error><Code>${refusal.code}</Code><Message>${refusal.message}</Message></Error>`;
      await reply.code(refusal.status).type('application/xml').send(xml);
    } else if (isTagging(request.query)) {
      const version = s3Store.headObject(bucket, key);
      if (request.method === 'PUT') tags.put(bucket, key, version, String(request.body));
      await reply.type('application/xml').send(request.method === 'GET' ? tags.get(bucket, key, version) : '');
    }
  });
  // A copy has the tags of its source.
  app.addHook('onResponse', async (request, { statusCode }) => {
    const source = copySourceOf(request.headers);
    const version = source && statusCode === 200 ? findObject(s3Store, source.bucket, source.key) : undefined;
    if (!source || !version) return;
    const { bucket, key } = placeOf(request.params);
    tags.put(bucket, key, s3Store.headObject(bucket, key), tags.get(source.bucket, source.key, version));
  });
  app.addHook('preClose', (done) => {
    database.close();
    files.close();
    done();
  });
  const url = await app.listen({ port: 0, host: LOOPBACK });

  const queueUrl = (name: string) => `${url}/000000000000/${name}`;
  // The URLs of user-created queues contain the previous port.
  const queues = [...sqsStore.queues.values()].filter((queue) => queue.arn === arn('sqs', queue.name));
  for (const queue of queues) {
    sqsStore.queues.delete(queue.url);
    queue.url = queueUrl(queue.name);
    sqsStore.queues.set(queue.url, queue);
  }
  return {
    url,
    client: queueClient(actions, sqsStore),
    queueUrl,
    ensureQueue(name, attributes) {
      const queueArn = arn('sqs', name);
      const existing = sqsStore.getQueueByArn(queueArn);
      if (existing) existing.setAttributes({ RedrivePolicy: '', ...attributes });
      else sqsStore.createQueue(name, queueUrl(name), queueArn, attributes);
      return queueUrl(name);
    },
    ensureBucket(name) {
      if (!s3Store.hasBucket(name)) s3Store.createBucket(name);
    },
    endLongPolls() {
      for (const queue of sqsStore.queues.values()) {
        queue.waitForMessages = () => Promise.resolve();
        queue.cancelWaiters();
      }
    },
    stop: () => app.close(),
  };
}

const withPatchedQueues = (Base: new () => SqsStore): (new () => SqsStore) =>
  class extends Base {
    override createQueue(...parameters: Parameters<SqsStore['createQueue']>): Queue {
      return withDueTimer(withFairDequeue(super.createQueue(...parameters)));
    }
  };

interface S3Rejection {
  readonly status: number;
  readonly code: string;
  readonly message: string;
}

/** S3 subresources that fauxqs would mistake for a plain read or write of the object. */
const NOT_EMULATED = [
  ['acl', 'versioning', 'versions', 'notification', 'encryption', 'policy', 'cors', 'publicAccessBlock'],
  ['object-lock', 'retention', 'legal-hold', 'website', 'replication', 'logging'],
].flat();

/** Bytes; https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-keys.html */
const MAX_KEY_BYTES = 1_024;

/** Finds the reason to reject a request to S3 before it reaches fauxqs. */
function findRejection(
  request: { method: string; query: unknown; headers: NodeJS.Dict<string | string[]> },
  bucket: string,
  key: string,
  objects: S3Store,
): S3Rejection | undefined {
  const query = (request.query ?? {}) as Record<string, unknown>;
  const unsupported = NOT_EMULATED.find((name) => name in query);
  if (unsupported) return { status: 501, code: 'NotImplemented', message: `${unsupported} is not emulated` };
  if (Buffer.byteLength(key) > MAX_KEY_BYTES) {
    return { status: 400, code: 'KeyTooLongError', message: 'Your key is too long' };
  }
  const found = findObject(objects, bucket, key);
  const missing = { status: 404, code: 'NoSuchKey', message: 'The specified key does not exist.' };
  const message = 'At least one of the pre-conditions you specified did not hold';
  const failed = { status: 412, code: 'PreconditionFailed', message };
  const { method, headers } = request;
  if (isTagging(query)) {
    if (!key || !['GET', 'PUT'].includes(method))
      return { status: 501, code: 'NotImplemented', message: 'only tags of objects are emulated' };
    return found ? undefined : missing;
  }
  if (!['PUT', 'DELETE', 'HEAD'].includes(method) || !key || 'uploadId' in query) return undefined;
  const source = copySourceOf(headers);
  const sourceMatch = headers['x-amz-copy-source-if-match'];
  if (source && sourceMatch) {
    const copied = findObject(objects, source.bucket, source.key);
    if (!copied) return missing;
    if (copied.etag !== sourceMatch) return failed;
  }
  const ifMatch = headers['if-match'];
  if (ifMatch && !found) return missing;
  return (ifMatch && ifMatch !== found?.etag) || (headers['if-none-match'] === '*' && found) ? failed : undefined;
}

interface Place {
  readonly bucket: string;
  readonly key: string;
}

function placeOf(params: unknown): Place {
  const { bucket = '', '*': key = '' } = (params ?? {}) as { bucket?: string; '*'?: string };
  return { bucket, key };
}

const isTagging = (query: unknown): boolean => 'tagging' in ((query ?? {}) as object);

/** Returns the object that a request copies, if it copies one. */
function copySourceOf(headers: NodeJS.Dict<string | string[]>): Place | undefined {
  const source = headers['x-amz-copy-source'];
  const [, bucket, key] =
    /^\/?([^/]+)\/(.+)$/s.exec(decodeURIComponent(typeof source === 'string' ? source : '')) ?? [];
  return bucket !== undefined && key !== undefined ? { bucket, key } : undefined;
}

function findObject(objects: S3Store, bucket: string, key: string) {
  try {
    return objects.headObject(bucket, key);
  } catch {
    return undefined;
  }
}
