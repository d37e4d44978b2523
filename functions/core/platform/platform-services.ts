import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { ulid } from 'ulidx';
import type { Db } from '../store/db.ts';
import { readDefaultLimits } from './default-limits.ts';
import { createDynamoDbClient } from './dynamodb-client.ts';
import { requireEnv } from './env.ts';
import { Env } from './env-names.ts';
import { createLog } from './log.ts';
import { createMetrics } from './metrics.ts';
import type { Platform } from './platform.ts';
import type { Queues, QueueUrls } from './queues.ts';
import { createUsageCache } from './usage-cache.ts';

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

/** Reads the URLs of the queues from the environment. */
export const queueUrls = (): QueueUrls => ({
  runs: process.env[Env.runsQueueUrl] ?? '',
  ticks: process.env[Env.ticksQueueUrl] ?? '',
  notifications: process.env[Env.notificationsQueueUrl] ?? '',
  sweeps: process.env[Env.sweepsQueueUrl] ?? '',
  deadNotifications: process.env[Env.deadNotificationsQueueUrl] ?? '',
});

/** Creates the platform without its store. */
export function createServices(queues: Queues): Omit<Platform, 'db'> {
  const log = createLog();
  return {
    queues,
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
