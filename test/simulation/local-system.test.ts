import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { ListObjectsV2Command, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { GetQueueUrlCommand, SQSClient } from '@aws-sdk/client-sqs';
import { afterAll, afterEach, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { ensureBuild } from '../../lib/local/build.ts';
import { CREDENTIALS, REGION } from '../../lib/local/support/arn.ts';
import { FolderInUseError } from '../../lib/local/support/folder-lock.ts';
import { freePort } from '../../lib/local/support/http.ts';
import { startTestSystem, type TestSystem } from '../helpers/system/test-system.ts';
import { temporaryFolder } from '../helpers/temporary-folder.ts';
import { waitUntil } from '../helpers/wait.ts';

const PROJECT = new URL('../..', import.meta.url).pathname;
const groups = new Set<number>();

/** Kills the processes that a test leaves. */
afterEach(() => {
  for (const group of groups) if (processesOf(group).length > 0) process.kill(-group, 'SIGKILL');
  groups.clear();
});

interface Program {
  readonly child: ChildProcess;
  readonly group: number;
  readonly url: string;
  readonly output: () => string;
  readonly exit: Promise<unknown[]>;
}

/** Runs `bin/local.ts` in a process group of its own, as a terminal does. */
async function run(
  dataDir: string,
  port?: number,
  args: readonly string[] = ['--empty'],
  [command, ...before]: readonly [string, ...string[]] = [process.execPath, join(PROJECT, 'bin/local.ts')],
): Promise<Program> {
  const taken = port ?? (await freePort());
  const { PATH, NODE_COMPILE_CACHE } = process.env;
  const child = spawn(command, [...before, ...args], {
    cwd: PROJECT,
    detached: true,
    env: { PATH, NODE_COMPILE_CACHE, JOBDECK_PORT: String(taken), JOBDECK_DATA: dataDir },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const group = child.pid ?? 0;
  groups.add(group);
  let text = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (chunk: Buffer) => {
      text += chunk.toString();
    });
  }
  const ended = once(child, 'exit');
  return { child, group, url: `http://127.0.0.1:${taken}`, output: () => text, exit: ended };
}

async function ready(program: Program): Promise<Program> {
  await waitUntil(() => program.output().includes('Jobdeck is ready') || (program.child.exitCode !== null && 'ended'), {
    what: 'readiness',
  });
  expect(program.output()).toContain('Jobdeck is ready');
  return program;
}

/** Returns the running processes of a group, except zombies. */
function processesOf(group: number): string[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .filter((pid) => {
      try {
        const [state, , processGroup] = readFileSync(`/proc/${pid}/stat`, 'utf8')
          .replace(/^.*\) /s, '')
          .split(' ');
        return Number(processGroup) === group && state !== 'Z';
      } catch {
        return false;
      }
    });
}

async function waitForExit(group: number): Promise<void> {
  await waitUntil(() => processesOf(group).length === 0, { what: `the end of process group ${group}` });
}

function token(program: Program): string {
  return /Bearer (\S+?)'/.exec(program.output())?.[1] ?? '';
}

async function call(program: Program, method: string, path: string, body?: object) {
  const headers = { authorization: `Bearer ${token(program)}`, 'content-type': 'application/json' };
  const response = await fetch(`${program.url}${path}`, {
    method,
    headers,
    ...(body && { body: JSON.stringify(body) }),
  });
  return { status: response.status, body: (await response.json()) as Record<string, unknown> };
}

const LONG = { id: 'long', name: 'Long', schedule: null, script: 'sleep', args: ['120'] };

/** Starts a run of two minutes with a request that waits for it, and waits until its script is running. */
async function keepBusy(program: Program): Promise<void> {
  await call(program, 'POST', '/jobs', LONG);
  const headers = { authorization: `Bearer ${token(program)}` };
  // The end of the system ends the request.
  void fetch(`${program.url}/jobs/long/run`, { method: 'POST', headers }).catch(() => {});
  await waitUntil(async () => {
    const { body } = await call(program, 'GET', '/jobs/long/runs');
    return (body.runs as { status: string }[])[0]?.status === 'running';
  });
}

test('stops all processes on Ctrl-C during a run', async () => {
  const program = await ready(await run(temporaryFolder()));
  await keepBusy(program);

  process.kill(-program.group, 'SIGINT'); // A terminal signals the whole group.

  expect(await program.exit).toEqual([0, null]);
  await waitForExit(program.group);
  expect(program.output()).toContain('Jobdeck is stopping');
});

test('stops all processes on SIGTERM to npm start', async () => {
  const npmStart = ['npm', 'start', '--'] as const;
  const program = await ready(await run(temporaryFolder(), undefined, ['--empty'], npmStart));

  program.child.kill('SIGTERM'); // A service manager signals only npm.

  await program.exit;
  await waitForExit(program.group);
  expect(program.output()).toContain('Jobdeck is stopping');
});

test('exits at once on a second Ctrl-C', async () => {
  const program = await ready(await run(temporaryFolder()));
  await keepBusy(program);

  // A signal counts as the second one after a moment. The open request delays a clean stop for longer.
  await waitUntil(() => !program.child.kill('SIGINT') || program.child.exitCode !== null);

  expect(await program.exit).toEqual([130, null]);
  await waitForExit(program.group);
});

test('leaves no process after SIGKILL, and the next start restores all data', async () => {
  const folder = temporaryFolder();
  const first = await ready(await run(folder));
  await keepBusy(first);

  first.child.kill('SIGKILL');
  await waitForExit(first.group);
  const second = await ready(await run(folder, Number(new URL(first.url).port)));

  // The token of the first process is still valid, and the interrupted run exists.
  const headers = { authorization: `Bearer ${token(first)}` };
  const answer = await fetch(`${second.url}/jobs/long/runs`, { headers });
  expect(answer.status).toBe(200);
  expect(await answer.json()).toMatchObject({ runs: [{ job_id: 'long' }] });
  second.child.kill('SIGTERM');
  expect(await second.exit).toEqual([0, null]);
  await waitForExit(second.group);
});

test('builds unchanged sources once', async () => {
  const builds: string[] = [];
  const first = await ensureBuild();

  const second = await ensureBuild(() => builds.push('again'));

  expect(second).toBe(first);
  expect(builds).toEqual([]);
  expect(readdirSync(first)).toContain('manifest.json');
});

test('names a port that is in use', async () => {
  const server = createServer();
  onTestFinished(() => void server.close());
  const port = await freePort();
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));

  const program = await run(temporaryFolder(), port);

  expect(await program.exit).toEqual([1, null]);
  expect(program.output()).toContain(`Port ${port} is in use`);
  await waitForExit(program.group);
});

describe('a system', () => {
  let system: TestSystem;
  beforeAll(async () => {
    system = await startTestSystem({ env: () => ({ JOBDECK_SLICE_MS: '0' }) });
  });
  afterAll(() => system?.stop());

  test('rejects a data folder that is in use', async () => {
    await expect(startTestSystem({ dataDir: system.dataDir })).rejects.toThrow(FolderInUseError);

    const health = await system.anonymous().get('/health');
    expect(health.status).toBe(200);
  });

  test('serves only the API and the issuer on its port', async () => {
    const api = system.anonymous();

    const answers = await Promise.all(
      ['/', '/.issuer', '/.issuer/token', '/package.json', '/jobs'].map((path) => api.get(path)),
    );

    expect(answers.map(({ status }) => status)).toEqual([302, 404, 404, 404, 401]);
  });

  test('provides functions with the bucket and with queues that are created later', async () => {
    const Bucket = system.bucketName('files');
    const worker = system.env('worker');
    expect(worker).toMatchObject({ JOBDECK_BUCKET: Bucket, JOBDECK_SLICE_MS: '0' });
    const common = { region: REGION, credentials: CREDENTIALS };
    const s3 = new S3Client({ ...common, endpoint: worker.AWS_ENDPOINT_URL_S3 ?? '' });
    const sqs = new SQSClient({ ...common, endpoint: worker.AWS_ENDPOINT_URL_SQS ?? '' });
    const QueueName = `${worker.JOBDECK_SOURCE_QUEUE_PREFIX}orders`;

    await s3.send(new PutObjectCommand({ Bucket, Key: 'data/acme/a', Body: 'x' }));
    const made = system.createQueue(QueueName);

    const { Contents = [] } = await s3.send(new ListObjectsV2Command({ Bucket, Prefix: 'data/' }));
    expect(Contents.map(({ Key }) => Key)).toEqual(['data/acme/a']);
    expect((await sqs.send(new GetQueueUrlCommand({ QueueName }))).QueueUrl).toBe(made);
  });

  // The last test of this system.
  test('reports the exit of the database', async () => {
    const database = readdirSync('/proc').find((pid) => {
      try {
        const command = readFileSync(`/proc/${pid}/cmdline`, 'utf8');
        return /dynoxide\0serve/.test(command) && command.includes(system.dataDir);
      } catch {
        return false;
      }
    });

    process.kill(Number(database), 'SIGKILL');

    expect(await system.failure).toMatch(/^DynamoDB \(dynoxide\): it ended/);
  });
});

test("stores the demo's tokens as secrets and does not define deleted demo jobs again", async () => {
  const folder = temporaryFolder();
  const first = await ready(await run(folder, undefined, []));
  const jobs = async (program: Program) => {
    const { body } = await call(program, 'GET', '/jobs');
    return (body.jobs as { id: string }[]).map(({ id }) => id).toSorted();
  };
  const before = await jobs(first);
  const ran = await call(first, 'POST', '/jobs/meta-spend-fetch/run');
  const { job } = (await call(first, 'GET', '/jobs/meta-spend-fetch')).body as { job: { env: object } };
  expect(job.env).toMatchObject({
    META_ACCESS_TOKEN: '{{secret:demo.meta-access-token}}',
    META_APP_SECRET: '{{secret:demo.meta-app-secret}}',
  });
  await call(first, 'DELETE', '/jobs/on-demand');
  first.child.kill('SIGTERM');
  await first.exit;

  const second = await ready(await run(folder, Number(new URL(first.url).port), []));

  const expected = ['always-fails', 'heartbeat', 'meta-spend-fetch', 'meta-token-refresh', 'on-demand', 'slow-report'];
  expect(before).toEqual([...expected, 'whatsapp-automation']);
  expect(await jobs(second)).toEqual(before.filter((id) => id !== 'on-demand'));
  expect(ran).toMatchObject({ status: 200, body: { result: { status: 'ok' } } });
  expect(second.output()).not.toContain('was refused');
  second.child.kill('SIGTERM');
  await second.exit;
});
