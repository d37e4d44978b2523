import { describe, expect, it } from 'vitest';
import { accessibilityViolations, signIn } from './support/browser.ts';
import { useTestConsole } from './support/test-console.ts';

const testConsole = useTestConsole();

/** Reports a time zone that `Intl` does not support, as Chromium does for an invalid `TZ`. */
const UNKNOWN_ZONE = `
  const { resolvedOptions } = Intl.DateTimeFormat.prototype;
  Intl.DateTimeFormat.prototype.resolvedOptions = function () {
    return { ...resolvedOptions.call(this), timeZone: 'Etc/Unknown' };
  };
`;

describe('a browser with an unsupported time zone', () => {
  it('shows times in UTC on every page', async () => {
    const { tenant, runner } = await testConsole.prepare();
    await runner.define({ id: 'daily', name: 'Daily', script: 'echo', schedule: '0 3 * * *' });
    await runner.trigger('daily');
    const page = await testConsole.newPage();
    await page.addInitScript(UNKNOWN_ZONE);
    await page.goto(testConsole.url('/console/jobs'));
    await signIn(page, tenant);

    await page.getByText(/, 03:00 UTC$/).waitFor();
    await page.getByRole('link', { name: 'Daily', exact: true }).click();
    await page.getByText(/^\d+ \w+ \d{4}, \d\d:\d\d:\d\d UTC$/).waitFor();
    await page.getByRole('link', { name: '#1', exact: true }).click();
    await page
      .getByText(/^\d\d:\d\d:\d\d\.\d{3} UTC$/)
      .first()
      .waitFor();
    await page.goto(testConsole.url('/console/new'));
    await page.getByLabel('Time zone').waitFor();
    expect(await page.getByLabel('Time zone').inputValue()).toBe('UTC');
  });
});

describe('ErrorBoundary', () => {
  it('offers the menu, a reload and the start page after a rendering error', async () => {
    const { page } = await testConsole.open('/console/activity');
    const menu = page.getByRole('navigation', { name: 'Pages' });
    await page.getByText('No runs in this period').waitFor();
    let isBroken = true;
    await page.route('**/jobs', (route) =>
      isBroken ? route.fulfill({ json: { jobs: [{ id: 'x', name: 'x' }] } }) : route.continue(),
    );

    await menu.getByRole('link', { name: 'Jobs' }).click();

    await page.getByRole('heading', { name: 'This page cannot be displayed' }).waitFor();
    expect(await page.getByRole('alert').innerText()).toContain('undefined');
    expect(await page.title()).toBe('This page cannot be displayed · Jobdeck');
    expect(await accessibilityViolations(page)).toEqual([]);
    await menu.getByRole('link', { name: 'Failures' }).click();
    await page.getByText('No failures').waitFor();
    await menu.getByRole('link', { name: 'Jobs' }).click();
    await page.getByRole('heading', { name: 'This page cannot be displayed' }).waitFor();
    expect(await page.getByRole('link', { name: 'Go to the start page' }).getAttribute('href')).toBe('/console');
    isBroken = false;
    await page.getByRole('button', { name: 'Reload' }).click();
    await page.getByText('No jobs yet').waitFor();
  });

  it('offers a reload if the configuration cannot be loaded', async () => {
    const page = await testConsole.newPage();
    await page.route('**/console/config.json', (route) => route.fulfill({ status: 503 }));
    await page.goto(testConsole.url('/console'));

    await page.getByRole('heading', { name: 'This page cannot be displayed' }).waitFor();
    expect(await page.getByRole('alert').innerText()).toContain('503');
    await page.unroute('**/console/config.json');
    await page.getByRole('button', { name: 'Reload' }).click();
    await page.getByLabel('Organization').waitFor();
  });
});

describe('a page of a missing resource', () => {
  it.each([
    ['a job', '/console/jobs/none', '/console'],
    ['a job to edit', '/console/jobs/none/edit', '/console'],
    ['a run', '/console/jobs/none/runs/none.abc12345.01JNXA3V5T9YV0Q2Z6W8M4R7B1', '/console/jobs/none'],
  ])('shows a heading, a title and a link back for %s', async (_, path, back) => {
    const { page } = await testConsole.open(path);

    await page.getByRole('heading', { level: 1, name: 'Not found' }).waitFor();

    expect(await page.title()).toBe('Not found · Jobdeck');
    expect(await page.getByRole('main').getByRole('link').first().getAttribute('href')).toBe(back);
    expect(await page.getByRole('main').getByRole('link').last().getAttribute('href')).toBe(back);
    expect(await accessibilityViolations(page)).toEqual([]);
  });
});

describe('a browser whose clock is an hour ahead', () => {
  it("shows the runs of the last hour with times by the server's clock", async () => {
    const { tenant, runner } = await testConsole.prepare();
    await runner.define({ id: 'hello', script: 'echo' });
    await runner.trigger('hello');
    const page = await testConsole.newPage();
    await page.addInitScript('const now = Date.now; Date.now = () => now() + 3_600_000;');
    await page.goto(testConsole.url('/console/activity'));
    await signIn(page, tenant);

    await page.getByRole('link', { name: '#1', exact: true }).waitFor();

    expect(await page.getByRole('row', { name: /hello/ }).innerText()).toMatch(/just now|\d+ s ago|\d min ago/);
  });
});
