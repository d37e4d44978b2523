import * as z from 'zod';
import type { Platform } from '../../core/platform/platform.ts';
import { getPlatformCounter } from '../../core/store/counters.ts';
import { alias, publicRoute } from '../http/route.ts';
import { nonNegativeInteger } from '../openapi/common-schemas.ts';

export const getHealth = publicRoute({
  method: 'GET',
  path: '/health',
  operation: 'health',
  openapi: () => ({ summary: 'Get the health of the service' }),
  responses: () => ({
    200: {
      description: 'The service is available.',
      body: z.object({
        ok: z.literal(true),
        uptime: z.number().min(0).describe('Seconds since the start of the Lambda execution environment.'),
        failedRegistrations: nonNegativeInteger().describe('Jobs of all tenants whose schedule was refused.'),
      }),
      example: { ok: true, uptime: 12.3, failedRegistrations: 0 },
    },
  }),
  async handle(_request, { db }: Pick<Platform, 'db'>) {
    const { current } = await getPlatformCounter(db);
    const uptime = Math.round(performance.now()) / 1_000;
    return { status: 200, body: { ok: true as const, uptime, failedRegistrations: current.failedRegistrations ?? 0 } };
  },
});

export const healthRoutes = [getHealth, alias(getHealth, { method: 'GET', path: '/status' })];
