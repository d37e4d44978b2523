import * as z from 'zod';
import { OVERLAP_POLICIES } from '../../core/domain/job.ts';
import { called, moment, whole } from '../openapi/described.ts';
import { parsedShape } from '../openapi/parsed-shape.ts';
import type { definitionView } from './definition-view.ts';
import { flow } from './flow-shape.ts';
import { HTTP_METHODS } from './job-shape.ts';

/** Shapes of what surfaces answer about jobs that are defined. */

const text = z.string();

export const flowShown = called('Flow', parsedShape(flow));

const http = z.object({
  url: text,
  method: z.enum(HTTP_METHODS),
  headers: z.record(text, text),
  body: text.nullable(),
});

const retry = z.object({
  attempts: whole(),
  backoff: z.enum(['exponential', 'fixed']),
  delay_seconds: whole(),
  max_delay_seconds: whole(),
});

/** What `definitionView` shows. */
export const definitionShown = {
  id: text,
  name: text,
  schedule: text.nullable(),
  script: text.nullable(),
  type: z.enum(['script', 'http', 'flow']),
  enabled: z.literal([0, 1]),
  timeout_ms: whole().nullable(),
  overlap_policy: z.enum(OVERLAP_POLICIES),
  start_grace_s: whole(),
  finish_grace_s: whole(),
  on_failure: text.nullable(),
  on_success: text.nullable(),
  on_late: text.nullable(),
  args: z.array(text).nullable(),
  env: z.record(text, text).nullable(),
  http: http.nullable(),
  flow: flowShown.nullable(),
  description: text.nullable(),
  timezone: text,
  start_at: moment().nullable(),
  end_at: moment().nullable(),
  jitter_seconds: whole(),
  integration_id: text.nullable(),
  tags: z.array(text),
  retry,
} satisfies Record<keyof ReturnType<typeof definitionView>, z.ZodType>;

/** Of a list whose answer would be too large: `args`, `env`, `http`, `flow` and `description` are left out of all. */
export const shortened = z.literal(true).optional();

export const FLOW_EXAMPLE = {
  id: 'orders-to-erp',
  name: 'Orders to the ERP',
  flow: {
    sources: [{ type: 'generate', count: 1_000 }],
    transforms: [{ type: 'filter', where: 'value > 10' }],
    sinks: [{ type: 'preview' }],
  },
};
