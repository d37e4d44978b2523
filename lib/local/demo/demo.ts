import { join } from 'node:path';
import type { TenantId } from '../../../functions/core/domain/tenant.ts';
import { readIfExists, writeAtomically } from '../support/files.ts';
import { type IntegrationsApi, startIntegrationsApi } from './integrations-api.ts';

/** The tenant that `npm start` brings up. */
export const DEMO_TENANT = 'demo' as TenantId;

type DemoJob = Readonly<Record<string, unknown>> & {
  readonly id: string;
  readonly env?: Readonly<Record<string, string>>;
};

export interface Demo {
  /** Jobs that the API refused, and why. */
  readonly rejections: readonly string[];
  stop(): Promise<void>;
}

/** Variables of the demo's jobs whose values are secrets of the tenant, and the names of these. */
const SECRETS: Readonly<Record<string, string>> = {
  META_ACCESS_TOKEN: 'demo.meta-access-token',
  META_APP_SECRET: 'demo.meta-app-secret',
};

/**
 * Brings the demo to life: its jobs, and the API that the integration examples among them work with.
 *
 * Each job is defined once for a data folder, through the API. Afterwards it belongs to the user, who may change or
 * delete it; only the address of the integrations' API follows a port that had to change.
 */
export async function startDemo(url: string, token: string, dataDir: string): Promise<Demo> {
  const portFile = join(dataDir, 'integrations-port');
  const before = Number(readIfExists(portFile) ?? 0);
  const integrations = await startIntegrationsApi({ port: before }).catch(() => startIntegrationsApi());
  const { port } = new URL(integrations.url);
  writeAtomically(portFile, port);

  const moved = before !== Number(port);
  const definedFile = join(dataDir, 'demo-jobs.json');
  const defined = new Set(JSON.parse(readIfExists(definedFile) ?? '[]') as readonly string[]);
  const call = caller(url, token);
  const refused: string[] = [];
  const problemOf = (name: string, { ok, status, text }: Answer) => {
    if (!ok) refused.push(`${name} was refused: ${status} ${text}`);
    return !ok;
  };
  for (const [name, value] of Object.entries(defined.size === 0 ? secretsOf(integrations) : {})) {
    problemOf(`secret ${name}`, await call('PUT', `/v1/secrets/${name}`, { value }));
  }
  for (const job of demoJobs(integrations)) {
    const answer = await (defined.has(job.id) ? follow(call, job, moved) : define(call, job, moved));
    if (!problemOf(`job ${job.id}`, answer)) defined.add(job.id);
  }
  writeAtomically(definedFile, JSON.stringify([...defined]));
  return { rejections: refused, stop: () => integrations.close() };
}

/** The values of the demo's secrets, by name. */
function secretsOf({ env }: IntegrationsApi): Readonly<Record<string, string>> {
  const values = Object.values(env).flatMap(Object.entries);
  return Object.fromEntries(values.flatMap(([name, value]) => (SECRETS[name] ? [[SECRETS[name], value]] : [])));
}

/** An environment with references in place of the values that are secrets. */
const withReferences = (env: Readonly<Record<string, string>>): Readonly<Record<string, string>> =>
  Object.fromEntries(
    Object.entries(env).map(([name, value]) => [name, SECRETS[name] ? `{{secret:${SECRETS[name]}}}` : value]),
  );

/**
 * Jobs of every kind that a new user may want to look at, as `POST /jobs` takes them. No minute has more than three of
 * them: each run takes a worker and a process, 100 MB together.
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

interface Answer {
  readonly ok: boolean;
  readonly status: number;
  readonly text: string;
}

type Call = (method: string, path: string, body?: object) => Promise<Answer>;

const caller =
  (url: string, token: string): Call =>
  async (method, path, body) => {
    const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' };
    const response = await fetch(`${url}${path}`, { method, headers, ...(body && { body: JSON.stringify(body) }) });
    return { ok: response.ok, status: response.status, text: await response.text() };
  };

/** Defines a job, unless there is one of its id: a data folder of an earlier version has no list of them. */
async function define(call: Call, job: DemoJob, moved: boolean): Promise<Answer> {
  const answer = await call('POST', '/jobs', job);
  return answer.status === 409 ? follow(call, job, moved) : answer;
}

/** Gives a job the address of the integrations' API, if that has moved. A job that was deleted stays deleted. */
async function follow(call: Call, job: DemoJob, moved: boolean): Promise<Answer> {
  if (!moved || !job.env) return { ok: true, status: 200, text: '' };
  const answer = await call('PATCH', `/jobs/${job.id}`, { env: job.env });
  return answer.status === 404 ? { ...answer, ok: true } : answer;
}
