import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { HookView } from '../../../functions/api/runner/hooks.ts';
import { main } from '../../../lib/cli/main.ts';
import { applyToLocal } from '../../../lib/project/apply-to-local.ts';
import type { JobBody, JobsBody } from '../../helpers/clients/runner-bodies.ts';
import { givenJobProject } from '../../helpers/system/job-project.ts';
import { shareTestSystem } from '../../helpers/system/shared-system.ts';
import { freshTenant, type TestSystem } from '../../helpers/system/test-system.ts';

/** `jobdeck apply` against the local system. */

let system: TestSystem;
beforeAll(async () => {
  system = await shareTestSystem();
});
afterAll(() => system?.stop());

const job = (fields: object) => `export default ${JSON.stringify({ name: 'A', script: 'echo', ...fields })};`;
const jobsOf = async (tenant: string) => (await (await system.as(tenant)).get<JobsBody>('/jobs')).body.jobs;

describe('jobdeck apply', () => {
  it('creates, changes and finds no changes afterwards', async () => {
    const tenant = freshTenant();
    const { write, apply } = givenJobProject(system, {
      'jobs/a.ts': `import echo from '../scripts/echo';
        export default (tenant: string) => [{ id: 'a', name: tenant, script: echo }, { id: 'b', name: 'B', script: echo }];`,
      'jobs/web.ts': job({ id: 'web', script: undefined, http: { url: 'https://a.test/x' }, schedule: 'rate(1 hour)' }),
    });

    const created = await apply(tenant, '--yes');
    expect(created).toMatchObject({ code: 0, err: '' });
    expect(created.out).toContain(`Tenant ${tenant}: 3 to create, 0 unchanged`);
    expect(created.out).toContain('  + create web (jobs/web.ts)\n      type: "http"\n      schedule: "rate(1 hour)"');
    expect(await jobsOf(tenant)).toMatchObject([
      { id: 'a', name: tenant, script: 'echo', labels: { 'jobdeck-project': 'my-jobs' } },
      { id: 'b' },
      { id: 'web', http: { url: 'https://a.test/x' } },
    ]);

    expect(await apply(tenant)).toEqual({ code: 0, out: `Tenant ${tenant}: no changes, 3 unchanged\n`, err: '' });

    write({ 'jobs/web.ts': job({ id: 'web', script: undefined, http: { url: 'https://a.test/y' } }) });
    const changed = await apply(tenant, '--yes');
    expect(changed.out).toContain('~ change web (jobs/web.ts)\n      schedule: "rate(1 hour)" → null');
    expect(changed.out).toContain('http.url: "https://a.test/x" → "https://a.test/y"');
    expect(await apply(tenant, '--dry-run', '--detailed-exitcode')).toMatchObject({ code: 0 });
  });

  it('changes the type of a job and resets the fields of the former type', async () => {
    const tenant = freshTenant();
    const { write, apply } = givenJobProject(system, { 'jobs/a.ts': job({ id: 'a', args: ['x'], timeout_ms: 5_000 }) });
    await apply(tenant, '--yes');

    const flow = { sources: [{ type: 'generate', count: 1 }], sinks: [{ type: 'preview' }] };
    write({ 'jobs/a.ts': job({ id: 'a', script: undefined, flow }) });

    expect(await apply(tenant, '--yes')).toMatchObject({ code: 0, err: '' });
    expect(await jobsOf(tenant)).toMatchObject([{ type: 'flow', args: null, timeout_ms: null }]);
    expect((await apply(tenant)).out).toContain('no changes');
  });

  it('shows and reverts a change by hand, and writes nothing with --dry-run', async () => {
    const tenant = freshTenant();
    const { apply } = givenJobProject(system, { 'jobs/a.ts': job({ id: 'a' }) });
    await apply(tenant, '--yes');
    const client = await system.as(tenant);
    await client.patch('/jobs/a', { description: 'by hand' });

    const shown = await apply(tenant, '--dry-run', '--detailed-exitcode');
    expect(shown).toMatchObject({ code: 3, err: '' });
    expect(shown.out).toContain('~ change a (jobs/a.ts) (drift: changed by hand since the last apply)');
    expect(shown.out).toContain('description: "by hand" → null');
    expect((await client.get<JobBody>('/jobs/a')).body.job.description).toBe('by hand');

    expect(await apply(tenant, '--yes')).toMatchObject({ code: 0 });
    expect((await client.get<JobBody>('/jobs/a')).body.job.description).toBeNull();
  });

  it('creates, turns round and deletes a chain in the order of its jobs', async () => {
    const tenant = freshTenant();
    const follows = (...jobs: string[]) => ({ after: { jobs: jobs.map((one) => ({ job: one, on: 'success' })) } });
    const { write, apply } = givenJobProject(system, {
      'jobs/a.ts': job({ id: 'a', ...follows('b', 'd') }),
      'jobs/b.ts': job({ id: 'b', ...follows('c') }),
      'jobs/c.ts': job({ id: 'c' }),
      'jobs/d.ts': job({ id: 'd' }),
    });
    const upstream = async () =>
      (await jobsOf(tenant)).map(({ id, after: condition }) => [id, ...(condition?.jobs ?? []).map((one) => one.job)]);

    expect(await apply(tenant, '--yes')).toMatchObject({ code: 0, err: '' });
    expect(await upstream()).toEqual([['a', 'b', 'd'], ['b', 'c'], ['c'], ['d']]);

    write({ 'jobs/a.ts': job({ id: 'a' }), 'jobs/b.ts': job({ id: 'b', ...follows('a') }) });
    expect(await apply(tenant, '--yes')).toMatchObject({ code: 0, err: '' });
    expect(await upstream()).toEqual([['a'], ['b', 'a'], ['c'], ['d']]);

    write({ 'jobs/a.ts': 'export default [];', 'jobs/b.ts': 'export default [];', 'jobs/c.ts': job({ id: 'c' }) });
    expect(await apply(tenant, '--prune', '--yes')).toMatchObject({ code: 0, err: '' });
    expect(await upstream()).toEqual([['c'], ['d']]);
  });

  it('stores declared calendars before the jobs that name them, and keeps others', async () => {
    const tenant = freshTenant();
    const client = await system.as(tenant);
    await client.put('/calendars/manual', { dates: ['2026-01-06'] });
    const calendar = (...dates: string[]) => `{ name: 'de-by', dates: ${JSON.stringify(dates)} }`;
    const { write, apply } = givenJobProject(system, {
      'jobs/a.ts': job({ id: 'a', schedule: '0 6 * * *', exclude_calendars: ['de-by'], require_calendars: ['manual'] }),
      'jobs/calendars.ts': `import { defineCalendar } from 'jobdeck';
        export default [defineCalendar(${calendar('2026-12-26', '2026-12-25')})];`,
    });
    const datesOf = async () =>
      (await client.get<{ calendar: { dates: readonly string[] } }>('/calendars/de-by')).body.calendar.dates;

    const shown = await apply(tenant, '--dry-run', '--detailed-exitcode');
    expect(shown).toMatchObject({ code: 3, err: '' });
    expect(shown.out).toContain(
      '  + create calendar de-by (jobs/calendars.ts)\n      added: 2026-12-25, 2026-12-26\n  + create a (jobs/a.ts)',
    );
    const created = await apply(tenant, '--yes');
    expect(created).toMatchObject({ code: 0, err: '' });
    expect(created.out).toContain(`Tenant ${tenant}: applied: 1 to create, 0 unchanged, 1 calendar\n`);
    expect(await datesOf()).toEqual(['2026-12-25', '2026-12-26']);
    expect(await apply(tenant)).toMatchObject({ code: 0, out: `Tenant ${tenant}: no changes, 1 unchanged\n` });

    await client.put('/calendars/de-by', { dates: ['2026-12-25', '2026-12-26', '2026-12-27'] });
    const drifted = JSON.parse((await apply(tenant, '--dry-run', '--json')).out);
    expect(drifted.tenants[0].calendars).toEqual([
      { name: 'de-by', kind: 'change', added: [], removed: ['2026-12-27'] },
    ]);
    expect(await apply(tenant, '--yes')).toMatchObject({ code: 0, err: '' });
    expect(await datesOf()).toEqual(['2026-12-25', '2026-12-26']);

    write({ 'jobs/calendars.ts': `export default ${calendar('25.12.')};` });
    const invalid = await apply(tenant, '--yes');
    expect(invalid).toMatchObject({ code: 1 });
    expect(invalid.err).toContain("jobs/calendars.ts: calendar 'de-by': dates[0]: must be a date such as");

    write({ 'jobs/calendars.ts': 'export default [];', 'jobs/a.ts': 'export default [];' });
    expect(await apply(tenant, '--prune', '--yes')).toMatchObject({ code: 0, err: '' });
    expect(await datesOf()).toHaveLength(2);
  });

  it('creates declared hooks after their jobs, prints their URLs once, and changes and deletes them', async () => {
    const tenant = freshTenant();
    const client = await system.as(tenant);
    const hooksOf = async () => (await client.get<{ hooks: readonly HookView[] }>('/hooks')).body.hooks;
    const hook = (fields: object) => `{ name: 'deploy', ...${JSON.stringify(fields)} }`;
    const { write, apply } = givenJobProject(system, {
      'jobs/a.ts': job({ id: 'a' }),
      'jobs/hooks.ts': `import { defineHook } from 'jobdeck';
        export default [defineHook(${hook({ job: 'a', description: 'main' })})];`,
    });

    const shown = await apply(tenant, '--dry-run', '--detailed-exitcode');
    expect(shown).toMatchObject({ code: 3, err: '' });
    expect(shown.out).toContain('  + create hook deploy (jobs/hooks.ts)\n      job: a\n      scheme: none\n');
    const created = await apply(tenant, '--yes');
    const [, url = ''] = /: hook deploy: (\S+)\n/.exec(created.out) ?? [];
    expect(created).toMatchObject({ code: 0, err: 'The URLs of hooks are shown once and are secrets\n' });
    expect(created.out).toContain('applied: 1 to create, 0 unchanged, 1 hook\n');
    expect(await system.anonymous().post(url.slice(system.url.length), {})).toMatchObject({ status: 202 });
    expect(await apply(tenant)).toMatchObject({ code: 0, out: `Tenant ${tenant}: no changes, 1 unchanged\n` });
    expect(await hooksOf()).toMatchObject([{ name: 'deploy', managed_by: 'my-jobs', description: 'main' }]);

    write({ 'jobs/hooks.ts': `export default ${hook({ job: 'a', enabled: false })};` });
    const changed = await apply(tenant, '--yes');
    expect(changed.out).toContain(`Tenant ${tenant}: 1 unchanged, 1 hook\n`);
    expect(changed.out).not.toContain('no changes');
    expect(changed.out).toContain('description: "main" → null\n      enabled: true → false\n');
    expect(changed.out).not.toContain('/hooks/');
    expect(await hooksOf()).toMatchObject([{ description: null, enabled: false }]);

    write({ 'jobs/hooks.ts': 'export default [];' });
    expect((await apply(tenant, '--yes')).out).toContain('! hook deploy is no longer declared; --prune deletes it');
    await client.post('/hooks', { job: 'a', name: 'manual' });
    expect(await apply(tenant, '--prune', '--yes')).toMatchObject({ code: 0, err: '' });
    expect(await hooksOf()).toMatchObject([{ name: 'manual', managed_by: null }]);
  });

  it('reads the secret of a new hook from the environment, and refuses what the hook cannot become', async () => {
    const tenant = freshTenant();
    const client = await system.as(tenant);
    await client.post('/jobs', { id: 'other', name: 'O', script: 'echo' });
    const hook = (fields: object) =>
      `export default ${JSON.stringify({ name: 'signed', scheme: 'github', secret_env: 'HOOK_SECRET', ...fields })};`;
    const { write, apply, environment } = givenJobProject(system, {
      'jobs/a.ts': job({ id: 'a' }),
      'jobs/hooks.ts': hook({ job: 'missing' }),
    });

    const refused = await apply(tenant, '--yes');
    expect(refused).toMatchObject({ code: 1 });
    expect(refused.err).toContain("jobs/hooks.ts: hook 'signed': job: must be the id of a job, got 'missing'\n");
    expect(refused.err).toContain('secret_env: the environment variable HOOK_SECRET must be set to create the hook');
    expect(await jobsOf(tenant)).toMatchObject([{ id: 'other' }]);

    write({ 'jobs/hooks.ts': hook({ job: 'other' }) });
    environment.HOOK_SECRET = 's3cr3t';
    const json = JSON.parse((await apply(tenant, '--yes', '--json')).out);
    expect(json.tenants[0].hooks).toEqual({
      actions: [{ name: 'signed', kind: 'create', url: expect.stringContaining('/hooks/hk_'), error: null }],
      unchanged: 0,
      kept: [],
    });
    delete environment.HOOK_SECRET;
    expect((await apply(tenant)).out).toBe(`Tenant ${tenant}: no changes, 1 unchanged\n`);

    write({ 'jobs/hooks.ts': hook({ job: 'a', scheme: 'slack' }) });
    expect((await apply(tenant, '--yes')).err).toContain(
      "jobs/hooks.ts: hook 'signed': scheme: cannot be changed from github to slack",
    );
    write({ 'jobs/hooks.ts': hook({ job: 'a', scheme: 'none' }) });
    expect((await apply(tenant, '--yes')).err).toContain(
      "jobs/hooks.ts: hook 'signed': secret_env: must be absent for the scheme none",
    );
  });

  it('replaces a hook of other origin only with --adopt', async () => {
    const tenant = freshTenant();
    const client = await system.as(tenant);
    await client.post('/jobs', { id: 'a', name: 'A', script: 'echo' });
    const { body } = await client.post<HookView>('/hooks', { job: 'a', name: 'deploy', description: 'by hand' });
    const { apply } = givenJobProject(system, {
      'jobs/hooks.ts': "export default { name: 'deploy', job: 'a' };",
    });

    const refused = await apply(tenant, '--yes');
    expect(refused).toMatchObject({ code: 1 });
    expect(refused.err).toContain('--adopt is needed for hooks of other origin: deploy\n  > adopt hook deploy');

    expect(await apply(tenant, '--adopt', '--yes')).toMatchObject({ code: 0, err: '' });
    expect((await client.get(`/hooks/${body.id}`)).body).toMatchObject({
      hook: { managed_by: 'my-jobs', description: null },
    });
  });

  it('refuses a cycle of jobs, and an upstream job that neither the project nor the tenant has', async () => {
    const tenant = freshTenant();
    const follows = (one: string) => ({ after: { jobs: [{ job: one, on: 'end' }] } });
    const { write, apply } = givenJobProject(system, {
      'jobs/a.ts': job({ id: 'a', ...follows('b') }),
      'jobs/b.ts': job({ id: 'b', ...follows('a') }),
    });

    const cycle = await apply(tenant, '--yes');
    write({ 'jobs/b.ts': job({ id: 'b', ...follows('elsewhere') }) });
    const missing = await apply(tenant, '--yes');

    expect(cycle).toMatchObject({ code: 1 });
    expect(cycle.err).toContain("jobs/a.ts: job 'a': after: must not close a cycle, got a → b → a");
    expect(missing).toMatchObject({ code: 1 });
    expect(missing.err).toContain("jobs/b.ts: job 'b': after.jobs: must name existing jobs, got 'elsewhere'");
    expect(await jobsOf(tenant)).toEqual([]);
  });

  it('deletes undeclared jobs of the project with --prune only, and never others', async () => {
    const tenant = freshTenant();
    const { write, apply } = givenJobProject(system, { 'jobs/a.ts': job({ id: 'a' }), 'jobs/b.ts': job({ id: 'b' }) });
    await apply(tenant, '--yes');
    await (await system.as(tenant)).post('/jobs', { id: 'manual', name: 'M', script: 'echo' });
    write({ 'jobs/b.ts': 'export default [];' });

    expect((await apply(tenant, '--yes')).out).toContain('! b is no longer declared; --prune deletes it');
    expect((await jobsOf(tenant)).map(({ id }) => id)).toEqual(['a', 'b', 'manual']);

    expect((await apply(tenant, '--prune', '--dry-run')).out).toContain('- delete b');
    expect(await apply(tenant, '--prune', '--yes')).toMatchObject({ code: 0, err: '' });
    expect((await jobsOf(tenant)).map(({ id }) => id)).toEqual(['a', 'manual']);
  });

  it('refuses --prune if the folder of the jobs has no file, and deletes nothing', async () => {
    const tenant = freshTenant();
    const { root, write, apply } = givenJobProject(system, { 'jobs/a.ts': job({ id: 'a' }) });
    await apply(tenant, '--yes');
    rmSync(join(root, 'jobs'), { recursive: true });

    const refused = await apply(tenant, '--prune', '--yes');
    expect(refused).toMatchObject({ code: 1, out: '' });
    expect(refused.err).toContain(`--prune would delete all jobs of the project: no file in ${join(root, 'jobs')}`);
    expect((await jobsOf(tenant)).map(({ id }) => id)).toEqual(['a']);

    write({ 'jobs/none.ts': 'export default [];' });
    expect(await apply(tenant, '--prune', '--yes')).toMatchObject({ code: 0, err: '' });
    expect(await jobsOf(tenant)).toEqual([]);
  });

  it('refuses to replace a job of other origin without --adopt', async () => {
    const tenant = freshTenant();
    const { apply } = givenJobProject(system, { 'jobs/a.ts': job({ id: 'a' }), 'jobs/b.ts': job({ id: 'b' }) });
    await (await system.as(tenant)).post('/jobs', { id: 'a', name: 'Manual', script: 'echo' });

    const refused = await apply(tenant, '--yes');
    expect(refused.code).toBe(1);
    expect(refused.err).toContain('--adopt is needed for jobs of other origin: a');
    expect(await jobsOf(tenant)).toMatchObject([{ id: 'a', name: 'Manual' }]);

    expect(await apply(tenant, '--yes', '--adopt')).toMatchObject({ code: 0, err: '' });
    expect(await jobsOf(tenant)).toMatchObject([{ id: 'a', name: 'A' }, { id: 'b' }]);
  });

  it('writes nothing if the API refuses one of the jobs, and names its file, field and rule', async () => {
    const tenant = freshTenant();
    const { write, apply } = givenJobProject(system, { 'jobs/a.ts': job({ id: 'a' }), 'jobs/b.ts': job({ id: 'b' }) });
    await apply(tenant, '--yes');
    write({
      'jobs/a.ts': job({ id: 'a', name: 'Changed' }),
      'jobs/b.ts': 'export default [];',
      'jobs/c.ts': job({ id: 'c', script: 'not-deployed' }),
    });

    const { code, out, err } = await apply(tenant, '--yes', '--prune');

    const problem = "jobs/c.ts: job 'c': script: there is no script 'not-deployed'";
    expect([code, out]).toEqual([1, '']);
    expect(err).toContain(`Tenant ${tenant}: the API refuses jobs or hooks\n  ${problem}`);
    expect(await jobsOf(tenant)).toMatchObject([{ id: 'a', name: 'A' }, { id: 'b' }]);
  });

  it('shows refused jobs in a dry run, which succeeds because their scripts may be deployed later', async () => {
    const tenant = freshTenant();
    const { apply } = givenJobProject(system, { 'jobs/c.ts': job({ id: 'c', script: 'not-deployed' }) });

    const { code, out, err } = await apply(tenant, '--dry-run');
    const { tenants } = JSON.parse((await apply(tenant, '--dry-run', '--json')).out) as { tenants: readonly object[] };

    const problem = "jobs/c.ts: job 'c': script: there is no script 'not-deployed'";
    expect([code, out]).toEqual([0, expect.stringContaining('+ create c (jobs/c.ts)')]);
    expect(err).toContain(`Tenant ${tenant}: the API refuses jobs or hooks\n  ${problem}`);
    expect(tenants).toMatchObject([{ refused: [expect.stringContaining(problem)] }]);
  });

  it('writes nothing if the new jobs together exceed the limit of the tenant', async () => {
    const tenant = freshTenant();
    const { apply } = givenJobProject(system, {
      'jobs/a.ts': `export default ['a', 'b', 'c'].map((id) => ({ id, name: id, script: 'echo' }));`,
    });
    const admin = await system.as(tenant, ['super_admin']);
    await admin.put('/api/v1/admin/limits', { jobs: 2 }, { 'x-tenantid': tenant });

    const { code, err } = await apply(tenant, '--yes');

    expect(code).toBe(1);
    expect(err).toContain('3 new jobs exceed the limit of the tenant: it has 0 of at most 2 jobs');
    expect(await jobsOf(tenant)).toEqual([]);
  });

  it('reports invalid files and writes nothing', async () => {
    const tenant = freshTenant();
    const { apply } = givenJobProject(system, {
      'jobs/a.ts': job({ id: 'a' }),
      'jobs/bad.ts': job({ id: 'bad', schedule: 'x' }),
    });

    const { code, err } = await apply(tenant, '--yes');

    expect(code).toBe(1);
    expect(err).toContain("jobs/bad.ts: job 'bad': schedule: ");
    expect(await jobsOf(tenant)).toEqual([]);
  });

  it('labels a job without a project that equals its declaration without --adopt', async () => {
    const tenant = freshTenant();
    const { apply } = givenJobProject(system, { 'jobs/a.ts': job({ id: 'a' }) });
    await (await system.as(tenant)).post('/jobs', { id: 'a', name: 'A', script: 'echo' });

    expect((await apply(tenant, '--yes')).out).toContain('labels.jobdeck-project: (none) → "my-jobs"');
    expect((await apply(tenant)).out).toContain('no changes, 1 unchanged');
  });

  it('applies to each tenant, in spite of the failure of another', async () => {
    const [good, bad] = [freshTenant(), freshTenant()];
    const { apply } = givenJobProject(system, {
      'jobs/a.ts': `export default (tenant: string) => ({ id: 'a', name: tenant === '${bad}' ? '' : tenant, script: 'echo' });`,
    });

    const { code, out, err } = await apply([bad, good], '--yes');

    expect(code).toBe(1);
    expect(err).toContain(`Tenant ${bad}: invalid jobs`);
    expect(out).toContain(`Tenant ${good}: applied: 1 to create`);
    expect([await jobsOf(bad), await jobsOf(good)]).toMatchObject([[], [{ name: good }]]);
  });

  it('reads tenants from a file', async () => {
    const [one, other] = [freshTenant(), freshTenant()];
    const { root, write, apply } = givenJobProject(system, { 'jobs/a.ts': job({ id: 'a' }) });
    write({ 'tenants.txt': `# customers\n${one}\n\n${other} # new\n` });

    expect(await apply([], '--yes', '--tenants-file', join(root, 'tenants.txt'))).toMatchObject({ code: 0, err: '' });
    expect([await jobsOf(one), await jobsOf(other)]).toMatchObject([[{ id: 'a' }], [{ id: 'a' }]]);
  });

  it('never mixes the definitions of parallel applies, and ends as one of them after another apply', async () => {
    const tenant = freshTenant();
    const ids = ['a', 'b', 'c'];
    const projectNamed = (name: string) =>
      givenJobProject(
        system,
        Object.fromEntries(ids.map((id) => [`jobs/${id}.ts`, job({ id, name, args: [name], description: name })])),
      );
    const projects = ['x', 'y', 'z'].map(projectNamed);

    for (let round = 0; round < 3; round++) {
      const results = await Promise.all(projects.map(({ apply }) => apply(tenant, '--yes')));
      for (const { code, err } of results) expect(code === 0 ? '' : err).toMatch(/^$|run apply again/);
      for (const { name, args, description } of await jobsOf(tenant))
        expect([args, description]).toEqual([[name], name]);
    }
    await projects[0]?.apply(tenant, '--yes');
    expect(await jobsOf(tenant)).toMatchObject(ids.map((id) => ({ id, name: 'x', args: ['x'] })));
    expect((await projects[0]?.apply(tenant))?.out).toContain('no changes');
  });

  it('takes the URL of a stage from the configuration of the project', async () => {
    const tenant = freshTenant();
    const { root } = givenJobProject(system, {
      'jobdeck.config.ts': `export default { name: 'p', stages: { prod: { url: '${system.url}' }, dev: {} } };`,
      'jobs/a.ts': job({ id: 'a' }),
    });
    const applyTo = async (stage: string) => {
      const errors: string[] = [];
      const args = ['apply', '--project', root, '--stage', stage, '--tenant', tenant, '--yes'];
      const output = { out: () => {}, err: (text: string) => void errors.push(text) };
      return { code: await main(args, { JOBDECK_DATA: system.dataDir }, output), err: errors.join('') };
    };

    expect(await applyTo('prod')).toEqual({ code: 0, err: '' });
    expect(await jobsOf(tenant)).toHaveLength(1);
    expect(await applyTo('dev')).toMatchObject({ code: 1, err: expect.stringContaining("the stage 'dev' has no url") });
    expect(await applyTo('x')).toMatchObject({ code: 2, err: expect.stringContaining('its stages are: prod, dev') });
  });

  it('asks on a terminal, and needs --yes without one', async () => {
    const tenant = freshTenant();
    const { root, apply } = givenJobProject(system, { 'jobs/a.ts': job({ id: 'a' }) });
    const answering = (answer: string) =>
      main(
        ['apply', '--project', root, '--url', system.url, '--tenant', tenant],
        { JOBDECK_DATA: system.dataDir },
        {
          out: () => {},
          err: () => {},
          ask: async () => answer,
        },
      );

    expect(await apply(tenant)).toMatchObject({ code: 2, err: expect.stringContaining('--yes is needed') });
    expect(await answering('y')).toBe(1);
    expect(await jobsOf(tenant)).toEqual([]);
    expect(await answering('yes')).toBe(0);
    expect(await jobsOf(tenant)).toHaveLength(1);
  });

  it('prints the differences and the results as JSON', async () => {
    const tenant = freshTenant();
    const { apply } = givenJobProject(system, { 'jobs/a.ts': job({ id: 'a' }) });

    expect(JSON.parse((await apply(tenant, '--dry-run', '--json')).out)).toEqual({
      tenants: [{ tenant, actions: [{ id: 'a', kind: 'create' }], unchanged: 0, kept: [] }],
    });
    expect(JSON.parse((await apply(tenant, '--yes', '--json')).out)).toEqual({
      tenants: [{ tenant, actions: [{ id: 'a', kind: 'create', error: null }], unchanged: 0, kept: [] }],
    });
  });
});

describe('applyToLocal', () => {
  it('creates the hooks that it can, and reports the problems of the others', async () => {
    const { root } = givenJobProject(system, {
      'jobs/a.ts': job({ id: 'of-hooks' }),
      'jobs/hooks.ts': `export default [
        { name: 'open', job: 'of-hooks' },
        { name: 'signed', job: 'of-hooks', scheme: 'github', secret_env: 'JOBDECK_TEST_UNSET' },
        { name: 'lost', job: 'missing' },
      ];`,
    });

    const { messages, problems } = await applyToLocal(root, system);

    expect(messages).toContainEqual(expect.stringMatching(/^Created the hook 'open': http/));
    expect(problems).toEqual([
      "jobs/hooks.ts: hook 'lost': job: must be the id of a job, got 'missing'",
      "jobs/hooks.ts: hook 'signed': secret_env: the environment variable JOBDECK_TEST_UNSET must be set to create the hook",
    ]);
  });
});
