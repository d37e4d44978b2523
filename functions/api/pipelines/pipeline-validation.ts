import * as z from 'zod';
import type { Platform } from '../../core/platform/platform.ts';
import { definitionErrors, validateJobRequest } from '../definition/definition-errors.ts';
import { FLOW_EXAMPLE } from '../definition/documented-requests.ts';
import { flowJobRequest } from '../definition/job-request.ts';
import { route } from '../http/route.ts';

export const validatePipeline = route({
  method: 'POST',
  path: '/api/v1/pipelines/validate',
  operation: 'validatePipeline',
  action: 'read',
  body: () => z.record(z.string(), z.unknown()),
  openapi: () => ({
    summary: 'Validate a pipeline',
    description: 'Reports every error that would prevent the creation of the pipeline. Creates nothing.',
    bodyExample: FLOW_EXAMPLE,
  }),
  responses: () => ({
    200: {
      description: 'The result of the validation.',
      body: z.union([
        z.object({ valid: z.literal(true) }),
        z.object({ valid: z.literal(false), errors: definitionErrors() }),
      ]),
    },
  }),
  async handle({ caller: { tenant }, body }, { now }: Pick<Platform, 'now'>) {
    const result = await validateJobRequest(tenant, flowJobRequest(), body, now());
    return {
      status: 200,
      body: result.valid ? { valid: true as const } : { valid: false as const, errors: result.errors },
    };
  },
});
