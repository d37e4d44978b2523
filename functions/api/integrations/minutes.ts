import * as z from 'zod';
import { toMinute } from '../../core/domain/counters.ts';
import type { Platform } from '../../core/platform/platform.ts';
import { listMinutes } from '../../core/store/counters.ts';
import { lazy, route, type ViewOf } from '../http/route.ts';
import { namedSchema, nonNegativeInteger, timestamp } from '../openapi/common-schemas.ts';

/** The current minute and the 59 before it, as in `GET /stats`. */
const MINUTES_SHOWN = 60;

const minutesSchema = lazy(() =>
  namedSchema(
    'IntegrationsMinutes',
    z.object({
      minutes: z
        .array(
          z.object({
            /** Start of the minute. */
            minute: timestamp(),
            /** Completed runs. */
            ok: nonNegativeInteger(),
            /** Failed runs, including timeouts. */
            error: nonNegativeInteger(),
          }),
        )
        .length(MINUTES_SHOWN),
    }),
  ),
);
export type MinutesView = ViewOf<typeof minutesSchema>;
/** The run counts of one minute. */
export type MinuteView = MinutesView['minutes'][number];

/**
 * Returns the completed and failed runs of the last hour by minute. The integration metrics contract does not have this
 * route; the console draws a chart of it.
 */
export const getMinutes = route({
  method: 'GET',
  path: '/api/integrations/jobs/minutes',
  operation: 'getMinutes',
  action: 'metrics',
  openapi: () => ({ summary: 'Count the completed and failed runs of the last hour by minute' }),
  responses: () => ({ 200: { description: 'All 60 minutes, oldest first.', body: minutesSchema() } }),
  async handle({ caller: { tenant } }, { db, now }: Pick<Platform, 'db' | 'now'>) {
    const time = now();
    const countsByMinute = new Map(
      (await listMinutes(db, tenant, time, MINUTES_SHOWN)).map((counts) => [counts.minute, counts]),
    );
    const minutes = Array.from({ length: MINUTES_SHOWN }, (_, i): MinuteView => {
      const minute = toMinute(time - (MINUTES_SHOWN - 1 - i) * 60_000);
      const { ok, error } = countsByMinute.get(minute) ?? { ok: 0, error: 0 };
      return { minute: `${minute}:00.000Z`, ok, error };
    });
    return { status: 200, body: { minutes } };
  },
});
