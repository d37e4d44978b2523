import { adminRoutes } from './admin/routes.ts';
import { flowsRoutes } from './flows/routes.ts';
import type { Route } from './http/route.ts';
import { integrationsRoutes } from './integrations/routes.ts';
import { pipelinesRoutes } from './pipelines/routes.ts';
import { runnerRoutes } from './runner/routes.ts';

export type SurfaceName = 'runner' | 'integrations' | 'admin' | 'flows' | 'pipelines';

/**
 * A surface has one Lambda function: the entry is `functions/api/<name>/handler.ts`, the permissions are in
 * `lib/stacks/api.ts`.
 */
export interface Surface {
  readonly name: SurfaceName;
  readonly routes: readonly Route[];
}

export const surfaces: readonly Surface[] = [
  { name: 'runner', routes: runnerRoutes },
  { name: 'integrations', routes: integrationsRoutes },
  { name: 'admin', routes: adminRoutes },
  { name: 'flows', routes: flowsRoutes },
  { name: 'pipelines', routes: pipelinesRoutes },
];
