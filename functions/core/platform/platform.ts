import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { SQSClient } from '@aws-sdk/client-sqs';
import { ulid } from 'ulidx';
import type { Limits } from '../domain/limits.ts';
import type { Db } from '../store/db.ts';
import { readDefaultLimits } from './default-limits.ts';
import { createDynamoDbClient } from './dynamodb-client.ts';
import { requireEnv } from './env.ts';
import { Env } from './env-names.ts';
import { createLog, type Log } from './log.ts';
import { createMetrics, type Metrics } from './metrics.ts';
import { createQueues, type Queues } from './queues.ts';
import { createUsageCache, type UsageCache } from './usage-cache.ts';

/** The dependencies of the engine: store, queues, clock and randomness. */
export interface Platform {
  readonly db: Db;
  readonly queues: Queues;
  readonly log: Log;
  readonly metrics: Metrics;
  /** Limits of tenants that have none of their own. */
  readonly defaultLimits: Limits;
  readonly usageCache: UsageCache;
  /** Epoch milliseconds. */
  readonly now: () => number;
  /** Returns a number in [0, 1). */
  readonly random: () => number;
  readonly newUlid: (now: number) => string;
}

/** Creates the store on the tables named in the environment. */
export function createDb(client: DynamoDBClient = createDynamoDbClient()): Db {
  return {
    client,
    // Evaluated on use: a function's environment names only the tables that it was granted.
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

/** Creates the platform; call it once per execution environment, outside the handler. */
export const createPlatform = (): Platform => ({ ...createPlatformServices(), db: createDb() });

/** Creates the platform without its store. */
export function createPlatformServices(): Omit<Platform, 'db'> {
  const log = createLog();
  return {
    queues: createQueues(new SQSClient({}), {
      runs: process.env[Env.runsQueueUrl] ?? '',
      ticks: process.env[Env.ticksQueueUrl] ?? '',
      notifications: process.env[Env.notificationsQueueUrl] ?? '',
      sweeps: process.env[Env.sweepsQueueUrl] ?? '',
      deadNotifications: process.env[Env.deadNotificationsQueueUrl] ?? '',
    }),
    log,
    metrics: createMetrics(log, {
      stage: requireEnv(Env.stage),
      tenants: (process.env[Env.metricTenants] ?? '').split(',').filter(Boolean),
    }),
    defaultLimits: readDefaultLimits(),
    usageCache: createUsageCache(Date.now),
    now: Date.now,
    random: Math.random,
    newUlid: ulid,
  };
}
