import type { Client } from './client.ts';
import type { ApiKey, Hook, NewHook, NotificationSettings, Secret } from './types.ts';

const hookPath = (id: string) => `/hooks/${encodeURIComponent(id)}`;
const secretPath = (name: string) => `/v1/secrets/${encodeURIComponent(name)}`;

/** Client for the API keys, hooks and secrets of the organization. */
export function createAccessApi(client: Client) {
  return {
    listKeys: (signal?: AbortSignal) => client.call<readonly ApiKey[]>('GET', '/v1/api-keys', { signal }),
    /** Only this response contains the key. */
    createKey: (name: string, roles: readonly string[]) =>
      client.call<{ id: string; key: string }>('POST', '/v1/api-keys', { body: { name, roles } }),
    revokeKey: (id: string) => client.call('DELETE', `/v1/api-keys/${encodeURIComponent(id)}`),

    listHooks: async (signal?: AbortSignal) =>
      (await client.call<{ hooks: readonly Hook[] }>('GET', '/hooks', { signal })).hooks,
    /** Only this response and that of `rotateHook` contain the URL. */
    createHook: (hook: NewHook) => client.call<{ url: string }>('POST', '/hooks', { body: hook }),
    rotateHook: (id: string) => client.call<{ url: string }>('POST', `${hookPath(id)}/rotate`),
    setHookEnabled: (id: string, enabled: boolean) => client.call('PATCH', hookPath(id), { body: { enabled } }),
    deleteHook: (id: string) => client.call('DELETE', hookPath(id)),

    listSecrets: (signal?: AbortSignal) => client.call<readonly Secret[]>('GET', '/v1/secrets', { signal }),
    putSecret: (name: string, value: string) => client.call('PUT', secretPath(name), { body: { value } }),
    notificationSettings: (signal?: AbortSignal) =>
      client.call<NotificationSettings>('GET', '/v1/notifications', { signal }),
    deleteSecret: (name: string) => client.call('DELETE', secretPath(name)),
  };
}

export type AccessApi = ReturnType<typeof createAccessApi>;
