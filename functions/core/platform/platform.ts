import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { SQSClient } from '@aws-sdk/client-sqs';
import { ulid } from 'ulidx';
import type { Limits } from '../domain/limits.ts';
import type { Db } from '../store/db.ts';
import { readDefaultLimits } from './default-limits.ts';
import { requireEnv } from './env.ts';
import { Env } from './env-names.ts';
import { createLog, type Log } from './log.ts';
import { createMetrics, type Metrics } from './metrics.ts';
import { createQueues, type Queues } from './queues.ts';
import { createStoredBytesCache, type StoredBytesCache } from './stored-bytes-cache.ts';

/** What the life of a run needs of the world: its store, its queues, time and chance. */
export interface Platform {
  readonly db: Db;
  readonly queues: Queues;
  readonly log: Log;
  readonly metrics: Metrics;
  /** What a tenant may use unless its own limits say otherwise. */
  readonly defaultLimits: Limits;
  readonly storedBytesCache: StoredBytesCache;
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
        return requireEnv(Env.jobsTable);
      },
      get runs() {
        return requireEnv(Env.runsTable);
      },
      get records() {
        return requireEnv(Env.recordsTable);
      },
      get access() {
        return requireEnv(Env.accessTable);
      },
      get counters() {
        return requireEnv(Env.countersTable);
      },
      get collections() {
        return requireEnv(Env.collectionsTable);
      },
    },
  };
}

/** Made once for each execution environment, outside the handler. */
export const createPlatform = (): Platform => ({ ...createPlatformServices(), db: createDb() });

/** All of the platform but its store. */
export function createPlatformServices(): Omit<Platform, 'db'> {
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
      stage: requireEnv(Env.stage),
      tenants: (process.env[Env.metricTenants] ?? '').split(',').filter(Boolean),
    }),
    defaultLimits: readDefaultLimits(),
    storedBytesCache: createStoredBytesCache(Date.now),
    now: Date.now,
    random: Math.random,
    newUlid: ulid,
  };
}
