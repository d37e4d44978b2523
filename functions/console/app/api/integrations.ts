import { type Client, toQueryString } from './client.ts';
import type { Metrics, Minute } from './types.ts';

/** Client for the integrations API. */
export function createIntegrationsApi(client: Client) {
  return {
    /** Returns the metrics of the organization, or of one integration. */
    metrics: (integrationId: string | null, signal?: AbortSignal): Promise<Metrics> =>
      client.call('GET', `/api/integrations/jobs/metrics${toQueryString({ integrationId })}`, { signal }),

    /** Returns the outcomes of the organization's runs by minute, for the last hour. */
    minutes: async (signal?: AbortSignal): Promise<readonly Minute[]> =>
      (await client.call<{ minutes: Minute[] }>('GET', '/api/integrations/jobs/minutes', { signal })).minutes,
  };
}

export type IntegrationsApi = ReturnType<typeof createIntegrationsApi>;
