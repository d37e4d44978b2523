import * as z from 'zod';
import { JOB_ID } from '../../core/domain/job-id.ts';
import { limitsResponse } from '../administration/limits-response.ts';
import { type OperationDocs, pathParameter, timestamp } from '../openapi/operation-doc.ts';
import { jobStats } from './responses.ts';
import type { adminRoutes } from './routes.ts';

const limits = z.object({
  success: z.literal(true),
  message: z.string(),
  data: limitsResponse,
  timestamp: timestamp(),
});

export const adminDescriptions: OperationDocs<(typeof adminRoutes)[number]> = {
  getJobStats: {
    summary: 'Statistics of a job',
    description: '`queue` counts the runs that are there now; `performance` is over all that ever ended.',
    pathParameters: pathParameter('jobName', 'The id of the job.', 'nightly-sync', z.string().regex(JOB_ID)),
    responses: { 200: { description: 'With the ten newest executions.', body: jobStats } },
    errors: [404],
  },
  getLimits: {
    summary: 'What the tenant that the header names may use, and uses',
    responses: { 200: { description: 'With how its line of waiting runs stands.', body: limits } },
  },
  putLimits: {
    summary: 'Set limits of the tenant that the header names',
    description: 'What is left out stays; null: the deployment’s again. Known everywhere half a minute later.',
    bodyExample: { jobs: 200, storedBytes: null },
    responses: { 200: { description: 'All of them, as they are now.', body: limits } },
  },
};
