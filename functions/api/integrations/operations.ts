import type { Platform } from '../../core/platform/platform.ts';
import type { Operations } from '../http/operation.ts';
import { getMetrics } from './metrics.ts';
import { getMinutes } from './minutes.ts';
import type { integrationsRoutes } from './routes.ts';

/** Creates the handlers of the integrations surface by operation name. */
export function integrationsOperations(
  platform: Pick<Platform, 'db' | 'now'>,
): Operations<(typeof integrationsRoutes)[number]> {
  return { getMetrics: getMetrics(platform), getMinutes: getMinutes(platform) };
}
