import { join } from 'node:path';
import { readIfExists, writeAtomically } from '../support/files.ts';
import { type IntegrationsApi, startIntegrationsApi } from './integrations-api.ts';

type DemoJob = Readonly<Record<string, unknown>> & {
  readonly id: string;
  readonly env?: Readonly<Record<string, string>>;
};

export interface Demo {
  /** Jobs and secrets that the API rejected, with the reason. */
  readonly rejections: readonly string[];
  stop(): Promise<void>;
}

/** Secrets of the demo tenant by the environment variable that refers to them. */
const SECRETS: Readonly<Record<string, string>> = {
  META_ACCESS_TOKEN: 'demo.meta-access-token',
  META_APP_SECRET: 'demo.meta-app-secret',
};

/**
 * Starts the demo: defines its jobs and starts the API for the example integrations.
 *
 * Each job is defined once per data folder. Afterwards it belongs to the user, who may change or delete it. Only the
 * URL of the integrations' API is updated if its port has changed.
 */
export async function startDemo(url: string, token: string, dataDir: string): Promise<Demo> {
  const portFile = join(dataDir, 'integrations-port');
  const previousPort = Number(readIfExists(portFile) ?? 0);
  const integrations = await startIntegrationsApi({ port: previousPort }).catch(() => startIntegrationsApi());
  const { port } = new URL(integrations.url);
  writeAtomically(portFile, port);

  const hasMoved = previousPort !== Number(port);
  const definedFile = join(dataDir, 'demo-jobs.json');
  const defined = new Set(JSON.parse(readIfExists(definedFile) ?? '[]') as readonly string[]);
  const call = createCaller(url, token);
  const rejections: string[] = [];
  const recordRejection = (name: string, { ok, status, text }: ApiResponse) => {
    if (!ok) rejections.push(`${name} was refused: ${status} ${text}`);
    return !ok;
  };
  for (const [name, value] of Object.entries(defined.size === 0 ? readSecrets(integrations) : {})) {
    recordRejection(`secret ${name}`, await call('PUT', `/v1/secrets/${name}`, { value }));
  }
  for (const job of demoJobs(integrations)) {
    const answer = await (defined.has(job.id) ? updateUrl(call, job, hasMoved) : define(call, job, hasMoved));
    if (!recordRejection(`job ${job.id}`, answer)) defined.add(job.id);
  }
  writeAtomically(definedFile, JSON.stringify([...defined]));
  return { rejections, stop: () => integrations.close() };
}

/** Values of the demo's secrets, by name. */
function readSecrets({ env }: IntegrationsApi): Readonly<Record<string, string>> {
  const values = Object.values(env).flatMap(Object.entries);
  return Object.fromEntries(values.flatMap(([name, value]) => (SECRETS[name] ? [[SECRETS[name], value]] : [])));
}

/** Replaces secret values of an environment by references to the secrets. */
const withReferences = (env: Readonly<Record<string, string>>): Readonly<Record<string, string>> =>
  Object.fromEntries(
    Object.entries(env).map(([name, value]) => [name, SECRETS[name] ? `{{secret:${SECRETS[name]}}}` : value]),
  );

/**
 * Example jobs as `POST /jobs` accepts them. At most three are due in the same minute: a run takes a worker and a
 * process, together 100 MB.
 */
function demoJobs({ env }: IntegrationsApi): readonly DemoJob[] {
  return [
    {
      id: 'heartbeat',
      name: 'Heartbeat',
      description: 'Says hello every minute.',
      schedule: '* * * * *',
      script: 'echo',
      args: ['hello from the demo'],
    },
    {
      id: 'always-fails',
      name: 'Always fails',
      description: 'Ends with exit code 3, every odd minute.',
      schedule: '1-59/2 * * * *',
      script: 'fail',
      args: ['3'],
    },
    {
      id: 'slow-report',
      name: 'Slow report',
      description: 'Takes a minute and a half every minute, so every other tick is skipped.',
      schedule: '* * * * *',
      script: 'sleep',
      args: ['90'],
      overlap_policy: 'skip',
    },
    {
      id: 'on-demand',
      name: 'On demand',
      description: 'Has no schedule: POST /jobs/on-demand/run runs it.',
      script: 'echo',
      args: ['at your service'],
    },
    {
      id: 'whatsapp-automation',
      name: 'WhatsApp automation',
      description: 'Welcomes new contacts, every ten minutes.',
      schedule: '2-59/10 * * * *',
      script: 'whatsapp-automation',
      integration_id: 'whatsapp',
      env: withReferences(env['whatsapp-automation']),
    },
    {
      id: 'meta-spend-fetch',
      name: 'Meta spend fetch',
      description: "Reads yesterday's spend of an ad account, every ten minutes.",
      schedule: '4-59/10 * * * *',
      script: 'meta-spend-fetch',
      integration_id: 'meta',
      env: withReferences(env['meta-spend-fetch']),
    },
    {
      id: 'meta-token-refresh',
      name: 'Meta token refresh',
      description: 'Renews the access token when it is about to end, every twenty minutes.',
      schedule: '6-59/20 * * * *',
      script: 'meta-token-refresh',
      integration_id: 'meta',
      env: withReferences(env['meta-token-refresh']),
    },
  ];
}

interface ApiResponse {
  readonly ok: boolean;
  readonly status: number;
  readonly text: string;
}

type Call = (method: string, path: string, body?: object) => Promise<ApiResponse>;

const createCaller =
  (url: string, token: string): Call =>
  async (method, path, body) => {
    const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' };
    const response = await fetch(`${url}${path}`, { method, headers, ...(body && { body: JSON.stringify(body) }) });
    return { ok: response.ok, status: response.status, text: await response.text() };
  };

/** Defines a job, or updates the existing one: data folders of earlier versions have no list of defined jobs. */
async function define(call: Call, job: DemoJob, hasMoved: boolean): Promise<ApiResponse> {
  const answer = await call('POST', '/jobs', job);
  return answer.status === 409 ? updateUrl(call, job, hasMoved) : answer;
}

/** Updates the URL of the integrations' API in a job if the port has changed. Deleted jobs stay deleted. */
async function updateUrl(call: Call, job: DemoJob, hasMoved: boolean): Promise<ApiResponse> {
  if (!hasMoved || !job.env) return { ok: true, status: 200, text: '' };
  const answer = await call('PATCH', `/jobs/${job.id}`, { env: job.env });
  return answer.status === 404 ? { ...answer, ok: true } : answer;
}
