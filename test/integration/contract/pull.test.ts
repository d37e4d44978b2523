import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { JobsBody } from '../../helpers/clients/runner-bodies.ts';
import { givenJobProject } from '../../helpers/system/job-project.ts';
import { shareTestSystem } from '../../helpers/system/shared-system.ts';
import { freshTenant, type TestSystem } from '../../helpers/system/test-system.ts';

/** `jobdeck pull` against the local system. */

let system: TestSystem;
beforeAll(async () => {
  system = await shareTestSystem();
});
afterAll(() => system?.stop());

const common = {
  schedule: 'cron(0 6 ? * MON-FRI *)',
  enabled: 0,
  overlap_policy: 'queue',
  start_grace_s: 5,
  finish_grace_s: 7,
  description: 'It\'s "quoted" \\ and\nhas\u2028lines',
  timezone: 'Europe/Berlin',
  start_at: '2026-01-01T00:00:00.000Z',
  end_at: '2099-01-01T00:00:00.000Z',
  jitter_seconds: 9,
  integration_id: 'shop.1',
  tags: ['a', "b'c"],
  labels: { team: 'x', 'example.com/area': '' },
  on_failure: 'https://hooks.test/failure',
  retry: { attempts: 4, backoff: 'fixed', delay_seconds: 3, max_delay_seconds: 60 },
  priority: 5,
  expires_in_s: 90,
  timeout_ms: 61_000,
};
const flow = {
  pageSize: 7,
  parallelism: 2,
  onError: 'stop',
  checkpoints: { everySeconds: null, keep: 3 },
  sources: [
    {
      id: 'in',
      name: 'In',
      type: 'http',
      url: 'https://a.test/x',
      headers: { accept: 'a' },
      paging: { type: 'page', size: 5, sizeParam: 'n' },
    },
    { type: 's3', prefix: 'in/', format: 'csv', delimiter: ';', tap: true },
    { type: 'inline', records: [{ a: [1, null, { __proto__: null, b: "it's" }] }, 'x', null] },
    { type: 'generate', count: 3, rate: 5, shape: { 'odd name': 1 }, seed: 7 },
    { type: 'sqs', queue: 'q' },
  ],
  transforms: [
    { type: 'map', to: '{ "a": value }' },
    { type: 'filter', where: "name = 'x'" },
  ],
  sinks: [
    { type: 'http', url: 'https://a.test/y', method: 'PUT', mode: 'single', concurrency: 2 },
    { type: 'preview' },
  ],
};
const JOBS = [
  { id: 'plain', name: 'P', script: 'echo' },
  { id: 'named', name: 'N', script: 'sleep', args: ['1'] },
  { ...common, id: 'script', name: 'S', script: 'echo', args: ['a', '', "'"], env: { A: 'b', B: '' } },
  { id: 'get', name: 'G', http: { url: 'https://a.test/' } },
  { ...common, id: 'http', name: 'H', http: { url: 'https://a.test/', method: 'PUT', headers: { a: 'b' }, body: 'x' } },
  { ...common, id: 'flow', name: 'F', flow },
  { id: 'Plain', name: 'P', script: 'echo' },
  { id: 'x.test', name: 'X', script: 'echo' },
  { id: 'x.d', name: 'X', script: 'echo' },
  { id: 'con', name: 'X', script: 'echo' },
];

describe('jobdeck pull', () => {
  it('writes jobs of all types with all fields so that apply finds no differences', async () => {
    const tenant = freshTenant();
    const client = await system.as(tenant);
    for (const job of JOBS) expect(await client.post('/jobs', job)).toMatchObject({ status: 201 });
    const { root, run, apply } = givenJobProject(system);

    expect(await run('pull', tenant)).toMatchObject({ code: 0, err: '' });

    expect(readFileSync(join(root, 'jobs/plain_2.ts'), 'utf8')).toBe(
      [
        "import { defineJob } from 'jobdeck';",
        "import echoScript from '../scripts/echo.ts';",
        '',
        'export default defineJob({',
        "  id: 'plain',",
        "  name: 'P',",
        '  script: echoScript,',
        '});',
        '',
      ].join('\n'),
    );
    expect(readFileSync(join(root, 'jobs/named.ts'), 'utf8')).toContain("  script: 'sleep',\n  args: ['1'],\n");
    const planned = await apply(tenant, '--dry-run');
    // The jobs have no project yet: only its label is new.
    expect(planned.out.match(/→/g)).toHaveLength(JOBS.length);
    expect(planned.out.match(/labels.jobdeck-project: \(none\) → "my-jobs"/g)).toHaveLength(JOBS.length);

    const before = (await client.get<JobsBody>('/jobs')).body.jobs;
    expect(await apply(tenant, '--yes')).toMatchObject({ code: 0, err: '' });
    const after = (await client.get<JobsBody>('/jobs')).body.jobs;
    expect(after).toMatchObject(
      before.map(({ updated_at: _updated, registration: _known, next_run: _next, ...job }) => job),
    );

    expect(await run('pull', tenant, '--force')).toMatchObject({ code: 0, err: '' });
    expect((await apply(tenant)).out).toBe(`Tenant ${tenant}: no changes, ${JOBS.length} unchanged\n`);
  });

  it('writes the calendars of the tenant as one file, so that apply finds no differences', async () => {
    const tenant = freshTenant();
    const client = await system.as(tenant);
    await client.put('/calendars/de-by', { dates: ['2026-12-25', '2026-12-26'] });
    await client.put('/calendars/elsewhere', { dates: ['2026-01-01'] });
    await client.post('/jobs', { id: 'calendars', name: 'C', script: 'echo', exclude_calendars: ['de-by'] });
    const { root, run, apply } = givenJobProject(system, {
      'jobs/other.ts': "export default { name: 'elsewhere', dates: ['2026-01-01'] };",
    });

    const pulled = await run('pull', tenant);

    expect(pulled).toMatchObject({ code: 0, err: 'Calendar elsewhere is left out: jobs/other.ts declares it\n' });
    expect(readFileSync(join(root, 'jobs/calendars.ts'), 'utf8')).toBe(
      "import { defineCalendar } from 'jobdeck';\n\nexport default [\n" +
        "  defineCalendar({ name: 'de-by', dates: ['2026-12-25', '2026-12-26'] }),\n];\n",
    );
    expect(existsSync(join(root, 'jobs/calendars_2.ts'))).toBe(true);
    expect((await apply(tenant, '--dry-run')).out).not.toContain('calendar ');
    expect(await run('pull', tenant, '--force')).toMatchObject({ code: 0 });
    expect(await run('pull', tenant, 'calendars', '--force')).toMatchObject({
      code: 0,
      out: expect.not.stringContaining('jobs/calendars.ts'),
    });
  });

  it('writes the named hooks of the tenant as one file without secrets, so that apply finds no differences', async () => {
    const tenant = freshTenant();
    const client = await system.as(tenant);
    await client.post('/jobs', { id: 'hooks', name: 'H', script: 'echo' });
    const signed = { name: 'from-github', job: 'hooks', scheme: 'github', secret: 's3cr3t', description: 'main' };
    await client.post('/hooks', signed);
    await client.post('/hooks', { name: 'elsewhere', job: 'hooks' });
    const { body } = await client.post<{ id: string }>('/hooks', { job: 'hooks', enabled: false });
    const { root, run, apply } = givenJobProject(system, {
      'jobs/other.ts': "export default { name: 'elsewhere', job: 'hooks' };",
    });

    const pulled = await run('pull', tenant);

    expect(pulled).toMatchObject({ code: 0 });
    expect(pulled.err).toBe(
      'Hook elsewhere is left out: jobs/other.ts declares it\n' +
        `Hook ${body.id} is left out: it has no name; \`jobdeck hooks change ${body.id} --name <name>\` names it\n`,
    );
    expect(readFileSync(join(root, 'jobs/hooks.ts'), 'utf8')).toBe(
      "import { defineHook } from 'jobdeck';\n\nexport default [\n" +
        "  defineHook({\n    name: 'from-github',\n    job: 'hooks',\n    scheme: 'github',\n" +
        "    secret_env: 'HOOK_SECRET_FROM_GITHUB',\n    description: 'main',\n  }),\n];\n",
    );
    // The hooks have no project yet: only it is new.
    const planned = await apply(tenant, '--dry-run');
    expect(planned).toMatchObject({ code: 0, err: '' });
    expect(planned.out.match(/managed_by: null → "my-jobs"/g)).toHaveLength(2);
    expect(await apply(tenant, '--yes')).toMatchObject({ code: 0, err: '' });
    expect((await apply(tenant)).out).toBe(`Tenant ${tenant}: no changes, 1 unchanged\n`);
  });

  it('writes names in one order, and no field of a request or a retry that has its default', async () => {
    const tenant = freshTenant();
    const names = ['b', 'Z', 'a', '__b', 'B.x'];
    const map = Object.fromEntries(names.map((name) => [name, 'v']));
    const headers = { ...map, accept: 'a' };
    const client = await system.as(tenant);
    const http = { url: 'https://a.test', headers };
    await client.post('/jobs', {
      id: 'a',
      name: 'A',
      http,
      labels: { ...map, __b: undefined, c: 'v' },
      retry: { attempts: 2 },
    });
    const { root, run } = givenJobProject(system);

    await run('pull', tenant);

    expect(readFileSync(join(root, 'jobs/a.ts'), 'utf8')).toContain(
      [
        "  http: { url: 'https://a.test', headers: { 'B.x': 'v', Z: 'v', __b: 'v', a: 'v', accept: 'a', b: 'v' } },",
        "  labels: { 'B.x': 'v', Z: 'v', a: 'v', b: 'v', c: 'v' },",
        '  retry: { attempts: 2 },',
      ].join('\n'),
    );
  });

  it('overwrites files with --force only, and writes none if one exists', async () => {
    const tenant = freshTenant();
    const client = await system.as(tenant);
    await client.post('/jobs', { id: 'a', name: 'New', script: 'echo' });
    await client.post('/jobs', { id: 'b', name: 'B', script: 'echo' });
    const old = "export default { id: 'b', name: 'Old', script: 'echo' };";
    const { root, run } = givenJobProject(system, { 'jobs/b.ts': old });
    const content = () => readFileSync(join(root, 'jobs/b.ts'), 'utf8');

    const refused = await run('pull', tenant);
    expect(refused).toMatchObject({ code: 1, err: expect.stringContaining('--force overwrites them: jobs/b.ts') });
    expect([content(), existsSync(join(root, 'jobs/a.ts'))]).toEqual([old, false]);

    expect(await run('pull', tenant, '--force')).toMatchObject({ code: 0, out: 'Wrote jobs/a.ts\nWrote jobs/b.ts\n' });
    expect(content()).toContain("name: 'B'");
    expect(await run('pull', tenant)).toEqual({ code: 0, out: 'All files are up to date.\n', err: '' });
  });

  it('leaves out jobs of other files, and overwrites no file that declares other jobs, too', async () => {
    const tenant = freshTenant();
    const client = await system.as(tenant);
    for (const id of ['a', 'b']) await client.post('/jobs', { id, name: id, script: 'echo' });
    const declare = (...ids: readonly string[]) =>
      `export default ${JSON.stringify(ids.map((id) => ({ id, name: 'X', script: 'echo' })))};`;
    const { run, write } = givenJobProject(system, { 'jobs/all.ts': declare('a', 'x') });

    expect(await run('pull', tenant)).toEqual({
      code: 0,
      out: 'Wrote jobs/b.ts\n',
      err: 'a is left out: jobs/all.ts declares it\n',
    });
    write({ 'jobs/b.ts': declare('b', 'y') });
    expect(await run('pull', tenant, 'b', '--force')).toMatchObject({
      code: 1,
      err: expect.stringContaining("jobs/b.ts declares the job 'y', too"),
    });
  });

  it('overwrites no file that declares a hook or a calendar beside its job', async () => {
    const tenant = freshTenant();
    const client = await system.as(tenant);
    for (const id of ['a', 'b']) await client.post('/jobs', { id, name: id, script: 'echo' });
    await client.post('/hooks', { name: 'deploy', job: 'a' });
    const job = (id: string) => `{ id: '${id}', name: 'X', script: 'echo' }`;
    const { run } = givenJobProject(system, {
      'jobs/a.ts': `export default [${job('a')}, { name: 'deploy', job: 'a' }];`,
      'jobs/b.ts': `export default [${job('b')}, { name: 'closed', dates: ['2026-12-25'] }];`,
    });

    expect(await run('pull', tenant, 'a', '--force')).toMatchObject({
      code: 1,
      err: expect.stringContaining("jobs/a.ts declares the hook 'deploy', too"),
    });
    expect(await run('pull', tenant, 'b', '--force')).toMatchObject({
      code: 1,
      err: expect.stringContaining("jobs/b.ts declares the calendar 'closed', too"),
    });
  });

  it('reports an unknown job', async () => {
    const { run } = givenJobProject(system);

    expect(await run('pull', freshTenant(), 'x')).toMatchObject({ code: 1, err: expect.stringContaining('not found') });
  });
});

describe('jobdeck import crontab', () => {
  it('writes valid job files, and overwrites them with --force only', async () => {
    const tenant = freshTenant();
    const { root, write, run, apply } = givenJobProject(system);
    write({ crontab: '# Nightly\n0 5 * * * /usr/bin/clean-up --all\nMODE=x\n@hourly poll\n' });
    const file = join(root, 'crontab');

    expect(await run('import', [], 'crontab', file, '--timezone', 'Europe/Berlin')).toEqual({
      code: 0,
      out: 'Wrote scripts/clean-up.ts\nWrote jobs/clean-up.ts\nWrote scripts/poll.ts\nWrote jobs/poll.ts\n',
      err: '',
    });
    const planned = await apply(tenant, '--dry-run');
    expect(planned.code).toBe(0);
    // The problems of the API only: the new scripts are not deployed.
    expect(planned.err.match(/job '.*': \w+:/g)).toEqual(["job 'clean-up': script:", "job 'poll': script:"]);
    expect(planned.out).toContain(
      '+ create clean-up (jobs/clean-up.ts)\n      type: "script"\n      schedule: "0 5 * * *"',
    );
    expect(planned.out).toContain('timezone: "Europe/Berlin"');

    expect(await run('import', [], 'crontab', file)).toMatchObject({
      code: 1,
      err: expect.stringContaining('--force'),
    });
    write({ crontab: '61 * * * * x\n' });
    expect(await run('import', [], 'crontab', file, '--force')).toMatchObject({
      code: 1,
      err: expect.stringContaining('line 1: '),
    });
  });
});
