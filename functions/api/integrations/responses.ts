import * as z from 'zod';
import { namedSchema, nonNegativeInteger, timestamp } from '../openapi/operation-doc.ts';
import type { MetricsView } from './metrics-view.ts';
import type { MinuteView } from './minutes.ts';

/** Schemas of the responses of the integrations surface. */

export const errorBody = namedSchema(
  'IntegrationsError',
  z.object({ statusCode: nonNegativeInteger(), message: z.string(), error: z.string() }),
);

export const metrics = namedSchema(
  'IntegrationsMetrics',
  z.object({
    pendingCount: nonNegativeInteger(),
    processingCount: nonNegativeInteger(),
    failedCount: nonNegativeInteger(),
    oldestPendingAgeMs: nonNegativeInteger().nullable(),
    lastRunAt: timestamp().nullable(),
    lastRunDurationMs: nonNegativeInteger().nullable(),
  } satisfies Record<keyof MetricsView, z.ZodType>),
);

const minute = z.object({ minute: timestamp(), ok: nonNegativeInteger(), error: nonNegativeInteger() } satisfies Record<
  keyof MinuteView,
  z.ZodType
>);
export const minutes = namedSchema('IntegrationsMinutes', z.object({ minutes: z.array(minute).length(60) }));
