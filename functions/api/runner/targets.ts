import * as z from 'zod';
import { NAMED_TYPES } from '../../core/domain/job.ts';
import { targetsOf } from '../../core/domain/targets/declared-target.ts';
import { readTargetAccess } from '../../core/platform/declared-targets.ts';
import { lazy, route, type ViewOf } from '../http/route.ts';
import { namedSchema } from '../openapi/common-schemas.ts';

const targetSchema = lazy(() =>
  namedSchema(
    'RunnerTarget',
    z.object({
      name: z.string().describe('The `target` of a job.'),
      type: z.enum(NAMED_TYPES).describe('The type of the jobs that may name the target.'),
    }),
  ),
);
/** A resource of the platform's team that jobs can name. */
export type TargetView = ViewOf<typeof targetSchema>;

export const listTargets = route({
  method: 'GET',
  path: '/targets',
  operation: 'listTargets',
  action: 'read',
  openapi: () => ({
    summary: 'List targets',
    description: 'Lists the targets that the team of the platform has declared for the tenant, by name.',
  }),
  responses: () => ({
    200: { description: 'The targets by name.', body: z.object({ targets: z.array(targetSchema()) }) },
  }),
  async handle({ caller: { tenant } }) {
    return { status: 200, body: { targets: targetsOf(readTargetAccess(), tenant) } };
  },
});
