import type { Platform } from '../../core/platform/platform.ts';
import { route } from '../http/route.ts';
import { requireJob } from './flow-jobs.ts';
import { jobParameter, jobSchema } from './job-view.ts';

export const getJob = route({
  method: 'GET',
  path: '/v1/jobs/{id}',
  operation: 'getJob',
  action: 'read',
  polled: true,
  openapi: () => ({ summary: 'Get a job', pathParameters: jobParameter(), errors: [404] }),
  responses: () => ({ 200: { description: 'The job in its current state.', body: jobSchema() } }),
  async handle({ caller: { tenant }, params: { id } }, platform: Pick<Platform, 'db' | 'now'>) {
    const { view } = await requireJob(platform, tenant, id);
    return { status: 200, body: view };
  },
});
