import { mkdtempSync, rmSync } from 'node:fs';
import { readFile, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, expect, it, vi } from 'vitest';
import type { UsageView } from '../../functions/api/administration/usage.ts';
import type { BackfillView } from '../../functions/api/runner/backfills.ts';
import type { HookView } from '../../functions/api/runner/hooks.ts';
import { parseTenantId, type TenantId } from '../../functions/core/domain/tenant.ts';
import { putState } from '../../functions/core/store/script-state.ts';
import type { AdminContext } from '../../lib/admin/admin-context.ts';
import { countTenantItems, deleteTenant, type ItemCounts } from '../../lib/admin/delete-tenant.ts';
import { type ExportLine, formatLine } from '../../lib/admin/export-format.ts';
import { exportTenant } from '../../lib/admin/export-tenant.ts';
import { importTenant } from '../../lib/admin/import-tenant.ts';
import { type OpenStage, openStage } from '../../lib/admin/open-stage.ts';
import { releaseTenant } from '../../lib/admin/release-tenant.ts';
import { readAllUsage } from '../../lib/admin/tenant-usage.ts';
import { main } from '../../lib/cli/main.ts';
import type { ApiClient } from '../helpers/clients/api.ts';
import { flowsClient } from '../helpers/clients/flows.ts';
import { runnerClient } from '../helpers/clients/runner.ts';
import { findTenantMentions, readAllRows } from '../helpers/oracles/tenant-mentions.ts';
import { systemQueue } from '../helpers/system/system-queue.ts';
import { tenantFiles } from '../helpers/system/tenant-files.ts';
import { startTestSystem, type TestSystem } from '../helpers/system/test-system.ts';
import { waitForAssertion } from '../helpers/wait.ts';

/** Whole tenants: export, deletion without residue, and import. */

vi.setConfig({ testTimeout: 120_000 });

type BackfillBody = { readonly backfill: BackfillView };

let system: TestSystem;
let stage: OpenStage;
let folder: string;
/** The names share a prefix. */
let worlds: readonly World[];

beforeAll(async () => {
  system = await startTestSystem();
  stage = await openStage(undefined, { JOBDECK_DATA: system.dataDir }, () => {});
  folder = mkdtempSync(join(tmpdir(), 'jobdeck-tenants-'));
  const made: World[] = [];
  for (const name of ['acme', 'acme2', 'acme-2']) made.push(await givenTenant(name));
  worlds = made;
}, 180_000);
const cleanup: (() => unknown)[] = [];
afterEach(async () => {
  for (const step of cleanup.splice(0)) await step();
});
afterAll(async () => {
  stage?.close();
  rmSync(folder, { recursive: true, force: true });
  await system?.stop();
});

const tenantOf = (name: string): TenantId => parseTenantId(name) ?? expect.fail(name);

/**
 * Creates an operator whose waits for the tombstone take no time; the clock of the system and its caches advances
 * instead.
 */
function hasty(): AdminContext {
  let ahead = 0;
  return {
    ...stage.context,
    now: () => Date.now() + ahead,
    async pause(ms) {
      ahead += ms;
      system.clock.advance(ms);
      await sleep(50);
    },
  };
}

interface World {
  readonly tenant: TenantId;
  readonly api: ApiClient;
}

const world = (place: number): World => worlds[place] ?? expect.fail(`there is no tenant ${place}`);

/** Creates a tenant with some of everything. */
async function givenTenant(name: string): Promise<World> {
  const tenant = tenantOf(name);
  const api = await system.as(name, ['OWNER', 'ADMIN', 'system_admin'], 'ana@example.com');
  const runner = runnerClient(api);
  const flows = flowsClient(api);
  const files = tenantFiles(system, tenant);
  await files.put('in/orders.csv', 'sku,total\na,1\nb,2\n');
  await api.put('/v1/secrets/shop-key', { value: 'hunter2-hunter2' });
  await api.get('/signing-secret');
  await api.put('/v1/notifications', { on_failure: 'slack:#alerts', on_success: null });
  await api.post('/v1/api-keys', { name: 'nightly', roles: ['OPERATOR'] });
  files.close();
  const place = { namespace: 'default', key: 'cursor' };
  await putState(stage.context.db, tenant, place, { value: { page: 3 }, ttlSeconds: null }, Date.now());
  await runner.define({ id: 'good', script: 'echo', args: ['hello'], integration_id: 'shop' });
  await runner.define({ id: 'bad', script: 'fail', args: ['3'] });
  await runner.define({ id: 'gone', script: 'echo' });
  await flows.define('orders', {
    pageSize: 1,
    sources: [{ id: 'in', type: 's3', prefix: 'in/', format: 'csv' }],
    transforms: [
      { id: 'sum', type: 'map', to: "{ 'sku': sku, 'total': $assert(sku != 'b', 'no b') ? 1 : $number(total) }" },
    ],
    sinks: [
      { id: 'table', type: 'dynamodb', collection: 'orders', key: 'sku' },
      { id: 'out', type: 's3', key: 'out/{page}.ndjson' },
      { id: 'look', type: 'preview' },
    ],
  });
  await api.put('/calendars/de-by', { dates: ['2026-12-25'] });
  await runner.define({ id: 'nightly', script: 'echo', schedule: '0 3 * * *', exclude_calendars: ['de-by'] });
  const range = { from: '2020-01-01T00:00:00Z', to: '2020-01-02T23:00:00Z', note: 'again' };
  const { body } = await api.post<BackfillBody>('/jobs/nightly/backfills', range);
  await waitForAssertion(async () => {
    const url = `/jobs/nightly/backfills/${body.backfill.id}`;
    expect((await api.get(url)).body).toMatchObject({ backfill: { state: 'completed', done: 2 } });
  });
  await api.post('/hooks', { job: 'good', scheme: 'github', secret: 'hunter2-hunter2' });
  for (const id of ['good', 'bad', 'gone']) await runner.waitForEnd(id, (await runner.start(id)).run_id);
  await api.post('/jobs/good/run', undefined, { 'idempotency-key': 'once', prefer: 'respond-async' });
  await flows.waitForEnd(await flows.start('orders'));
  await api.delete('/jobs/gone');
  await runner.waitForRegistration('nightly');
  await waitForAssertion(async () => {
    expect((await api.get('/v1/notifications/deliveries')).body).toMatchObject([{ job: 'bad', state: 'failed' }]);
    expect((await api.get('/stats')).body).toMatchObject({ running: 0 });
  });
  return { tenant, api };
}

async function exported(tenant: TenantId, withKeys = true): Promise<{ path: string; lines: ExportLine[] }> {
  const path = join(folder, `${tenant}-${Math.random()}.ndjson`);
  const lines: ExportLine[] = [];
  await exportTenant(stage.context, tenant, { withKeys }, async (line) => void lines.push(line));
  await writeFile(path, lines.map((line) => `${formatLine(line)}\n`).join(''));
  return { path, lines };
}

/** Returns the items that remain of a deleted tenant. */
const leftOf = (name: string) => [`access .platform DELETION#${name}`, `access ${name} LIMITS`];

const countOf = (lines: readonly ExportLine[], kind: string) => lines.filter((line) => line.kind === kind).length;

it('exports everything except for secrets', async () => {
  const { tenant } = world(1);
  const there = await countTenantItems(stage.context, tenant);

  const { lines } = await exported(tenant, false);

  const text = JSON.stringify(lines);
  expect(lines[0]).toMatchObject({ kind: 'export', format: 1, tenant, from: system.dataDir });
  expect(lines.at(-1)).toMatchObject({ kind: 'end' });
  expect(countOf(lines, 'unknown')).toBe(0);
  const { requestRate, ...expected }: ItemCounts = there;
  const counted: ItemCounts = Object.fromEntries(Object.keys(expected).map((kind) => [kind, countOf(lines, kind)]));
  expect(counted).toEqual(expected);
  expect(Object.keys(expected)).toEqual(
    expect.arrayContaining([
      'collectionItem',
      'preview',
      'file',
      'recordError',
      'task',
      'apiKey',
      'hook',
      'calendar',
      'backfill',
      'secret',
      'signingSecret',
      'run',
    ]),
  );
  const time = expect.stringMatching(/^\d{4}-/);
  expect(lines.filter(({ kind }) => kind === 'secret' || kind === 'signingSecret')).toEqual([
    { kind: 'secret', table: 'access', row: { pk: tenant, sk: 'SECRET#shop-key', updatedAt: time } },
    { kind: 'signingSecret', table: 'access', row: { pk: tenant, sk: 'SIGNING-SECRET', updatedAt: time } },
  ]);
  expect(text).not.toMatch(/hunter2|whsec_|"hash"|tokenHash/);
  expect(JSON.stringify((await exported(tenant)).lines)).toContain('"hash"');
});

it('reads the usage of all tenants', async () => {
  const { tenant, api } = world(1);
  const { body } = await api.get<UsageView>('/usage?group=month');

  const all = await readAllUsage(stage.context, {
    from: `${body.usage[0]?.month}-01`,
    to: new Date(stage.context.now()).toISOString().slice(0, 10),
    group: 'month',
  });

  expect(all.map((one) => one.tenant)).toEqual(all.map((one) => one.tenant).toSorted((a, b) => (a < b ? -1 : 1)));
  expect(all.find((one) => one.tenant === tenant)?.periods).toEqual(
    body.usage.map(({ month, runs, compute_seconds, records, stored_bytes }) => ({
      period: month,
      runs,
      computeSeconds: compute_seconds,
      records,
      storedBytes: stored_bytes,
    })),
  );
  expect(body.usage[0]?.runs).toBeGreaterThan(3);
});

/** Returns what the surfaces show of a tenant. */
async function viewsOf(api: ApiClient): Promise<Readonly<Record<string, unknown>>> {
  const paths = [
    '/stats',
    '/jobs',
    '/jobs/good/runs',
    '/jobs/bad/runs',
    '/runs',
    '/failures',
    '/failures?group=cause',
    '/v1/flows/orders',
    '/v1/jobs',
    '/v1/notifications',
    '/v1/notifications/deliveries',
    '/v1/api-keys',
    '/api/v1/pipelines',
    '/api/v1/jobs',
    '/api/integrations/jobs/metrics',
  ];
  const views = await Promise.all(paths.map(async (path) => [path, (await api.get(path)).body] as const));
  return { ...Object.fromEntries(views), stats: await statisticsOf(api) };
}

/** Returns statistics of the job `good` without the time of the request. */
async function statisticsOf(api: ApiClient): Promise<Readonly<Record<string, unknown>>> {
  const { body } = await api.get('/api/v1/admin/jobs/good/stats', { 'x-tenantid': tenantIn(api) });
  const { generatedAt, ...statistics } = body.data as Record<string, unknown>;
  return statistics;
}

const tenantIn = (api: ApiClient): string =>
  (JSON.parse(Buffer.from(api.token.split('.')[1] ?? '', 'base64url').toString()) as { 'custom:tenant': string })[
    'custom:tenant'
  ];

it.each<[string, (text: string) => string, RegExp]>([
  ['is cut short', (text) => text.slice(0, text.lastIndexOf('\n', text.length - 2) + 1), /has no end: /],
  ['is cut in a line', (text) => text.slice(0, -20), /line \d+ is not JSON/],
  [
    'lacks a line',
    (text) => text.replace(/^.*"kind":"definition".*\n/m, ''),
    /has 3 lines of definition, and its end says 4/,
  ],
  ['is of another version', (text) => text.replace('"format":1', '"format":9'), /format must be 1, got 9/],
  [
    'holds rows of others',
    (text) => text.replace('"pk":"acme2"', '"pk":"acme3"'),
    /a row belongs to acme3, not to acme2/,
  ],
  [
    'holds files of others',
    (text) => text.replace('data/acme2/', 'data/acme3/'),
    /a file does not belong to acme2: data\/acme3\//,
  ],
  ['is none', () => '{"kind":"run"}\n', /the first line is not the header of an export/],
  ['is empty', () => '', /is empty/],
])('refuses a file that %s before anything is written', async (_, spoil, message) => {
  const path = join(folder, 'wrong.ndjson');
  whole ??= (await exported(world(1).tenant)).path;
  await writeFile(path, spoil(await readFile(whole, 'utf8')));

  await expect(importTenant(stage.context, path)).rejects.toThrow(message);
});
let whole: string | undefined;

it('exports, counts before a deletion and lists tenants on the command line', async () => {
  const out = join(folder, 'by-hand.ndjson');

  const written = await jobdeck('export', 'acme2', '--out', out);
  const counted = await jobdeck('delete', 'acme2', '--json');
  const unknown = await jobdeck('delete', 'acmee', '--yes');
  const there = await jobdeck('import', out);
  const free = await jobdeck('release', 'acme2');
  const nowhere = await jobdeck('delete', 'acme2', '--stage', 'nowhere', '--yes');
  const restored = await openStage(undefined, { JOBDECK_DATA: system.dataDir }, () => {}, 'restored');
  restored.close();

  expect(written).toMatchObject({ code: 0, out: expect.stringMatching(/^definition +4$/m) });
  expect((await stat(out)).mode & 0o777).toBe(0o600);
  expect((await readFile(out, 'utf8')).trimEnd().split('\n').at(-1)).toMatch(/^{"kind":"end"/);
  expect(counted).toMatchObject({ code: 0, err: `Nothing was removed from ${system.dataDir}: add --yes to delete\n` });
  expect(JSON.parse(counted.out)).toMatchObject({ definition: 4, secret: 1, signingSecret: 1 });
  expect(unknown).toEqual({ code: 1, out: '', err: `jobdeck tenants: ${system.dataDir} has no tenant acmee\n` });
  expect(there).toMatchObject({
    code: 1,
    err: expect.stringMatching(/acme2 exists; only a tenant that does not exist/),
  });
  expect(free).toEqual({ code: 1, out: '', err: 'jobdeck tenants: acme2 has no tombstone: it was not deleted\n' });
  expect(nowhere).toMatchObject({
    code: 1,
    err: expect.stringMatching(/^jobdeck tenants: There is no stage "nowhere"/),
  });
  expect(restored.context.db.tables).toMatchObject({ runs: 'jobdeck-local-runs-restored' });
  expect((await world(1).api.get('/jobs')).status).toBe(200);
});

async function jobdeck(...args: readonly string[]) {
  const said: Record<'out' | 'err', string[]> = { out: [], err: [] };
  const output = { out: (text: string) => void said.out.push(text), err: (text: string) => void said.err.push(text) };
  const code = await main(['tenants', ...args], { JOBDECK_DATA: system.dataDir }, output);
  return { code, out: said.out.join(''), err: said.err.join('') };
}

it('deletes everything of a tenant, nothing of others, and ignores later input', async () => {
  const { tenant, api } = world(0);
  const runner = runnerClient(api);
  await runner.define({ id: 'slow', script: 'sleep', args: ['300'] });
  // Without the waits for the tombstone, pending work must end first.
  await runner.waitForRegistration('slow', 'none');
  const slow = await runner.start('slow');
  await waitForAssertion(async () => expect((await runner.run('slow', slow.run_id)).status).toBe('running'));
  const [, incarnation = '', ulid = ''] = slow.run_id.split('.');
  const isOthers = ([name]: readonly [string, unknown]) => /^\w+ (acme2|acme-2)[ #]/.test(name);
  const others = [...(await readAllRows(stage.context.db))].filter(isOthers).map(([name]) => name);
  const operator = hasty();

  const dry = await countTenantItems(operator, tenant);
  const deletion = await deleteTenant(operator, tenant);

  expect(dry).toMatchObject({ definition: 5, file: expect.any(Number), secret: 1, signingSecret: 1 });
  expect(deletion).toMatchObject({ tenant, finishedAt: expect.any(String), removed: { definition: 5, run: dry.run } });
  expect(await findTenantMentions(system, stage.context.db, tenant)).toEqual(leftOf(tenant));

  // Messages under way, a client with a valid token, and a repeated deletion.
  const run = { v: 1, tenant, jobId: 'slow', incarnation, ulid };
  const tick = { v: 1, tenant, jobId: 'slow', incarnation, scheduledAt: '2026-03-02T03:00:00Z' };
  const handled = await Promise.all([
    claimedBy('runs', run),
    claimedBy('runs', { ...run, task: 0, slice: 0 }),
    claimedBy('ticks', tick),
    claimedBy('ticks-dead-letters', tick),
    claimedBy('runs-dead-letters', run),
    claimedBy('notifications', { v: 1, tenant, delivery: ulid }),
  ]);
  for (const path of ['/jobs', '/stats', '/v1/flows']) expect((await api.get(path)).status).toBe(403);
  const definition = { id: 'again', name: 'Again', script: 'echo' };
  expect(await api.post('/jobs', definition)).toMatchObject({ status: 403, body: { error: expect.any(String) } });
  for (const isHandled of handled) await isHandled();
  expect(await deleteTenant(operator, tenant)).toEqual(deletion);
  expect(await findTenantMentions(system, stage.context.db, tenant)).toEqual(leftOf(tenant));

  const now = await readAllRows(stage.context.db);
  // Request rates, minutes, and the remains of deleted jobs expire by themselves.
  const isVolatile = (name: string) => / (RATE|MIN#\S+)$/.test(name) || name.includes('#gone#');
  expect(others.filter((name) => !now.has(name) && !isVolatile(name))).toEqual([]);
  expect(others.length).toBeGreaterThan(100);

  // A tenant of the same name is a new tenant.
  await releaseTenant(stage.context, tenant);
  await waitForAssertion(async () => expect((await api.post('/jobs', definition)).status).toBe(201));
  expect((await runnerClient(api).trigger('again')).status).toBe('ok');
  await waitForAssertion(async () => {
    const { body } = await api.get('/stats');
    expect(body).toMatchObject({ totalJobs: 1, okLastHour: 1, errorsLastHour: 0, failedRegistrations: 0 });
  });
  expect((await api.get('/jobs')).body.jobs).toMatchObject([{ id: 'again' }]);
  expect((await api.get('/v1/secrets')).body).toEqual([]);
});

it('restores a deleted tenant from its export, wherever export or import is interrupted', async () => {
  const { tenant, api } = world(2);
  const definitionsOf = async () =>
    Promise.all(
      ['/calendars/de-by', '/jobs/nightly/backfills'].map(async (url) => (await api.get(url)).body as unknown),
    );
  const definitions = await definitionsOf();
  const { path, lines } = await exported(tenant);
  const other = (await exported(tenant)).path;
  const before = await viewsOf(api);

  // Deletions that crash after one write, after two more, and so on.
  let crashes = 0;
  for (let writes = 1; ; writes++) {
    try {
      await deleteTenant(crashingAfter(hasty(), writes), tenant);
      break;
    } catch (error) {
      expect(error).toBeInstanceOf(Crash);
      crashes++;
    }
  }
  expect(crashes).toBeGreaterThan(5);
  expect(await findTenantMentions(system, stage.context.db, tenant)).toEqual(leftOf(tenant));
  await expect(importTenant(crashingAfter(stage.context, 12), path)).rejects.toThrow(Crash);
  await expect(importTenant(stage.context, other)).rejects.toThrow(/is being imported from another export/);
  await expect(releaseTenant(stage.context, tenant)).rejects.toThrow(/is being imported/);
  expect((await api.get('/jobs')).status).toBe(403);
  const imported = await importTenant(stage.context, path);

  expect(imported).toMatchObject({ tenant, secrets: ['shop-key'], hadSigningSecret: true, apiKeysToRecreate: 0 });
  const { body } = await api.get<{ readonly hooks: readonly HookView[] }>('/hooks');
  expect(body.hooks).toMatchObject([{ job: 'good', scheme: 'github', has_secret: false }]);
  expect(await definitionsOf()).toEqual(definitions);
  expect(definitions).toMatchObject([
    { calendar: { dates: ['2026-12-25'], jobs: ['nightly'] } },
    { backfills: [{ state: 'completed', done: 2, note: 'again' }] },
  ]);
  expect(imported.hooksToRenew).toEqual(body.hooks.map(({ id }) => id));
  await waitForAssertion(async () => expect(await viewsOf(api)).toEqual(before));
  const files = tenantFiles(system, tenant);
  cleanup.push(files.close);
  expect(await files.records('out/')).toEqual([{ sku: 'a', total: 1 }]);
  await expect(importTenant(stage.context, path)).rejects.toThrow(/^acme-2 exists; /);
  const runner = runnerClient(api);
  await runner.waitForRegistration('nightly');
  expect(await runner.trigger('good')).toMatchObject({ status: 'ok' });

  // Counts of runs that were purged before the export are restored, too.
  await deleteTenant(hasty(), tenant);
  await importTenant(stage.context, await withoutRunsOf('good', lines));
  await waitForAssertion(async () => {
    const { performance, queue } = await statisticsOf(api);
    expect(performance).toEqual((before.stats as Readonly<Record<string, unknown>>).performance);
    expect(queue).toMatchObject({ completed: 0 });
  });
});

/** Returns an export in which the runs of a job have expired. */
async function withoutRunsOf(job: string, lines: readonly ExportLine[]): Promise<string> {
  const isOfJob = (line: ExportLine) =>
    'row' in line && line.kind === 'run' && String(line.row.pk).includes(`#${job}#`);
  const kept = lines.slice(0, -1).filter((line) => !isOfJob(line));
  const end = { kind: 'end', lines: { ...(lines.at(-1) as { lines: ItemCounts }).lines, run: countOf(kept, 'run') } };
  const path = join(folder, 'older.ndjson');
  await writeFile(path, [...kept, end].map((line) => `${JSON.stringify(line)}\n`).join(''));
  return path;
}

/**
 * Sends a message to a queue of the system.
 *
 * @returns a function that waits until the message was processed
 */
async function claimedBy(name: string, message: object): Promise<() => Promise<void>> {
  const queue = systemQueue(system, name);
  cleanup.push(queue.close);
  await queue.send(message);
  return () => waitForAssertion(async () => expect(await queue.depth()).toEqual({ visible: 0, inFlight: 0 }));
}

class Crash extends Error {}

/** Creates an operator that crashes after this number of writes. */
function crashingAfter(operator: AdminContext, writes: number): AdminContext {
  let left = writes;
  const { db, files, removeSchedules } = operator;
  const count = () => {
    if (left-- <= 0) throw new Crash();
  };
  const client = new Proxy(db.client, {
    get(target, name) {
      if (name !== 'send') return Reflect.get(target, name) as unknown;
      return (command: object) => {
        if (/Put|Update|Delete|Write/.test(command.constructor.name)) count();
        return target.send(command as never);
      };
    },
  });
  return {
    ...operator,
    db: { ...db, client },
    files: {
      ...files,
      removeAll(of) {
        count();
        return files.removeAll(of);
      },
    },
    removeSchedules(names) {
      count();
      return removeSchedules(names);
    },
  };
}
