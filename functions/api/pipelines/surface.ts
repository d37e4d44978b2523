import { routesFromOperations } from '../http/operation.ts';
import type { Surface } from '../http/surface.ts';
import { pipelinesErrors } from './errors.ts';
import { pipelinesDescriptions } from './openapi.ts';
import { pipelinesOperations } from './operations.ts';
import type { PipelinesPlatform } from './pipelines-platform.ts';
import { errorBody } from './responses.ts';
import { pipelinesRoutes } from './routes.ts';

/** The pipeline jobs contract. */
export const pipelinesSurface: Surface<PipelinesPlatform> = {
  name: 'pipelines',
  description: 'Streaming pipelines, for data engineers: jobs, checkpoints, operators, logs and metrics.',
  routes: routesFromOperations(pipelinesRoutes, pipelinesOperations, () => pipelinesDescriptions),
  errors: pipelinesErrors,
  errorBody: () => errorBody,
};
