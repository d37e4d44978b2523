import { adminSurface } from './admin/surface.ts';
import { flowsSurface } from './flows/surface.ts';
import type { Surface } from './http/surface.ts';
import { integrationsSurface } from './integrations/surface.ts';
import { pipelinesSurface } from './pipelines/surface.ts';
import { runnerSurface } from './runner/surface.ts';

/** All surfaces. The order is that of the OpenAPI document. */
export const surfaces: readonly Surface[] = [
  runnerSurface,
  integrationsSurface,
  adminSurface,
  flowsSurface,
  pipelinesSurface,
];
