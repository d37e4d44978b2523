import * as z from 'zod';
import { called, moment, whole } from '../openapi/described.ts';
import type { jobStatsView } from './job-stats-view.ts';

/** Shapes of what the admin surface answers. */

const text = z.string();

export const errorBody = called(
  'AdminError',
  z.object({ success: z.literal(false), message: text, error: text, timestamp: moment() }),
);

const execution = z.object({
  id: text,
  status: z.enum(['pending', 'processing', 'completed', 'failed', 'canceled']),
  startedAt: moment().nullable(),
  completedAt: moment().nullable(),
  itemsProcessed: whole(),
});

const data = {
  jobName: text,
  status: z.enum(['disabled', 'running', 'pending', 'idle']),
  queue: z.object({ pending: whole(), processing: whole(), failed: whole(), completed: whole() }),
  performance: z.object({
    averageExecutionTime: text.nullable(),
    lastExecutionTime: text.nullable(),
    successRate: text.nullable(),
  }),
  schedule: z.object({ cron: text.nullable(), nextRun: moment().nullable(), lastRun: moment().nullable() }),
  recentExecutions: z.array(execution).max(10),
} satisfies Record<keyof ReturnType<typeof jobStatsView>, z.ZodType>;

export const jobStats = called(
  'AdminJobStats',
  z.object({
    success: z.literal(true),
    message: text,
    data: z.object({ ...data, generatedAt: moment() }),
    timestamp: moment(),
  }),
);
