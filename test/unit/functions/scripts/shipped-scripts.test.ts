import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { StatePlace } from '../../../../functions/core/domain/script-state.ts';
import type { Execution } from '../../../../functions/core/executors/execution.ts';
import { ScriptRunner } from '../../../../functions/core/executors/script/script-runner.ts';
import {
  type IntegrationsApi,
  type IntegrationsApiOptions,
  startIntegrationsApi,
} from '../../../../lib/local/demo/integrations-api.ts';
import { anExecution, memoryKeyValueStore, scriptTarget } from '../../../helpers/builders/executions.ts';
import { bundleScripts } from '../../../helpers/system/script-bundle.ts';

type Example = keyof IntegrationsApi['env'];

const TOKEN = '_meta#token';
const DAY = '2026-03-01';
const SPEND = 'meta-spend-fetch:1001:2026-03-01';

let bundle: Awaited<ReturnType<typeof bundleScripts>>;
let runner: ScriptRunner;
let api: IntegrationsApi;

beforeAll(async () => {
  bundle = await bundleScripts();
  runner = new ScriptRunner({ directory: bundle.directory });
});

afterEach(() => api.close());

afterAll(async () => {
  await runner.close();
  await bundle.remove();
});

/** An API without rate limits and with long-lived tokens, except for the options of the test. */
async function withApi(options: IntegrationsApiOptions = {}): Promise<void> {
  api = await startIntegrationsApi({
    rateLimitEvery: 0,
    retryAfter: 0,
    tokenUses: 1000,
    unreachableEvery: 0,
    ...options,
  });
}

interface Invocation extends Partial<Execution> {
  readonly args?: readonly string[];
  readonly env?: Record<string, string>;
}

function run(script: Example, { args = [], env = {}, ...execution }: Invocation = {}) {
  const target = scriptTarget(script, args, { ...api.env[script], ...env });
  return runner.run(target, anExecution(target, execution));
}

describe('meta-spend-fetch', () => {
  it('reads all pages of a day and stores the total', async () => {
    await withApi({ campaigns: 60, pageSize: 25 });
    const state = memoryKeyValueStore();

    const outcome = await run('meta-spend-fetch', { args: [DAY], state });

    expect(outcome).toMatchObject({ status: 'ok', itemsProcessed: 60 });
    expect(outcome.meta).toMatchObject({ day: DAY, account: '1001', campaigns: 60, pages: 3 });
    expect(outcome.stdout.tail).toBe(`${DAY}: 60 campaigns spent ${Number(outcome.meta?.spend).toFixed(2)}`);
    expect(state.values.get(SPEND)).toMatchObject({ done: true, rows: 60 });
    expect(api.answers['GET /v23.0/act_1001/insights 200']).toBe(3);
  });

  it('waits as long as a rate limit requires, without losing records', async () => {
    await withApi({ campaigns: 60, pageSize: 25 });
    const whole = await run('meta-spend-fetch', { args: [DAY] });
    await api.close();
    await withApi({ campaigns: 60, pageSize: 25, rateLimitEvery: 3, retryAfter: 1 });

    const limited = await run('meta-spend-fetch', { args: [DAY] });

    expect(limited.meta).toEqual(whole.meta);
    expect(limited.stderr.tail).toBe('rate limit: waiting 1 s');
    expect(api.answers['GET /v23.0/act_1001/insights 400']).toBe(1);
  });

  it('fails if the required wait is too long, and resumes in the next run', async () => {
    await withApi({ campaigns: 60, pageSize: 25, rateLimitEvery: 3, retryAfter: 3600 });
    const state = memoryKeyValueStore();

    const first = await run('meta-spend-fetch', { args: [DAY], state });
    const second = await run('meta-spend-fetch', { args: [DAY], state });

    expect(first).toMatchObject({ status: 'error', exitCode: 1, itemsProcessed: 25 });
    expect(first.message).toMatch(/rate limit: rejected at attempt 1, the next one is due in 3600 s$/);
    expect(second).toMatchObject({ status: 'ok', itemsProcessed: 35, meta: { campaigns: 60 } });
    expect(second.stdout.tail).toContain('resuming after 25 campaigns');
  });

  it('exchanges a token that expires between two pages', async () => {
    await withApi({ campaigns: 60, pageSize: 25, tokenUses: 2 });
    const state = memoryKeyValueStore();

    const outcome = await run('meta-spend-fetch', { args: [DAY], state });

    expect(outcome).toMatchObject({ status: 'ok', itemsProcessed: 60 });
    expect(outcome.stderr.tail).toContain('the token was rejected; exchanging the token of the login');
    expect(state.values.get(TOKEN)).toMatchObject({ token: 'local-token-2' });
  });

  it('explains what to do when the login’s token is no longer valid', async () => {
    await withApi();

    const outcome = await run('meta-spend-fetch', { args: [DAY], env: { META_ACCESS_TOKEN: 'revoked' } });

    expect(outcome.message).toMatch(
      /^Error: the token of the login is no longer valid: log in again .*META_ACCESS_TOKEN$/,
    );
  });

  it('needs no exchange without an app secret', async () => {
    await withApi();
    const state = memoryKeyValueStore();

    const outcome = await run('meta-spend-fetch', { args: [DAY], state, env: { META_APP_SECRET: '' } });

    expect(outcome).toMatchObject({ status: 'ok', itemsProcessed: 60 });
    expect(state.values.has(TOKEN)).toBe(false);
  });

  it('prints no token and no secret', async () => {
    await withApi({ tokenUses: 1, rateLimitEvery: 4 });

    const { stdout, stderr, message } = await run('meta-spend-fetch', { args: [DAY] });

    expect(`${stdout.tail}${stderr.tail}${message}`).not.toMatch(/local-(login-token|app-secret|token)/);
  });

  it.each([
    [['yesterday'], {}, "Error: day: must be YYYY-MM-DD, got 'yesterday'"],
    [[DAY], { META_AD_ACCOUNT_ID: '' }, "Error: env: META_AD_ACCOUNT_ID is missing; set it in the job's env"],
    [[DAY], { META_AD_ACCOUNT_ID: '9' }, /^GraphError: act_9\/insights: HTTP 400: \(#100\) Unsupported request/],
    [[DAY], { META_API_URL: 'http://127.0.0.1:9' }, /bad port/],
  ])('rejects arguments %j and environment %j', async (args, env, message) => {
    await withApi();

    expect((await run('meta-spend-fetch', { args, env })).message).toMatch(message);
  });
});

describe('meta-token-refresh', () => {
  it('exchanges the login’s token first, and keeps a long-lived token', async () => {
    await withApi();
    const state = memoryKeyValueStore();

    const first = await run('meta-token-refresh', { state });
    const kept = state.values.get(TOKEN);
    const second = await run('meta-token-refresh', { state });

    expect(first).toMatchObject({ status: 'ok', itemsProcessed: 1, meta: { refreshed: true } });
    expect(kept).toMatchObject({ token: 'local-token-1', expiresAt: first.meta?.expiresAt });
    expect(second).toMatchObject({ status: 'ok', itemsProcessed: 0, meta: { refreshed: false } });
    expect(state.values.get(TOKEN)).toEqual(kept);
  });

  it('exchanges a token that expires soon', async () => {
    await withApi();
    const state = memoryKeyValueStore();
    await run('meta-token-refresh', { state });

    // Tokens are valid for 60 days: each expires within 60.
    const outcome = await run('meta-token-refresh', { state, args: ['60'], env: { META_ACCESS_TOKEN: 'revoked' } });

    expect(outcome).toMatchObject({ status: 'ok', itemsProcessed: 1 });
    expect(state.values.get(TOKEN)).toMatchObject({ token: 'local-token-2' });
  });

  it('replaces a token that is no longer valid', async () => {
    await withApi();
    const state = memoryKeyValueStore(new Map([[TOKEN, { token: 'expired', expiresAt: null }]]));

    expect(await run('meta-token-refresh', { state })).toMatchObject({ status: 'ok', itemsProcessed: 1 });
    expect(state.values.get(TOKEN)).toMatchObject({ token: 'local-token-1' });
  });
});

describe('whatsapp-automation', () => {
  it('sends to each contact once, and to contacts added since', async () => {
    await withApi({ contacts: 12, arrivals: 3, pageSize: 5 });
    const state = memoryKeyValueStore();

    const first = await run('whatsapp-automation', { state });
    const second = await run('whatsapp-automation', { state });

    expect(first).toMatchObject({ status: 'ok', itemsProcessed: 12, meta: { sent: 12, undeliverable: 0 } });
    expect(second).toMatchObject({ status: 'ok', itemsProcessed: 3 });
    expect(new Set(api.messages.map(({ to }) => to)).size).toBe(15);
    expect(api.messages).toHaveLength(15);
  });

  it('continues after undeliverable contacts', async () => {
    await withApi({ contacts: 10, unreachableEvery: 4 });

    const outcome = await run('whatsapp-automation', { env: { WHATSAPP_TEMPLATE: 'offer' } });

    expect(outcome).toMatchObject({ status: 'ok', itemsProcessed: 8, meta: { template: 'offer', undeliverable: 2 } });
    expect(outcome.stderr.tail).toContain('contact 4: 2002/messages: HTTP 400: (#131026) Message undeliverable');
    expect(api.messages.every(({ template }) => template === 'offer')).toBe(true);
  });

  it('survives rate limits and expired tokens without sending twice', async () => {
    await withApi({ contacts: 14, tokenUses: 5, rateLimitEvery: 8 });

    const outcome = await run('whatsapp-automation');

    expect(outcome).toMatchObject({ status: 'ok', itemsProcessed: 14 });
    expect(new Set(api.messages.map(({ to }) => to)).size).toBe(14);
    expect(api.messages).toHaveLength(14);
    expect(api.answers['POST /v23.0/2002/messages 401']).toBe(2);
    expect(api.answers['POST /v23.0/2002/messages 429']).toBeGreaterThan(0);
  });

  it('resumes a stopped run in the next run', async () => {
    await withApi({ contacts: 30, rateLimitEvery: 10 });
    const controller = new AbortController();
    const values = new Map<string, unknown>();
    const state = memoryKeyValueStore(values);
    const stopping = {
      ...state,
      set: async (place: StatePlace, value: unknown) => {
        await state.set(place, value, null);
        if (value === '5') controller.abort();
      },
    };

    const first = await run('whatsapp-automation', { state: stopping, signal: controller.signal });
    const second = await run('whatsapp-automation', { state });

    expect(first.status).toBe('aborted');
    expect(first.itemsProcessed + second.itemsProcessed).toBe(30);
    expect(new Set(api.messages.map(({ to }) => to)).size).toBe(30);
    expect(api.messages).toHaveLength(30);
  });
});
