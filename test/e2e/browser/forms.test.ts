import type { Locator, Page } from 'playwright-core';
import { describe, expect, it } from 'vitest';
import { accessibilityViolations, isFocused } from './support/browser.ts';
import { useTestConsole } from './support/test-console.ts';

const testConsole = useTestConsole();

/** Returns the error messages that `aria-describedby` associates with a control. */
async function messagesAt(control: Locator): Promise<readonly string[]> {
  const ids = (await control.getAttribute('aria-describedby'))?.split(' ') ?? [];
  const texts = ids.map((id) => control.page().locator(`[id="${id}"].field-error`).allTextContents());
  return (await Promise.all(texts)).flat();
}

/** Returns the fields of a job that a request may set, and its creation. */
async function definitionOf(id: string, runner: Awaited<ReturnType<typeof testConsole.prepare>>['runner']) {
  const { updated_at: _, registration: __, next_run: ___, ...definition } = await runner.job(id);
  return definition;
}

/** Returns the error messages of all fields on the page. */
const allMessages = (page: Page): Promise<readonly string[]> => page.locator('.field-error').allTextContents();

describe('the job form', () => {
  it('shows one error at each empty field, focuses the first one, and clears corrected errors', async () => {
    const { runner, open } = await testConsole.prepare('/console/new');
    const { page, consoleErrors } = await open();
    const [name, id] = [page.getByLabel('Name', { exact: true }), page.getByLabel('ID', { exact: true })];

    await page.getByRole('button', { name: 'Create job' }).click();

    await page.locator('.field-error').first().waitFor();
    expect(await messagesAt(name)).toEqual(['This field is required.']);
    expect(await messagesAt(id)).toEqual(['This field is required.']);
    expect(await allMessages(page)).toHaveLength(2);
    expect(await name.getAttribute('aria-invalid')).toBe('true');
    expect(await isFocused(name)).toBe(true);
    expect(await accessibilityViolations(page)).toEqual([]);

    await name.fill('Nightly');
    await page.locator('.field-error').first().waitFor({ state: 'detached' });
    expect(await allMessages(page)).toEqual([]);
    expect(await name.getAttribute('aria-invalid')).toBeNull();
    await page.getByRole('button', { name: 'Create job' }).click();
    await page.getByRole('heading', { name: 'Nightly' }).waitFor();
    expect(await runner.job('nightly')).toMatchObject({ name: 'Nightly' });
    expect(consoleErrors).toEqual([]);
  });

  it('suggests the declared targets of the type of the job', async () => {
    const { open } = await testConsole.prepare('/console/new');
    const { page, consoleErrors } = await open();
    const targets = [
      { name: 'report', type: 'lambda' },
      { name: 'invoice', type: 'lambda' },
      { name: 'work', type: 'queue' },
    ];
    await page.route('**/targets', (route) => route.fulfill({ json: { targets } }));

    await page.getByText('Lambda function', { exact: true }).click();

    const suggested = async (label: string, first: string) => {
      const list = await page.getByLabel(label, { exact: true }).getAttribute('list');
      const options = page.locator(`datalist[id="${list}"] option`);
      await page.locator(`option[value="${first}"]`).waitFor({ state: 'attached' });
      return options.evaluateAll((all) => all.map((option) => option.getAttribute('value')));
    };
    expect(await suggested('Function', 'report')).toEqual(['report', 'invoice']);
    await page.getByText('Queue message', { exact: true }).click();
    expect(await suggested('Queue', 'work')).toEqual(['work']);
    expect(await accessibilityViolations(page)).toEqual([]);
    expect(consoleErrors).toEqual([]);
  });

  it('shows each error of the API at its field', async () => {
    const { open } = await testConsole.prepare('/console/new');
    const { page } = await open();
    await page.getByLabel('Name', { exact: true }).fill('Nightly');
    await page.getByText('HTTP request', { exact: true }).click();
    await page.getByLabel('URL').fill('https://example.com');
    await page.getByLabel('Not before').fill('tomorrow');
    await page.getByLabel('Timeout').fill('0.1');

    await page.getByRole('button', { name: 'Create job' }).click();

    await page.locator('.field-error').first().waitFor();
    expect(await messagesAt(page.getByLabel('Not before'))).toEqual([
      expect.stringMatching(/ISO 8601.*got "tomorrow"$/),
    ]);
    expect(await messagesAt(page.getByLabel('Timeout'))).toEqual([
      expect.stringMatching(/^must be 1000–840000, got 100$/),
    ]);
    expect(await allMessages(page)).toHaveLength(2);
    expect(await isFocused(page.getByLabel('Not before'))).toBe(true);
    await page.getByLabel('Not before').fill('');
    expect(await allMessages(page)).toHaveLength(1);
  });

  it('shows an id conflict at the id', async () => {
    const { runner, open } = await testConsole.prepare('/console/new');
    await runner.define({ id: 'nightly', script: 'echo' });
    const { page } = await open();
    const id = page.getByLabel('ID', { exact: true });
    await page.getByLabel('Name', { exact: true }).fill('Nightly');

    await page.getByRole('button', { name: 'Create job' }).click();

    await page.locator('.field-error').waitFor();
    expect(await messagesAt(id)).toEqual(["Job 'nightly' exists already"]);
    expect(await isFocused(id)).toBe(true);
  });
});

describe('a job that is edited', () => {
  const schedules = [
    { schedule: '0 3 * * *', timezone: 'Europe/Berlin', payload: { full: true } },
    { schedule: '0 12 * * *', timezone: 'UTC', payload: null },
  ];

  it('keeps every field that was not changed', async () => {
    const { runner, open } = await testConsole.prepare('/console/jobs/sync/edit');
    await runner.define({ id: 'load', script: 'echo' });
    await runner.api.put('/calendars/holidays', { dates: ['2026-12-25'] });
    await runner.define({
      id: 'sync',
      script: 'echo',
      args: ['a b', ''],
      env: { MODE: 'full', EMPTY: '' },
      schedules,
      after: { jobs: [{ job: 'load', on: 'end' }] },
      exclude_calendars: ['holidays'],
      start_at: '2026-01-01T00:00:00Z',
      enabled: false,
      timeout_ms: 1_500,
      retry: { attempts: 3, backoff: 'fixed', delay_seconds: 7, max_delay_seconds: 70 },
      priority: 1,
      expires_in_s: 900,
      overlap_policy: 'queue',
      concurrency: { key: 'customer.id', limit: 2, group: 'shop' },
      throttle: { limit: 10, per_s: 30 },
      labels: { team: 'data' },
      tags: ['x', 'y'],
      on_failure: 'none',
    });
    const before = await definitionOf('sync', runner);
    const { page } = await open();

    await page.getByLabel('Name', { exact: true }).fill('Renamed');
    await page.getByRole('button', { name: 'Save' }).click();
    await page.getByRole('heading', { name: 'Renamed' }).waitFor();

    expect(await definitionOf('sync', runner)).toEqual({ ...before, name: 'Renamed' });
    const definition = page.getByRole('region', { name: 'Definition' });
    await definition.getByText('{"full":true}').waitFor();
    await definition.getByText('0 12 * * *').waitFor();
  });

  it('has limits of concurrency and throttle, whose errors are shown at their fields', async () => {
    const { runner, open } = await testConsole.prepare('/console/jobs/sync/edit');
    await runner.define({ id: 'sync', script: 'echo' });
    const { page } = await open();

    await page.getByLabel('Concurrency limit').fill('2');
    await page.getByLabel('Concurrency key').fill('customer..id');
    await page.getByLabel('Concurrency group').fill('shop');
    await page.getByLabel('Throttle limit').fill('5');
    await page.getByRole('button', { name: 'Save' }).click();
    await page.locator('.field-error').first().waitFor();
    expect(await messagesAt(page.getByLabel('Concurrency key'))).toEqual([
      expect.stringContaining("got 'customer..id'"),
    ]);
    expect(await allMessages(page)).toHaveLength(1);

    await page.getByLabel('Concurrency key').fill('customer.id');
    await page.getByRole('button', { name: 'Save' }).click();

    const definition = page.getByRole('region', { name: 'Definition' });
    await definition.getByText('2 runs active at a time, by customer.id, with the group shop').waitFor();
    await definition.getByText('5 runs started in 1 min').waitFor();
    expect(await runner.job('sync')).toMatchObject({
      concurrency: { key: 'customer.id', limit: 2, group: 'shop' },
      throttle: { key: null, limit: 5, per_s: 60, group: null },
    });
  });

  it('has several schedules, whose errors are shown at their rows, or one', async () => {
    const { runner, open } = await testConsole.prepare('/console/jobs/sync/edit');
    await runner.define({ id: 'sync', script: 'echo', schedules });
    const { page } = await open();
    const second = page.getByRole('group', { name: 'Schedule 2' });

    await second.getByLabel('Schedule', { exact: true }).fill('never');
    await second.getByLabel('Payload').fill('{');
    await page.getByRole('button', { name: 'Save' }).click();
    await page.locator('.field-error').first().waitFor();
    expect(await messagesAt(second.getByLabel('Schedule', { exact: true }))).toEqual([
      expect.stringMatching(/got 1 field: 'never'/),
    ]);
    expect(await messagesAt(second.getByLabel('Payload'))).toEqual([expect.stringMatching(/^Must be JSON: /)]);
    expect(await isFocused(second.getByLabel('Schedule', { exact: true }))).toBe(true);
    expect(await accessibilityViolations(page)).toEqual([]);
    await page.getByRole('button', { name: 'Use one schedule' }).click();
    await page.getByText('Next five fires').waitFor();
    await page.getByRole('button', { name: 'Save' }).click();
    await page.getByRole('heading', { name: 'sync', exact: true }).waitFor();

    expect(await runner.job('sync')).toMatchObject({
      schedule: '0 3 * * *',
      timezone: 'Europe/Berlin',
      schedules: null,
    });
  });

  it('gets several schedules that begin with its one, by keyboard', async () => {
    const { runner, open } = await testConsole.prepare('/console/jobs/sync/edit');
    await runner.define({ id: 'sync', script: 'echo', schedule: '0 4 * * *', timezone: 'Asia/Tokyo' });
    const { page } = await open();

    await page.getByRole('button', { name: 'Add schedule' }).press('Enter');
    const second = page.getByRole('group', { name: 'Schedule 2' });
    await expect.poll(() => isFocused(second.getByLabel('Schedule', { exact: true }))).toBe(true);
    await page.keyboard.type('0 12 * * *');
    await second.getByText('Next fire:').waitFor();
    await page.keyboard.press('Tab');
    await page.keyboard.type('UTC');
    await page.getByRole('button', { name: 'Add schedule' }).press('Enter');
    await page.getByRole('button', { name: 'Remove Schedule 3' }).press('Enter');
    await expect.poll(() => isFocused(page.getByRole('button', { name: 'Add schedule' }))).toBe(true);
    await page.getByRole('button', { name: 'Save' }).click();
    await page.getByRole('heading', { name: 'sync', exact: true }).waitFor();

    expect(await runner.job('sync')).toMatchObject({
      schedules: [
        { schedule: '0 4 * * *', timezone: 'Asia/Tokyo', payload: null },
        { schedule: '0 12 * * *', timezone: 'UTC', payload: null },
      ],
    });
  });

  it('gets upstream jobs, a rule for missed fires and calendars', async () => {
    const { runner, open } = await testConsole.prepare('/console/jobs/report/edit');
    await runner.define({ id: 'check', script: 'echo' });
    await runner.define({ id: 'load', script: 'echo' });
    await runner.define({ id: 'report', script: 'echo', schedule: '@daily' });
    await runner.api.put('/calendars/holidays', { dates: ['2026-12-25'] });
    const date = new Date(Date.now() + 3 * 86_400_000).toISOString().slice(0, 10);
    await runner.api.put('/calendars/trading', { dates: [date] });
    const { page } = await open();

    await page.getByRole('button', { name: 'Add upstream job' }).click();
    const first = page.getByRole('group', { name: 'Upstream job 1' });
    await first.getByLabel('Job', { exact: true }).fill('none');
    await page.getByRole('button', { name: 'Save' }).click();
    await page.locator('.field-error').waitFor();
    expect(await messagesAt(first.getByLabel('Job', { exact: true }))).toEqual([
      expect.stringMatching(/got 'none', which does not/),
    ]);
    await first.getByLabel('Job', { exact: true }).fill('load');
    await page.getByRole('button', { name: 'Add upstream job' }).click();
    const second = page.getByRole('group', { name: 'Upstream job 2' });
    await second.getByLabel('Job', { exact: true }).fill('check');
    await second.getByLabel('Its run').selectOption('end');
    await page.getByLabel('Within').fill('600');
    await page.getByLabel('Exclude calendars').selectOption('holidays');
    await page.getByLabel('Require calendars').selectOption('holidays');
    await page.getByRole('button', { name: 'Remove holidays' }).last().click();
    await page.getByLabel('Require calendars').selectOption('trading');
    await page.getByText('All remaining fires').waitFor();
    expect(await page.locator('.preview li').count()).toBe(1);
    await page.getByLabel('Missed fires', { exact: true }).selectOption('all');
    await page.getByLabel('Maximum number of missed fires').fill('0');
    await page.getByRole('button', { name: 'Save' }).click();
    await page.locator('.field-error').waitFor();
    expect(await messagesAt(page.getByLabel('Maximum number of missed fires'))).toEqual([
      expect.stringMatching(/must be 1–1000, got 0/),
    ]);
    expect(await accessibilityViolations(page)).toEqual([]);
    await page.getByLabel('Maximum number of missed fires').fill('7');
    await page.getByRole('button', { name: 'Save' }).click();
    await page.getByRole('heading', { name: 'report', exact: true }).waitFor();

    expect(await runner.job('report')).toMatchObject({
      after: {
        jobs: [
          { job: 'load', on: 'success' },
          { job: 'check', on: 'end' },
        ],
        mode: 'all',
        within_s: 600,
      },
      exclude_calendars: ['holidays'],
      require_calendars: ['trading'],
      catch_up: 'all',
      catch_up_window_s: 86_400,
      catch_up_limit: 7,
    });
  });
});

describe('the dialog for a new API key', () => {
  it('shows errors of the name and of the roles separately', async () => {
    const { open } = await testConsole.prepare('/console/access');
    const { page } = await open();
    await page.getByRole('button', { name: 'Create API key' }).click();
    const dialog = page.getByRole('dialog');
    for (const role of await dialog.getByRole('checkbox').all()) await role.setChecked(false);

    await dialog.getByRole('button', { name: 'Create key' }).click();

    await dialog.locator('.field-error').first().waitFor();
    expect(await messagesAt(dialog.getByLabel('Name'))).toEqual(['This field is required.']);
    expect(await messagesAt(dialog.getByRole('checkbox').first())).toEqual(['Select at least one role.']);
    expect(await isFocused(dialog.getByLabel('Name'))).toBe(true);
    expect(await accessibilityViolations(page)).toEqual([]);
    await dialog.getByLabel('Name').fill('nightly');
    expect(await allMessages(page)).toEqual(['Select at least one role.']);
    await dialog.getByLabel('Name').press('Enter');
    expect(await isFocused(dialog.getByRole('checkbox').first())).toBe(true);
  });
});

describe('the dialog for a new secret', () => {
  it('shows errors of the name and of the value separately', async () => {
    const { open } = await testConsole.prepare('/console/access');
    const { page } = await open();
    await page.getByRole('button', { name: 'Create secret' }).click();
    const dialog = page.getByRole('dialog');

    await dialog.getByRole('button', { name: 'Save secret' }).click();

    await dialog.locator('.field-error').first().waitFor();
    expect(await messagesAt(dialog.getByLabel('Name'))).toEqual(['This field is required.']);
    expect(await messagesAt(dialog.getByLabel('Value'))).toEqual(['This field is required.']);
    await dialog.getByLabel('Name').fill('erp token');
    expect(await messagesAt(dialog.getByLabel('Name'))).toEqual([expect.stringMatching(/^Must be 1–64 of/)]);
    await dialog.getByLabel('Name').fill('erp.token');
    await dialog.getByLabel('Value').fill('x'.repeat(4_097));
    expect(await allMessages(page)).toEqual([]);
    await dialog.getByRole('button', { name: 'Save secret' }).click();
    await dialog.locator('.field-error').waitFor();
    expect(await messagesAt(dialog.getByLabel('Value'))).toEqual(['must be text of 1–4096 bytes, got 4097']);
    expect(await isFocused(dialog.getByLabel('Value'))).toBe(true);
  });
});

const SELECTED =
  'document.activeElement.value.slice(document.activeElement.selectionStart, document.activeElement.selectionEnd)';

describe('the flow editor', () => {
  it('moves the focus to the error that prevents saving', async () => {
    const { runner, open } = await testConsole.prepare('/console/new-flow');
    await runner.define({ id: 'try-out', script: 'echo' });
    const { page } = await open();
    const text = page.getByLabel('Flow definition (JSON)');
    const save = page.getByRole('button', { name: 'Create flow' });
    await page.getByText('The definition is valid.').waitFor();

    await save.click();
    await page.getByText("Job 'try-out' exists already").waitFor();
    expect(await isFocused(text)).toBe(true);
    expect(await page.evaluate(SELECTED)).toBe('"try-out"');
    await text.fill('');
    await save.click();

    await page.getByText('Invalid JSON: expected a value.').waitFor();
    expect(await isFocused(text)).toBe(true);
    expect(await text.getAttribute('aria-invalid')).toBe('true');
  });
});

describe('a form with unsaved changes', () => {
  const question = (page: Page) => page.getByRole('dialog', { name: 'Discard changes?' });
  const keep = (page: Page) => question(page).getByRole('button', { name: 'Keep editing' }).click();
  const discard = (page: Page) => question(page).getByRole('button', { name: 'Discard changes' }).click();

  it('asks before the user leaves by a link, Back, signing out or closing the tab', async () => {
    const { open } = await testConsole.prepare('/console');
    const { page, consoleErrors } = await open();
    await page.getByRole('link', { name: 'Create a job' }).click();
    const name = page.getByLabel('Name', { exact: true });
    await name.fill('Nightly');

    const leave = [
      () => page.getByRole('link', { name: 'Activity' }).click(),
      () => page.getByRole('link', { name: 'Cancel' }).click(),
      () => page.goBack(),
      () => page.getByRole('button', { name: 'Sign out' }).click(),
    ];
    for (const attempt of leave) {
      await attempt();
      await question(page).waitFor();
      expect(await accessibilityViolations(page)).toEqual([]);
      await keep(page);
      await question(page).waitFor({ state: 'detached' });
      expect(page.url()).toBe(testConsole.url('/console/new'));
      expect(await name.inputValue()).toBe('Nightly');
    }
    const asked = page.waitForEvent('dialog');
    await page.evaluate('setTimeout(() => location.reload())');
    const unload = await asked;
    expect(unload.type()).toBe('beforeunload');
    await unload.dismiss();
    expect(await name.inputValue()).toBe('Nightly');

    await page.goBack();
    await discard(page);
    await page.getByText('No jobs yet').waitFor();
    expect(page.url()).toBe(testConsole.url('/console'));
    await expect.poll(() => isFocused(page.getByRole('main'))).toBe(true);
    expect(consoleErrors).toEqual([]);
  });

  it('does not ask after the changes were reverted or saved', async () => {
    const { open } = await testConsole.prepare('/console');
    const { page } = await open();
    await page.getByRole('link', { name: 'Create a job' }).click();
    const name = page.getByLabel('Name', { exact: true });
    await name.fill('Nightly');
    await name.fill('');

    await page.getByRole('link', { name: 'Activity' }).click();
    await page.getByRole('heading', { name: 'Activity' }).waitFor();
    await page.goBack();
    await name.fill('Nightly');
    await page.getByRole('button', { name: 'Create job' }).click();
    await page.getByRole('heading', { name: 'Nightly' }).waitFor();
    // The saved form is not in the history.
    await page.goBack();

    await page.getByRole('link', { name: 'Nightly' }).waitFor();
    expect(page.url()).toBe(testConsole.url('/console'));
  });

  it('asks before a template replaces the text', async () => {
    const { open } = await testConsole.prepare('/console/new-flow');
    const { page } = await open();
    const text = page.getByLabel('Flow definition (JSON)');
    await page.getByRole('button', { name: 'HTTP → S3' }).click();
    expect(await text.inputValue()).toContain('"orders-export"');
    await text.fill('{ "id": "mine" }');

    await page.getByRole('button', { name: 'S3 → HTTP' }).click();
    await keep(page);
    expect(await text.inputValue()).toBe('{ "id": "mine" }');
    await page.getByRole('button', { name: 'S3 → HTTP' }).click();
    await discard(page);

    await expect.poll(() => text.inputValue()).toContain('"orders-import"');
    await page.getByRole('button', { name: 'HTTP → S3' }).click();
    await expect.poll(() => text.inputValue()).toContain('"orders-export"');
  });

  it('asks before Escape closes the dialog', async () => {
    const { open } = await testConsole.prepare('/console/access');
    const { page } = await open();
    const opener = page.getByRole('button', { name: 'Create secret' });
    const dialog = page.getByRole('dialog', { name: 'Create secret' });
    // A key that is pressed immediately goes to the dialog.
    await opener.click();
    await page.keyboard.press('Tab');
    expect(await isFocused(dialog.getByLabel('Value'))).toBe(true);
    await dialog.getByLabel('Value').fill('hunter2');

    await page.keyboard.press('Escape');
    await keep(page);
    expect(await dialog.getByLabel('Value').inputValue()).toBe('hunter2');
    await page.keyboard.press('Escape');
    await discard(page);

    await dialog.waitFor({ state: 'detached' });
    await expect.poll(() => isFocused(opener)).toBe(true);
    await opener.click();
    await page.keyboard.press('Escape');
    await dialog.waitFor({ state: 'detached' });
  });

  it('renews an expired sign-in in another tab and then submits', async () => {
    const { runner, open } = await testConsole.prepare('/console/new');
    const { page } = await open();
    await page.getByLabel('Name', { exact: true }).fill('Nightly');
    await page.route('**/.issuer/token', (route) =>
      route.request().postData()?.includes('refresh_token')
        ? route.fulfill({ status: 400, json: { error: 'invalid_grant' } })
        : route.continue(),
    );
    await page.route('**/jobs', (route) => route.fulfill({ status: 401, json: { error: 'expired' } }), { times: 1 });

    await page.getByRole('button', { name: 'Create job' }).click();
    const expired = page.getByRole('dialog', { name: 'Your session has expired' });
    await expired.waitFor();
    expect(await accessibilityViolations(page)).toEqual([]);
    await page.keyboard.press('Escape');
    const other = page.context().waitForEvent('page');
    await expired.getByRole('button', { name: 'Sign in in a new tab' }).click();
    await (await other).getByRole('heading', { name: 'You are signed in again' }).waitFor();

    await page.getByRole('heading', { name: 'Nightly' }).waitFor();
    expect(await runner.job('nightly')).toMatchObject({ name: 'Nightly' });
  });
});
