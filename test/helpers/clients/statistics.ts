import { expect } from 'vitest';
import type { JobStatsView } from '../../../functions/api/admin/job-stats.ts';
import type { MetricsView } from '../../../functions/api/integrations/metrics.ts';
import type { ApiClient } from './api.ts';

export const METRICS = '/api/integrations/jobs/metrics';
export const jobStatsPath = (jobName: string) => `/api/v1/admin/jobs/${encodeURIComponent(jobName)}/stats`;

export interface StatsBody {
  readonly totalJobs: number;
  readonly running: number;
  readonly failedRegistrations: number;
  readonly okLastHour: number;
  readonly errorsLastHour: number;
}

export interface JobStatsBody {
  readonly success: boolean;
  readonly message: string;
  readonly data: JobStatsView & { readonly generatedAt: string };
  readonly timestamp: string;
}

/** Creates a client of all surfaces that return counts. Throws unless the status is 200. */
export function statisticsClient(api: ApiClient, tenant: string) {
  const good = async <Body>(path: string): Promise<Body> => {
    const { status, body } = await api.get<Body>(path, { 'x-tenantid': tenant });
    expect({ status, body }).toMatchObject({ status: 200 });
    return body;
  };
  return {
    metrics: (integrationId?: string) =>
      good<MetricsView>(integrationId === undefined ? METRICS : `${METRICS}?integrationId=${integrationId}`),
    stats: () => good<StatsBody>('/stats'),
    jobStats: async (jobName: string) => (await good<JobStatsBody>(jobStatsPath(jobName))).data,
  };
}
