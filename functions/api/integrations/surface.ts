import * as z from 'zod';
import type { Platform } from '../../core/platform/platform.ts';
import { lazy } from '../http/route.ts';
import type { Surface } from '../http/surface.ts';
import { namedSchema, nonNegativeInteger } from '../openapi/common-schemas.ts';
import { integrationsErrors } from './errors.ts';
import { getMetrics } from './metrics.ts';
import { getMinutes } from './minutes.ts';

/** The integration metrics contract, and the data of the console's chart. */
export const integrationsSurface: Surface<Pick<Platform, 'db' | 'now'>> = {
  name: 'integrations',
  description: 'Run counts of an organization, for its admins and managers.',
  routes: [getMetrics, getMinutes],
  errors: integrationsErrors,
  errorBody: lazy(() =>
    namedSchema(
      'IntegrationsError',
      z.object({ statusCode: nonNegativeInteger(), message: z.string(), error: z.string() }),
    ),
  ),
};
