import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { SQSClient } from '@aws-sdk/client-sqs';
import { ulid } from 'ulidx';
import type { Limits } from '../domain/limits.ts';
import type { Db } from '../store/db.ts';
import { defaultLimits } from './default-limits.ts';
import { required } from './env.ts';
import { Env } from './env-names.ts';
import { createLog, type Log } from './log.ts';
import { createMetrics, type Metrics } from './metrics.ts';
import { createQueues, type Queues } from './queues.ts';
import { createKnownBytes, type KnownBytes } from './stored-bytes.ts';

/** What the life of a run needs of the world: its store, its queues, time and chance. */
export interface Platform {
  readonly db: Db;
  readonly queues: Queues;
  readonly log: Log;
  readonly metrics: Metrics;
  /** What a tenant may use unless its own limits say otherwise. */
  readonly defaultLimits: Limits;
  readonly knownBytes: KnownBytes;
  /** Epoch milliseconds. */
  readonly now: () => number;
  /** In [0, 1). */
  readonly random: () => number;
  readonly newUlid: (now: number) => string;
}

/** The store on the tables the environment names. */
export function createDb(client: DynamoDBClient = new DynamoDBClient({})): Db {
  return {
    client,
    // Read when used: a function is told the tables that it was granted, and no other.
    tables: {
      get jobs() {
        return required(Env.jobsTable);
      },
      get runs() {
        return required(Env.runsTable);
      },
      get records() {
        return required(Env.recordsTable);
      },
      get access() {
        return required(Env.accessTable);
      },
      get counters() {
        return required(Env.countersTable);
      },
      get collections() {
        return required(Env.collectionsTable);
      },
    },
  };
}

/** Made once for each execution environment, outside the handler. */
export const createPlatform = (): Platform => ({ ...createSurroundings(), db: createDb() });

/** All of the platform but its store. */
export function createSurroundings(): Omit<Platform, 'db'> {
  const log = createLog();
  return {
    queues: createQueues(new SQSClient({}), {
      runs: process.env[Env.runsQueueUrl] ?? '',
      ticks: process.env[Env.ticksQueueUrl] ?? '',
      notifications: process.env[Env.notificationsQueueUrl] ?? '',
      deadNotifications: process.env[Env.deadNotificationsQueueUrl] ?? '',
    }),
    log,
    metrics: createMetrics(log, {
      stage: required(Env.stage),
      tenants: (process.env[Env.metricTenants] ?? '').split(',').filter(Boolean),
    }),
    defaultLimits: defaultLimits(),
    knownBytes: createKnownBytes(Date.now),
    now: Date.now,
    random: Math.random,
    newUlid: ulid,
  };
}
