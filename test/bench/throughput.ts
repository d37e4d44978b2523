import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { Agent, createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import { ensureBuild } from '../../lib/local/build.ts';
import { LOOPBACK, post } from '../../lib/local/support/http.ts';
import type { ApiClient } from '../helpers/clients/api.ts';
import { startTestSystem } from '../helpers/system/test-system.ts';
import { waitUntil } from '../helpers/wait.ts';
import { cpuPerRun, type SystemCpu, systemCpu } from './system-cpu.ts';
import { median, printTable } from './table.ts';

const RUNS = 200;
/** Runs before the measurement, which start and warm the environments. */
const WARM_UP_RUNS = 60;
/** Number of concurrent triggers. */
const CLIENTS = 8;
const TIMEOUT_MS = 300_000;
/** Milliseconds after which an idle environment ends: none ends during a load, whose CPU time would be lost. */
const ENVIRONMENT_IDLE_MS = 40_000;
/** Milliseconds until all environments have ended, and of the measurement after it. */
const [SETTLE_MS, IDLE_MS] = [45_000, 30_000];

const GOALS = { ofBareLoop: 0.6, httpOfBareLoop: 10 * 0.6, hostMs: 80, idlePercent: 3 };

/** The API of the system, with a client of the tenant. */
interface Api {
  readonly url: string;
  readonly client: ApiClient;
}

interface RunRow {
  readonly status: string;
  readonly created_at: string;
  readonly started_at: string;
  readonly finished_at: string;
  readonly execution_ms: number;
}

interface Load {
  readonly runs: readonly RunRow[];
  readonly perSecond: number;
  readonly triggersPerSecond: number;
  readonly cpu: SystemCpu;
}

/**
 * Measures the throughput of `echo` and `http` runs in the local system, from the HTTP request to the end of the run,
 * beside a loop that does nothing but start Node for the same script, one process after the other.
 */
export async function measureThroughput(): Promise<void> {
  // Before the system starts: a process is started faster from a small process.
  const bare = await measureBareLoop();
  const target = await startTarget();
  const system = await startTestSystem({ idleMs: ENVIRONMENT_IDLE_MS });
  try {
    const client = await system.as('bench');
    const api = { url: system.url, client };
    await define(client, { id: 'echo', name: 'Echo', script: 'echo', args: ['hello'], overlap_policy: 'allow' });
    await define(client, {
      id: 'call',
      name: 'Call',
      type: 'http',
      http: { url: target.url },
      overlap_policy: 'allow',
    });
    const script = await measureLoad(api, 'echo');
    const http = await measureLoad(api, 'call');
    await sleep(SETTLE_MS);
    const before = systemCpu();
    await sleep(IDLE_MS);
    const idlePercent = cpuPerRun(before, systemCpu(), IDLE_MS / 100).host;
    print(bare, script, http, idlePercent);
  } finally {
    await system.stop();
    await target.stop();
  }
}

/** @returns runs per second of a loop that starts Node for the script `echo`, one process after the other */
async function measureBareLoop(): Promise<number> {
  const script = `${await ensureBuild()}/bundles/worker/scripts/echo.mjs`;
  const code = `
    const { default: script } = await import(${JSON.stringify(pathToFileURL(script).href)});
    await script.run({ args: ['hello'], log: console });`;
  const begin = performance.now();
  for (let run = 0; run < RUNS; run += 1) {
    const child = spawn(process.execPath, ['--input-type=module', '--eval', code], {
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    child.stdout.resume();
    child.stderr.resume();
    const [exitCode] = (await once(child, 'close')) as [number | null];
    if (exitCode !== 0) throw new Error(`the bare script ended with code ${exitCode}`);
  }
  return RUNS / ((performance.now() - begin) / 1_000);
}

/** Starts the server that `http` runs call. */
async function startTarget() {
  const server = createServer((_request, response) => response.end('ok')).listen(0, LOOPBACK);
  await once(server, 'listening');
  return {
    url: `http://${LOOPBACK}:${(server.address() as AddressInfo).port}/`,
    stop: async () => {
      server.close();
      server.closeAllConnections();
      await once(server, 'close');
    },
  };
}

async function define(client: ApiClient, job: object): Promise<void> {
  const defined = await client.post('/jobs', job);
  if (defined.status !== 201) throw new Error(`POST /jobs returned ${defined.status}: ${JSON.stringify(defined.body)}`);
}

async function measureLoad(api: Api, job: string): Promise<Load> {
  await runJob(api, job, WARM_UP_RUNS);
  const before = systemCpu();
  const { runs, triggersPerSecond } = await runJob(api, job, RUNS);
  const cpu = cpuPerRun(before, systemCpu(), RUNS);
  const created = runs.map((run) => Date.parse(run.created_at));
  const finished = runs.map((run) => Date.parse(run.finished_at));
  const seconds = (Math.max(...finished) - Math.min(...created)) / 1_000;
  return { runs, perSecond: runs.length / seconds, triggersPerSecond, cpu };
}

/** Triggers runs of a job and waits for their end. */
async function runJob({ url, client }: Api, job: string, count: number) {
  let left = count;
  // This process is the host, too: `fetch` would take another 0.5 ms of CPU a request.
  const agent = new Agent({ keepAlive: true });
  const headers = { authorization: `Bearer ${client.token}`, prefer: 'respond-async', 'content-length': 0 };
  const begin = performance.now();
  await Promise.all(
    Array.from({ length: CLIENTS }, async () => {
      while (left-- > 0) {
        const { status } = await post(`${url}/jobs/${job}/run`, { headers, body: '', agent });
        if (status !== 202) throw new Error(`POST /jobs/${job}/run returned ${status}`);
      }
    }),
  );
  agent.destroy();
  const triggersPerSecond = count / ((performance.now() - begin) / 1_000);
  const runs = await waitUntil(
    async () => {
      const rows = (await client.get(`/jobs/${job}/runs?limit=${count}`)).body.runs as readonly RunRow[];
      return rows.every(({ status }) => status === 'ok') && rows;
    },
    { timeoutMs: TIMEOUT_MS, what: `the end of all ${count} runs` },
  );
  return { runs, triggersPerSecond };
}

function print(bare: number, script: Load, http: Load, idlePercent: number): void {
  const between = ({ runs }: Load, from: 'created_at' | 'started_at', to: 'started_at' | 'finished_at') =>
    Math.round(median(runs.map((run) => Date.parse(run[to]) - Date.parse(run[from]))));
  const both = (what: string, value: (load: Load) => number): [string, number, number] => [
    what,
    round(value(script)),
    round(value(http)),
  ];
  printTable(
    `Throughput of the local system (${RUNS} runs, ${CLIENTS} triggers at once, warm)`,
    ['what', 'echo', 'http'],
    [
      both('runs per second, first trigger to last end', ({ perSecond }) => perSecond),
      both('  of the bare loop', ({ perSecond }) => perSecond / bare),
      both('triggers per second', ({ triggersPerSecond }) => triggersPerSecond),
      both('ms queued (median)', (load) => between(load, 'created_at', 'started_at')),
      both('ms from claim to end (median)', (load) => between(load, 'started_at', 'finished_at')),
      both('ms of the script or request itself (median)', ({ runs }) => median(runs.map((run) => run.execution_ms))),
      both('ms of CPU a run: host and execution environments', ({ cpu }) => cpu.host),
      both('  processes of scripts', ({ cpu }) => cpu.scripts),
      both('  DynamoDB', ({ cpu }) => cpu.dynamoDb),
    ],
  );
  const { ofBareLoop, httpOfBareLoop, hostMs } = GOALS;
  printTable(
    'Goals',
    ['what', 'measured', 'goal'],
    [
      ['runs per second of a bare loop that starts Node for echo', round(bare), ''],
      ['echo runs of the bare loop', round(script.perSecond / bare), `≥ ${ofBareLoop}`],
      ['http runs of the bare loop', round(http.perSecond / bare), `≥ ${httpOfBareLoop}`],
      ['ms of CPU of the host for an echo run', round(script.cpu.host), `≤ ${hostMs}`],
      ['CPU of the idle host in % of a core', round(idlePercent), `≤ ${GOALS.idlePercent}`],
    ],
  );
}

const round = (value: number) => Math.round(value * 100) / 100;
