import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { InMemoryTransport } from '@modelcontextprotocol/sdk/inMemory.js';
import { afterEach, describe, expect, it } from 'vitest';
import { ApiClient } from '../../../../lib/cli/api.ts';
import { createProgram } from '../../../../lib/cli/program.ts';
import { createServer } from '../../../../lib/mcp/server.ts';
import { projectRoot } from '../../../../lib/project-root.ts';
import { connectMcpClient, type McpClient } from '../../../helpers/clients/mcp.ts';
import { startHttpServer } from '../../../helpers/fakes/http-server.ts';

const TOKEN = 'jk_acme.key1.hunter2';
const RUN_ID = 'hello.a1b2c3d4e5.01JNXA3V5T9YV0Q2Z6W8M4R7B1';

const WRITE_TOOLS = [
  'acknowledge',
  'cancel_run',
  'change_runs',
  'control_backfill',
  'create_backfill',
  'create_job',
  'delete_calendar',
  'delete_job',
  'delete_state',
  'disable_job',
  'edit_failed_record',
  'enable_job',
  'pause_job',
  'put_calendar',
  'redrive',
  'replay_dead_letters',
  'resolve_failed_records',
  'restart_flow_job',
  'resume_job',
  'retry_failed_records',
  'set_notifications',
  'set_state',
  'stop_flow_job',
  'take_checkpoint',
  'trigger_run',
  'unacknowledge',
  'update_job',
];

const cleanup: (() => unknown)[] = [];
afterEach(async () => {
  for (const step of cleanup.splice(0).reverse()) await step();
});

interface Options {
  readonly allowWrite?: boolean;
  readonly url?: string;
  /** Returns the token of a call. */
  readonly token?: () => string;
}

async function givenClient({ allowWrite = false, url = 'http://127.0.0.1:9', token = () => TOKEN }: Options = {}) {
  const logs: string[] = [];
  const connect = (signal: AbortSignal) => new ApiClient(url, async () => token(), signal);
  const server = createServer({ version: '1.2.3', allowWrite, connect, log: (line) => logs.push(line) });
  const [near, far] = InMemoryTransport.createLinkedPair();
  await server.connect(near);
  const mcp: McpClient = await connectMcpClient(far);
  cleanup.push(mcp.close);
  return { ...mcp, logs };
}

/** Starts an API that responds to each request with this status and body. */
async function givenApi(status: number, body: unknown, headers: Readonly<Record<string, string>> = {}) {
  const server = await startHttpServer((_request, response) => {
    response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(body));
  });
  cleanup.push(() => server.close());
  return server;
}

describe('README of the tools', () => {
  const readme = readFileSync(join(projectRoot, 'lib', 'mcp', 'README.md'), 'utf8');

  it('names each tool in the table of its kind', async () => {
    const tools = await (await givenClient({ allowWrite: true })).listTools();

    const [reading = '', writing = ''] = readme.split('\nWith `--allow-write`:\n');
    const missing = tools.filter(({ name, annotations }) => {
      const table = annotations?.readOnlyHint === true ? reading : writing;
      return !new RegExp(`^\\| .*\`${name}\`.* \\| `, 'm').test(table);
    });
    expect(missing.map(({ name }) => name)).toEqual([]);
  });

  it('configures clients with arguments that the command line accepts', () => {
    const examples = [...readme.matchAll(/^```json\n(.*?)^```/gms)].map(([, json = '']) => JSON.parse(json));

    expect(examples).toHaveLength(2);
    for (const { mcpServers } of examples) {
      const [name, ...options] = mcpServers.jobdeck.args as readonly string[];
      const { program } = createProgram({}, { out: () => {}, err: () => {} });
      const mcp = program.commands.find((one) => one.name() === name);
      const { operands, unknown } = program.parseOptions(options);
      expect({ operands, unknown: mcp?.parseOptions(unknown).unknown }).toEqual({ operands: [], unknown: [] });
    }
  });

  it('starts the installed package by an absolute path, never a package that npx would download', () => {
    const commands = [...readme.matchAll(/"command": "(.*)"/g)].map(([, command]) => command);

    expect(commands).toHaveLength(2);
    for (const command of commands) expect(command).toMatch(/^\/.+\/node_modules\/\.bin\/jobdeck$/);
  });
});

describe('createServer', () => {
  it('offers no tool that changes something, unless writes are allowed', async () => {
    const readOnly = await (await givenClient()).listTools();
    const all = await (await givenClient({ allowWrite: true })).listTools();

    const names = readOnly.map(({ name }) => name);
    expect(
      all
        .map(({ name }) => name)
        .filter((name) => !names.includes(name))
        .toSorted(),
    ).toEqual(WRITE_TOOLS);
    expect(readOnly.filter(({ annotations }) => annotations?.readOnlyHint !== true)).toEqual([]);
    const writing = all.filter(({ annotations }) => annotations?.readOnlyHint === false);
    expect(writing.map(({ name }) => name).toSorted()).toEqual(WRITE_TOOLS);
  });

  it('marks the tools that end, remove or overwrite something, and those that may be repeated', async () => {
    const tools = await (await givenClient({ allowWrite: true })).listTools();

    const named = (hint: 'destructiveHint' | 'idempotentHint', value: boolean) =>
      tools.filter(({ annotations }) => annotations?.[hint] === value).map(({ name }) => name);
    expect(named('destructiveHint', true).toSorted()).toEqual([
      'cancel_run',
      'change_runs',
      'control_backfill',
      'delete_calendar',
      'delete_job',
      'delete_state',
      'disable_job',
      'put_calendar',
      'resolve_failed_records',
      'set_notifications',
      'set_state',
      'stop_flow_job',
      'update_job',
    ]);
    expect(named('idempotentHint', false).toSorted()).toEqual([
      'create_backfill',
      'create_job',
      'restart_flow_job',
      'retry_failed_records',
      'take_checkpoint',
      'trigger_run',
    ]);
  });

  it('describes each tool, each of its fields and its answer', async () => {
    const tools = await (await givenClient({ allowWrite: true })).listTools();

    expect(tools.filter(({ description = '' }) => description.length < 60).map(({ name }) => name)).toEqual([]);
    expect(tools.filter(({ inputSchema }) => inputSchema.additionalProperties !== false)).toEqual([]);
    expect(tools.filter(({ outputSchema }) => outputSchema?.properties?.left_out === undefined)).toEqual([]);
  });

  it('rejects a call of a tool that is not offered', async () => {
    const { fail } = await givenClient();

    expect(await fail('delete_job', { job_id: 'hello' })).toContain('Tool delete_job not found');
  });

  it.each([
    ['an unknown field', { run_id: RUN_ID, job: 'hello' }, 'Unrecognized key: "job"'],
    ['a malformed run id', { run_id: 'hello' }, 'must be a run id, such as'],
    ['a missing field', {}, 'run_id'],
    ['an excessive size', { run_id: RUN_ID, max_bytes: 1_000_000 }, 'max_bytes'],
  ])('returns %s as an error of the tool', async (_what, input, expected) => {
    const { fail, listTools } = await givenClient();

    expect(await fail('get_run', input)).toContain(expected);
    expect((await listTools()).length).toBeGreaterThan(0);
  });

  it('returns an error response with its status, message and a hint', async () => {
    const { url } = await givenApi(429, { error: 'too many requests' });
    const { fail, logs } = await givenClient({ url });

    expect(await fail('list_jobs')).toBe('HTTP 429: too many requests\nWait some seconds, then repeat the call.');
    expect(logs).toEqual([]);
  });

  it('names the seconds after which a call may be repeated', async () => {
    const { url } = await givenApi(503, { error: 'unavailable' }, { 'retry-after': '7' });
    const { fail } = await givenClient({ url });

    expect(await fail('list_jobs')).toBe('HTTP 503: unavailable\nRepeat the call after 7 s.');
  });

  it('returns an error if the API does not respond', async () => {
    const { fail, logs } = await givenClient();

    expect(await fail('list_runs')).toMatch(/^http:\/\/127\.0\.0\.1:9 does not respond/);
    expect(logs).toEqual([]);
  });

  it('names the idempotency key if the outcome of a trigger is unknown', async () => {
    const { url, received } = await givenApi(500, { error: 'Internal error' });
    const { fail } = await givenClient({ allowWrite: true, url });

    const message = await fail('trigger_run', { job_id: 'hello' });

    const key = /idempotency_key=(mcp-[0-9a-f-]{36})/.exec(message)?.[1];
    expect(received.map(({ headers }) => headers['idempotency-key'])).toEqual([key]);
  });

  it('sends the input of a run, and no body without one', async () => {
    const { url, received } = await givenApi(500, { error: 'Internal error' });
    const { fail } = await givenClient({ allowWrite: true, url });

    await fail('trigger_run', { job_id: 'hello', payload: { order: 7 }, tags: ['import'], note: 'again' });
    await fail('trigger_run', { job_id: 'hello', delay_s: 60 });
    await fail('trigger_run', { job_id: 'hello' });

    const bodies = ['{"payload":{"order":7},"tags":["import"],"note":"again"}', '{"delay_s":60}', ''];
    expect(received.map(({ body }) => body)).toEqual(bodies);
  });

  it('creates a copy of a job without the labels of the project that manages the original', async () => {
    const { url, received } = await givenApi(500, { error: 'Internal error' });
    const { fail } = await givenClient({ allowWrite: true, url });
    const labels = {
      team: 'x',
      'jobdeck-project': 'my-jobs',
      'jobdeck-applied': `${'0'.repeat(16)}-${'1'.repeat(32)}`,
    };

    await fail('create_job', { id: 'again', script: 'echo', labels });

    expect(received.map(({ body }) => JSON.parse(body).labels)).toEqual([{ team: 'x' }]);
  });

  it('logs an unexpected response and returns an error', async () => {
    const { url } = await givenApi(200, { jobs: 'none' });
    const { fail, logs } = await givenClient({ url });

    expect(await fail('list_jobs')).toContain('is not a function');
    expect(logs).toEqual([expect.stringMatching(/^list_jobs: TypeError/)]);
  });

  const runWith = (stdout: string) => ({
    run: { run_id: RUN_ID, status: 'ok', attempt: 1, stdout, stderr: '', output_next: '1.9.0' },
  });

  it('masks its token in answers by a text of the same length, so that positions remain valid', async () => {
    const { url } = await givenApi(200, runWith(`token is ${TOKEN}!`));
    const { callTool } = await givenClient({ url });

    const result = await callTool('get_output', { run_id: RUN_ID });

    expect(result.structuredContent).toMatchObject({ stdout: 'token is [token]*************!' });
    expect(JSON.stringify(result)).not.toContain('hunter2');
  });

  it('masks its token where an answer is cut', async () => {
    const lines = Array.from({ length: 400 }, () => TOKEN).join('');
    const answers: string[] = [];
    for (let padding = 0; padding < TOKEN.length; padding += 1) {
      const { url } = await givenApi(200, runWith(lines + 'x'.repeat(padding)));
      const { callTool } = await givenClient({ url });
      answers.push(JSON.stringify(await callTool('get_output', { run_id: RUN_ID, max_bytes: 2_000 })));
    }

    expect(answers.filter((answer) => /hunter|jk_acme|key1|ter2/.test(answer))).toEqual([]);
  });

  it('masks the part of its token with which a text of the API begins or ends', async () => {
    const { url } = await givenApi(200, runWith(`${TOKEN.slice(4)} and ${TOKEN.slice(0, 15)}`));
    const { read } = await givenClient({ url });

    expect(await read('get_output', { run_id: RUN_ID })).toMatchObject({
      stdout: '[token]********* and [token]********',
    });
  });

  it('masks the tokens of earlier calls', async () => {
    const { url } = await givenApi(200, runWith(`${TOKEN}-1 ${TOKEN}-2`));
    let calls = 0;
    const { callTool } = await givenClient({ url, token: () => `${TOKEN}-${++calls}` });

    await callTool('get_output', { run_id: RUN_ID });
    const result = await callTool('get_output', { run_id: RUN_ID });

    expect(calls).toBe(2);
    expect(JSON.stringify(result)).not.toContain('hunter2');
  });

  it('masks its token in errors', async () => {
    const { url } = await givenApi(400, { error: `args: must not have '${TOKEN}'` });
    const { fail } = await givenClient({ url });

    expect(await fail('list_jobs')).toBe("HTTP 400: args: must not have '[token]*************'");
  });

  it('bounds an error and keeps its end', async () => {
    const { url } = await givenApi(429, { error: 'é'.repeat(10_000) });
    const { fail } = await givenClient({ url });

    const error = await fail('list_jobs', { max_bytes: 2_000 });

    expect(Buffer.byteLength(error)).toBeLessThanOrEqual(2_000);
    expect(error).toMatch(/^HTTP 429: é+…é+\nWait some seconds, then repeat the call\.$/);
  });

  it('does not acknowledge all failures by an empty selection', async () => {
    const { url, received } = await givenApi(200, { acknowledged: 3, skipped: [], left: 0 });
    const { fail, read } = await givenClient({ allowWrite: true, url });

    expect(await fail('acknowledge')).toContain('all=true');
    expect(await fail('acknowledge', { all: true, job_id: 'hello' })).toContain('one of these only');
    expect(received).toEqual([]);
    expect(await read('acknowledge', { all: true, note: 'known' })).toMatchObject({ acknowledged: 3 });
  });
});
