import * as z from 'zod';
import type { Flow } from '../../core/domain/flow/flow.ts';
import { OVERLAP_POLICIES } from '../../core/domain/job.ts';
import { lazy } from '../http/route.ts';
import { namedSchema, nonNegativeInteger, timestamp } from '../openapi/operation-doc.ts';
import { toParsedSchema } from '../openapi/parsed-schema.ts';
import type { toDefinitionView } from './definition-view.ts';
import { flow } from './flow-request.ts';
import { HTTP_METHODS } from './job-request.ts';

/** Response schemas of job definitions, shared by all surfaces. */

export const flowResponse = lazy(() => namedSchema('Flow', toParsedSchema(flow) as z.ZodType<Flow>));

/** Schemas of the fields that `toDefinitionView` returns. */
export const definitionFields = lazy(() => {
  const text = z.string();
  return {
    id: text,
    name: text,
    schedule: text.nullable(),
    script: text.nullable(),
    type: z.enum(['script', 'http', 'flow']),
    enabled: z.literal([0, 1]),
    timeout_ms: nonNegativeInteger().nullable(),
    overlap_policy: z.enum(OVERLAP_POLICIES),
    start_grace_s: nonNegativeInteger(),
    finish_grace_s: nonNegativeInteger(),
    on_failure: text.nullable(),
    on_success: text.nullable(),
    on_late: text.nullable(),
    args: z.array(text).nullable(),
    env: z.record(text, text).nullable(),
    http: z
      .object({ url: text, method: z.enum(HTTP_METHODS), headers: z.record(text, text), body: text.nullable() })
      .nullable(),
    flow: flowResponse().nullable(),
    description: text.nullable(),
    timezone: text,
    start_at: timestamp().nullable(),
    end_at: timestamp().nullable(),
    jitter_seconds: nonNegativeInteger(),
    integration_id: text.nullable(),
    tags: z.array(text),
    retry: z.object({
      attempts: nonNegativeInteger(),
      backoff: z.enum(['exponential', 'fixed']),
      delay_seconds: nonNegativeInteger(),
      max_delay_seconds: nonNegativeInteger(),
    }),
  } satisfies Record<keyof ReturnType<typeof toDefinitionView>, z.ZodType>;
});

/**
 * Marks the items of a list that exceeds the response limit: `args`, `env`, `http`, `flow` and `description` are `null`
 * in every item.
 */
export const shortenedField = lazy(() => z.literal(true).optional());

export const FLOW_EXAMPLE = {
  id: 'orders-to-erp',
  name: 'Orders to the ERP',
  flow: {
    sources: [{ type: 'generate', count: 1_000 }],
    transforms: [{ type: 'filter', where: 'value > 10' }],
    sinks: [{ type: 'preview' }],
  },
};
