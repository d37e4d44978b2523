import * as z from 'zod';
import { namedSchema, nonNegativeInteger, timestamp } from '../openapi/operation-doc.ts';
import type { toJobStatsView } from './job-stats-view.ts';

/** Schemas of the responses of the admin surface. */

const text = z.string();

export const errorBody = namedSchema(
  'AdminError',
  z.object({ success: z.literal(false), message: text, error: text, timestamp: timestamp() }),
);

const execution = z.object({
  id: text,
  status: z.enum(['pending', 'processing', 'completed', 'failed', 'canceled']),
  startedAt: timestamp().nullable(),
  completedAt: timestamp().nullable(),
  itemsProcessed: nonNegativeInteger(),
});

const data = {
  jobName: text,
  status: z.enum(['disabled', 'running', 'pending', 'idle']),
  queue: z.object({
    pending: nonNegativeInteger(),
    processing: nonNegativeInteger(),
    failed: nonNegativeInteger(),
    completed: nonNegativeInteger(),
  }),
  performance: z.object({
    averageExecutionTime: text.nullable(),
    lastExecutionTime: text.nullable(),
    successRate: text.nullable(),
  }),
  schedule: z.object({ cron: text.nullable(), nextRun: timestamp().nullable(), lastRun: timestamp().nullable() }),
  recentExecutions: z.array(execution).max(10),
} satisfies Record<keyof ReturnType<typeof toJobStatsView>, z.ZodType>;

export const jobStats = namedSchema(
  'AdminJobStats',
  z.object({
    success: z.literal(true),
    message: text,
    data: z.object({ ...data, generatedAt: timestamp() }),
    timestamp: timestamp(),
  }),
);
