import * as z from 'zod';
import { called, moment, whole } from '../openapi/described.ts';
import type { MetricsView } from './metrics-view.ts';
import type { MinuteView } from './minutes.ts';

/** Shapes of what the integrations surface answers. */

export const errorBody = called(
  'IntegrationsError',
  z.object({ statusCode: whole(), message: z.string(), error: z.string() }),
);

export const metrics = called(
  'IntegrationsMetrics',
  z.object({
    pendingCount: whole(),
    processingCount: whole(),
    failedCount: whole(),
    oldestPendingAgeMs: whole().nullable(),
    lastRunAt: moment().nullable(),
    lastRunDurationMs: whole().nullable(),
  } satisfies Record<keyof MetricsView, z.ZodType>),
);

const minute = z.object({ minute: moment(), ok: whole(), error: whole() } satisfies Record<
  keyof MinuteView,
  z.ZodType
>);
export const minutes = called('IntegrationsMinutes', z.object({ minutes: z.array(minute).length(60) }));
