import { type Client, toQueryString } from './client.ts';
import type { Metrics, Minute } from './types.ts';

/** The integrations surface. */
export function createIntegrationsApi(client: Client) {
  return {
    /** Of the organization, or of one of its integrations. */
    metrics: (integrationId: string | null, signal?: AbortSignal): Promise<Metrics> =>
      client.call('GET', `/api/integrations/jobs/metrics${toQueryString({ integrationId })}`, { signal }),

    /** How the organization's runs of the last hour ended. */
    minutes: async (signal?: AbortSignal): Promise<readonly Minute[]> =>
      (await client.call<{ minutes: Minute[] }>('GET', '/api/integrations/jobs/minutes', { signal })).minutes,
  };
}

export type IntegrationsApi = ReturnType<typeof createIntegrationsApi>;
