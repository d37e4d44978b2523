import type { Page } from 'playwright-core';
import { expect, it } from 'vitest';
import { formatDuration } from '../../../functions/console/app/view/format.ts';
import { accessibilityViolations } from './support/browser.ts';
import { useTestConsole } from './support/test-console.ts';

const testConsole = useTestConsole();

/** Waits until the header of a run's page shows this status. */
const state = (page: Page, word: string) =>
  page.locator('.run-state').getByText(word, { exact: true }).waitFor({ timeout: 30_000 });

it('follows a run from queued to done without a reload', async () => {
  const { runner, open } = await testConsole.prepare();
  await runner.define({ id: 'slow', name: 'Slow', script: 'sleep', args: ['4'], overlap_policy: 'queue' });
  const { page, consoleErrors } = await open();
  await page.evaluate('window.sameDocument = true');
  await page.getByRole('link', { name: 'Slow' }).waitFor();
  await runner.start('slow');

  await page.getByRole('button', { name: 'Run Slow now' }).click();

  await page.getByRole('heading', { name: 'slow #2' }).waitFor();
  await state(page, 'Queued');
  await state(page, 'Running');
  await state(page, 'Succeeded');
  await page.getByRole('region', { name: 'Output' }).last().getByText('awake').waitFor();
  const steps = await page.locator('.timeline').innerText();
  expect(steps).toMatch(/Queued[\s\S]*manually[\s\S]*Started[\s\S]*Succeeded/);
  expect(await page.evaluate('window.sameDocument')).toBe(true);
  expect(consoleErrors).toEqual([]);
});

it('shows the output of an active run, and the definition that the run started with', async () => {
  const { runner, open } = await testConsole.prepare('/console/jobs/slow');
  await runner.define({ id: 'slow', name: 'Slow', script: 'sleep', args: ['8'] });
  const { page, consoleErrors } = await open();
  await page.getByRole('button', { name: 'Run now' }).click();
  const output = page.getByRole('region', { name: 'Output', exact: true });

  await page.getByText('No output yet.').waitFor();
  await output.getByText('sleeping for 8 s').waitFor();
  await output.getByText('live', { exact: true }).waitFor();
  await runner.api.patch('/jobs/slow', { args: ['1'] });
  await output.getByText('awake').waitFor();

  await state(page, 'Succeeded');
  await output.getByText('live', { exact: true }).waitFor({ state: 'detached' });
  expect(await output.getByRole('region').innerText()).toBe('sleeping for 8 s\nawake');
  await page.reload();
  const definition = page.getByRole('region', { name: 'Definition of this run' });
  await definition.getByText('version 1, changed since').waitFor();
  expect(await definition.innerText()).toMatch(/Script\s+sleep\s+Arguments\s+8\s/);
  expect(consoleErrors).toEqual([]);
});

it('runs a job with an input, shows the input, and repeats it', async () => {
  const { runner, open } = await testConsole.prepare('/console/jobs/order');
  await runner.define({ id: 'order', name: 'Order', script: 'echo' });
  const { page, consoleErrors } = await open();
  await page.getByRole('button', { name: 'Run with input' }).click();
  const dialog = page.getByRole('dialog');

  await dialog.getByLabel('Payload').fill('{order}');
  await dialog.getByRole('button', { name: 'Run', exact: true }).click();
  await dialog.getByText('Must be JSON').waitFor();
  expect(await accessibilityViolations(page)).toEqual([]);
  await dialog.getByLabel('Payload').fill('{"order": 1042}');
  await dialog.getByLabel('Note').fill('of the fair');
  await dialog.getByRole('button', { name: 'Run', exact: true }).click();

  await page.getByRole('heading', { name: 'order #1' }).waitFor();
  await state(page, 'Succeeded');
  expect(await page.getByRole('region', { name: 'Input' }).innerText()).toContain('"order": 1042');
  await page.getByText('of the fair').waitFor();
  await page.getByRole('button', { name: 'Run again' }).click();
  await page.getByRole('heading', { name: 'order #2' }).waitFor();
  await state(page, 'Succeeded');
  expect(await page.getByRole('region', { name: 'Input' }).innerText()).toContain('"order": 1042');
  await page.getByRole('button', { name: 'Run with input' }).click();
  expect(await dialog.getByLabel('Note').inputValue()).toBe('of the fair');
  expect(consoleErrors).toEqual([]);
});

it('filters the runs of all jobs and their chart, and keeps the filter in the URL', async () => {
  const { runner, open } = await testConsole.prepare('/console/activity');
  await runner.define({ id: 'good', script: 'echo', args: ['done'] });
  await runner.define({ id: 'bad', script: 'fail' });
  await runner.trigger('bad');
  await runner.trigger('good');
  const { page, consoleErrors } = await open();
  const rows = page.getByRole('table').getByRole('row');
  const chart = page.getByRole('img', { name: /^Runs over time/ });

  await page.getByRole('link', { name: 'bad' }).first().waitFor();
  expect(await chart.getAttribute('aria-label')).toMatch(
    /^Runs over time: \d+ succeeded, 1 failed, 0 canceled, 0 queued/,
  );
  await page.getByRole('combobox', { name: 'Status' }).selectOption('error');
  await page.getByRole('link', { name: 'good' }).first().waitFor({ state: 'detached' });
  await page.getByRole('link', { name: 'bad' }).first().waitFor();
  expect(await rows.count()).toBe(2);
  expect(await chart.getAttribute('aria-label')).toBe('Runs over time: 1 failed.');
  await page.getByRole('combobox', { name: 'Job' }).selectOption('good');
  await page.getByText('No matching runs').waitFor();
  expect(page.url()).toMatch(/\?status=error&job=good$/);
  await page.reload();
  await page.getByText('No matching runs').waitFor();
  await page.getByRole('button', { name: 'Clear filters' }).click();

  await page.getByRole('link', { name: 'good' }).first().waitFor();
  await runner.trigger('bad');
  await page.getByRole('link', { name: '#2' }).first().waitFor();
  expect(consoleErrors).toEqual([]);
});

it('explains an invalid cron expression while the user types and previews a valid one', async () => {
  const { runner, open } = await testConsole.prepare();
  const { page } = await open();
  await page.getByRole('link', { name: 'Create a job' }).click();
  await page.getByLabel('Name', { exact: true }).fill('Nightly sync');
  const schedule = page.getByLabel('Schedule');

  await schedule.fill('75 3 * * *');
  await page.getByText('Minute must be 0–59, got 75.').waitFor();
  expect(await schedule.getAttribute('aria-invalid')).toBe('true');
  await schedule.fill('30 2 * * *');
  await page.getByText('Next five fires').waitFor();
  expect(await page.locator('.preview li').count()).toBe(5);
  expect(await page.locator('.preview').innerText()).toMatch(
    /the clocks go forward: fires from 02:00 to 03:00 are skipped/,
  );
  await page.getByRole('button', { name: 'Create job' }).click();

  await page.getByRole('heading', { name: 'Nightly sync' }).waitFor();
  expect(page.url()).toBe(testConsole.url('/console/jobs/nightly-sync'));
  expect(await runner.job('nightly-sync')).toMatchObject({ schedule: '30 2 * * *', timezone: 'Europe/Berlin' });
});

it('shows an error of the API at its field and sends only changed fields', async () => {
  const { runner, open } = await testConsole.prepare('/console/jobs/report/edit');
  await runner.define({ id: 'report', name: 'Report', script: 'echo', args: ['a'] });
  const { page } = await open();

  await page.getByRole('textbox', { name: 'Script', exact: true }).fill('no-such-script');
  await page.getByRole('button', { name: 'Save' }).click();
  await page
    .getByRole('alert')
    .getByText(/no-such-script/)
    .waitFor();
  await page.getByRole('textbox', { name: 'Script', exact: true }).fill('echo');
  await page.getByLabel('Arguments').fill('a\nb c');
  await page.getByRole('button', { name: 'Save' }).click();

  await page.getByRole('heading', { name: 'Report' }).waitFor();
  await page.getByText('a b c').waitFor();
  expect(await runner.job('report')).toMatchObject({ args: ['a', 'b c'], name: 'Report', timezone: 'UTC' });
});

it('cancels a run and starts it again', async () => {
  const { runner, open } = await testConsole.prepare('/console', { roles: ['OPERATOR'] });
  await runner.define({ id: 'long', name: 'Long', script: 'sleep', args: ['300'] });
  const { page } = await open();
  await page.getByRole('button', { name: 'Run Long now' }).click();
  await state(page, 'Running');

  await page.getByRole('button', { name: 'Cancel' }).click();

  await state(page, 'Canceled');
  await page
    .getByText(/canceled by operator@/)
    .first()
    .waitFor();
  await page.getByRole('button', { name: 'Run again' }).click();
  await page.getByRole('heading', { name: 'long #2' }).waitFor();
  await page.getByRole('button', { name: 'Cancel' }).click();
  await state(page, 'Canceled');
});

it('shows each attempt of a retried run with its times, reason and output', async () => {
  const { runner, open } = await testConsole.prepare('/console/jobs/flaky');
  await runner.define({
    id: 'flaky',
    name: 'Flaky',
    script: 'fail',
    args: ['3'],
    retry: { attempts: 2, delay_seconds: 3 },
  });
  const { run_id: runId } = await runner.start('flaky');
  const { page, consoleErrors } = await open();
  await page.getByRole('link', { name: '#1', exact: true }).click();
  await state(page, 'Failed');
  const run = await runner.run('flaky', runId);

  const attempts = page.getByRole('region', { name: 'Attempts' });
  const rows = attempts.locator('tbody tr');
  expect(await rows.count()).toBe(2);
  for (const row of await rows.all()) expect(await row.innerText()).toMatch(/Failed[\s\S]*exit code 3/);
  await attempts.getByText('Output of attempt 1').click();
  await attempts.getByText('failing with exit code 3, as asked').waitFor();
  const steps = await page.locator('.timeline').innerText();
  expect(steps).toMatch(/Queued[\s\S]*Started[\s\S]*Attempt 2[\s\S]*Attempt 1 failed: exit code 3[\s\S]*Failed/);
  const took = await page.locator('.run-state .number').innerText();
  expect(took).toBe(formatDuration(run.duration_ms ?? Number.NaN));
  expect(await accessibilityViolations(page)).toEqual([]);
  expect(consoleErrors).toEqual([]);
});

it('disables and enables a job in the list', async () => {
  const { runner, open } = await testConsole.prepare();
  await runner.define({ id: 'often', name: 'Often', script: 'echo', schedule: '0 * * * *' });
  const { page } = await open();

  await page.getByRole('button', { name: 'Disable Often' }).click();
  await page.getByText('disabled', { exact: true }).waitFor();
  expect((await runner.job('often')).enabled).toBe(0);
  await page.getByRole('button', { name: 'Enable Often' }).click();

  await page.getByRole('button', { name: 'Disable Often' }).waitFor();
  expect((await runner.job('often')).enabled).toBe(1);
});

it('finds jobs by words and by state, and keeps the search in the URL', async () => {
  const { runner, open } = await testConsole.prepare();
  await runner.define({ id: 'bad', name: 'Orders export', script: 'fail' });
  await runner.define({ id: 'good', name: 'Orders import', script: 'echo' });
  await runner.trigger('bad');
  await runner.trigger('good');
  const { page } = await open();

  await page.getByRole('searchbox', { name: 'Search jobs' }).fill('orders');
  await page.getByRole('combobox', { name: 'Status' }).selectOption('failed');
  await page.getByText('1 of 2 jobs').waitFor();

  expect(page.url()).toMatch(/\?q=orders&state=failed$/);
  expect(await page.getByRole('link', { name: /^Orders/ }).allInnerTexts()).toEqual(['Orders export']);
});

it('groups failures by cause, and retries and acknowledges a selection', async () => {
  const { runner, open } = await testConsole.prepare('/console/failures');
  await runner.define({ id: 'bad', name: 'Bad', script: 'fail', args: ['7'] });
  for (let i = 0; i < 3; i++) await runner.trigger('bad');
  const { page } = await open();

  await page.getByRole('heading', { name: /exit code 7/ }).waitFor();
  await page.getByRole('checkbox', { name: 'Select run 1 of bad' }).check();
  await page.getByText('1 run selected').waitFor();
  await page.getByRole('button', { name: 'Retry…' }).click();
  await page.getByText('1 new run will be started').waitFor();
  expect(await runner.runs('bad')).toHaveLength(3);
  await page.getByRole('button', { name: 'Retry 1 run' }).click();
  await page.getByText('Started 1 new run.').waitFor();
  const [again] = await runner.runs('bad');
  await runner.waitForEnd('bad', again?.run_id ?? '');
  await page.reload();
  await page.getByRole('checkbox', { name: 'Select all 3' }).check();
  await page.getByRole('button', { name: 'Acknowledge…' }).click();
  await page.getByLabel('Note').fill('the provider was away');
  await page.getByRole('button', { name: 'Acknowledge', exact: true }).click();

  await page.getByText('Acknowledged 3 runs.').waitFor();
  await page.getByText('No failures').waitFor();
  expect(await runner.runs('bad')).toMatchObject([
    { acknowledged_note: 'the provider was away', redriven_from: expect.any(String) },
    { acknowledged_note: 'the provider was away' },
    { acknowledged_note: 'the provider was away' },
    { acknowledged_note: expect.stringMatching(/^redriven as /) },
  ]);
});

it('lists dead letters below the failures and replays them', async () => {
  const { open } = await testConsole.prepare('/console/failures');
  const { page } = await open();
  await page.getByText('No failures').waitFor();
  expect(await page.getByText('Dead letters').count()).toBe(0);
  const letter = {
    id: '01JNXA3V5T9YV0Q2Z6W8M4R7B1',
    kind: 'run',
    given_up_at: '2026-03-02T01:03:00.000Z',
    cause: 'its worker crashed at every try',
    job_id: 'sync',
    run_id: 'sync.a1b2c3d4e5.01JNXA3V5T9YV0Q2Z6W8M4R7B1',
  };
  const asked: unknown[] = [];
  await page.route('**/dead-letters?*', (route) =>
    route.fulfill({ json: Object.fromEntries([['dead_letters', [letter]]]) }),
  );
  await page.route('**/dead-letters/replay', (route) => {
    asked.push(route.request().postDataJSON());
    return route.fulfill({ json: { replayed: [], skipped: [{ id: letter.id, reason: 'was redriven before' }] } });
  });
  await page.reload();

  await page.getByRole('cell', { name: 'its worker crashed at every try' }).waitFor();
  expect(await accessibilityViolations(page)).toEqual([]);
  await page.getByRole('button', { name: 'Replay' }).click();

  await page.getByText('Not replayed: was redriven before.').waitFor();
  expect(asked).toEqual([{ ids: [letter.id] }]);
});

it('pauses the schedule of a job until a time, and resumes it', async () => {
  const { runner, open } = await testConsole.prepare('/console/jobs/nightly');
  await runner.define({ id: 'nightly', script: 'echo', schedule: '0 3 * * *' });
  const { page } = await open();
  const until = new Date(Math.floor(Date.now() / 60_000) * 60_000 + 5 * 86_400_000).toISOString();

  await page.getByRole('button', { name: 'Pause until…' }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByLabel('Until').fill('2026-01-01T00:00:00Z');
  await dialog.getByRole('button', { name: 'Pause schedule' }).click();
  await dialog.getByText(/must be after the current time/).waitFor();
  expect(await accessibilityViolations(page)).toEqual([]);
  await dialog.getByLabel('Until').fill(until);
  await dialog.getByRole('button', { name: 'Pause schedule' }).click();
  await dialog.waitFor({ state: 'detached' });
  await page.getByText('Schedule paused').waitFor();
  expect(await runner.job('nightly')).toMatchObject({ paused: true, paused_until: until, enabled: 1 });

  await page.getByRole('button', { name: 'Resume' }).click();
  await page.getByRole('button', { name: 'Pause until…' }).waitFor();
  expect(await runner.job('nightly')).toMatchObject({ paused: false });
});

it('creates hooks, whose URL is shown once, and disables, renews and deletes them', async () => {
  const { runner, open } = await testConsole.prepare('/console/access');
  await runner.define({ id: 'deploy', script: 'echo' });
  const { page } = await open();
  await page.getByText('No hooks').waitFor();
  const send = async (url: string) => (await fetch(url, { method: 'POST' })).status;
  const shownUrl = async () => {
    const dialog = page.getByRole('dialog');
    const url = await dialog.locator('.secret-text').innerText();
    await dialog.getByRole('button', { name: 'Done' }).click();
    return url;
  };

  await page.getByRole('button', { name: 'Create hook' }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByLabel('Job').fill('nothing');
  await dialog.getByRole('button', { name: 'Create hook' }).click();
  await dialog.getByText('must be the id of a job, got "nothing"').waitFor();
  expect(await accessibilityViolations(page)).toEqual([]);
  await dialog.getByLabel('Job').fill('deploy');
  await dialog.getByLabel('Name').fill('From GitHub');
  await dialog.getByRole('button', { name: 'Create hook' }).click();
  await dialog.getByText(/must be 1–64 characters of .*, got "From GitHub"/).waitFor();
  await dialog.getByLabel('Name').fill('from-github');
  await dialog.getByRole('button', { name: 'Create hook' }).click();
  const url = await shownUrl();
  expect(await send(url)).toBe(202);
  expect(await page.content()).not.toContain(url);

  await page.getByRole('button', { name: 'Disable the hook from-github' }).click();
  await page.getByRole('button', { name: 'Enable the hook from-github' }).waitFor();
  expect(await send(url)).toBe(404);
  await page.getByRole('button', { name: 'New URL of the hook from-github' }).click();
  await page.getByRole('button', { name: 'Create URL' }).click();
  expect(await shownUrl()).not.toBe(url);

  await page.getByRole('button', { name: 'Delete the hook from-github' }).click();
  await page.getByRole('button', { name: 'Delete hook' }).click();
  await page.getByText('No hooks').waitFor();
  expect((await runner.api.get('/hooks')).body).toEqual({ hooks: [] });
});

it('creates and revokes API keys, shown once, and sets and deletes secrets', async () => {
  const { runner, open } = await testConsole.prepare('/console/access');
  const { page } = await open();
  await page.getByText('No API keys').waitFor();

  await page.getByRole('button', { name: 'Create API key' }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByLabel('Name').fill('nightly');
  await dialog.getByRole('button', { name: 'Create key' }).click();
  const key = await dialog.locator('.secret-text').innerText();
  expect((await testConsole.system.anonymous(`Bearer ${key}`).get('/jobs')).status).toBe(200);
  await dialog.getByRole('button', { name: 'Done' }).click();
  await page.getByRole('cell', { name: 'nightly', exact: true }).waitFor();
  expect(await page.content()).not.toContain(key);

  await page.getByRole('button', { name: 'Create secret' }).click();
  await page.getByRole('dialog').getByLabel('Name').fill('erp.token');
  await page.getByRole('dialog').getByLabel('Value').fill('hunter2');
  await page.getByRole('button', { name: 'Save secret' }).click();
  await page.getByRole('cell', { name: 'erp.token', exact: true }).waitFor();
  expect(await page.content()).not.toContain('hunter2');

  await page.getByRole('button', { name: 'Delete erp.token' }).click();
  await page.getByRole('button', { name: 'Delete secret' }).click();
  await page.getByText('No secrets').waitFor();
  await page.getByRole('button', { name: 'Revoke nightly' }).click();
  await page.getByRole('button', { name: 'Revoke key' }).click();
  await page.getByText('No API keys').waitFor();
  expect((await runner.api.get('/v1/api-keys')).body).toEqual([]);
});
