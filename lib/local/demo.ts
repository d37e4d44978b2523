import { join } from 'node:path';
import type { TenantId } from '../../functions/domain/tenant.ts';
import { readIfThere, writeWhole } from './files.ts';
import { type IntegrationsApi, startIntegrationsApi } from './integrations-api.ts';

/** The tenant that `npm start` brings up. */
export const DEMO_TENANT = 'demo' as TenantId;

type DemoJob = Readonly<Record<string, unknown>> & {
  readonly id: string;
  readonly env?: Readonly<Record<string, string>>;
};

export interface Demo {
  /** Jobs that the API refused, and why. */
  readonly refused: readonly string[];
  stop(): Promise<void>;
}

/**
 * Brings the demo to life: its jobs, and the API that the integration examples among them work with.
 *
 * The jobs are defined through the API like anybody's. Those that are there already stay as their user left them; only
 * the address of the integrations' API follows it when its port had to change.
 */
export async function startDemo(url: string, token: string, dataDir: string): Promise<Demo> {
  const portFile = join(dataDir, 'integrations-port');
  const before = Number(readIfThere(portFile) ?? 0);
  const integrations = await startIntegrationsApi({ port: before }).catch(() => startIntegrationsApi());
  const { port } = new URL(integrations.url);
  writeWhole(portFile, port);

  const moved = before !== Number(port);
  const refused: string[] = [];
  for (const job of demoJobs(integrations)) {
    const refusal = await define(url, token, job, moved);
    if (refusal) refused.push(`${job.id} was refused: ${refusal}`);
  }
  return { refused, stop: () => integrations.close() };
}

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
      env: env['whatsapp-automation'],
    },
    {
      id: 'meta-spend-fetch',
      name: 'Meta spend fetch',
      description: "Reads yesterday's spend of an ad account, every ten minutes.",
      schedule: '4-59/10 * * * *',
      script: 'meta-spend-fetch',
      integration_id: 'meta',
      env: env['meta-spend-fetch'],
    },
    {
      id: 'meta-token-refresh',
      name: 'Meta token refresh',
      description: 'Renews the access token when it is about to end, every twenty minutes.',
      schedule: '6-59/20 * * * *',
      script: 'meta-token-refresh',
      integration_id: 'meta',
      env: env['meta-token-refresh'],
    },
  ];
}

/** @returns why the API refused the job, if it did. */
async function define(url: string, token: string, job: DemoJob, moved: boolean): Promise<string | undefined> {
  const call = async (method: string, path: string, body?: object) => {
    const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' };
    const response = await fetch(`${url}${path}`, { method, headers, ...(body && { body: JSON.stringify(body) }) });
    return { ok: response.ok, status: response.status, text: await response.text() };
  };
  let answer = await call('GET', `/jobs/${job.id}`);
  if (answer.status === 404) answer = await call('POST', '/jobs', job);
  else if (answer.ok && moved && job.env) answer = await call('PATCH', `/jobs/${job.id}`, { env: job.env });
  return answer.ok ? undefined : `${answer.status} ${answer.text}`;
}
