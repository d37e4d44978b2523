import type { Page } from 'playwright-core';
import { expect, it } from 'vitest';
import { runnerClient } from '../../helpers/clients/runner.ts';
import { freshTenant } from '../../helpers/system/test-system.ts';
import { useTestConsole } from './support/test-console.ts';

const testConsole = useTestConsole();

/** Returns the health status of the overview and its metrics. */
function overview(page: Page) {
  const region = page.getByRole('region', { name: /^Health of/ });
  return {
    light: (health: string) => region.getByText(health, { exact: true }).waitFor({ timeout: 20_000 }),
    text: async () => (await region.innerText()).replaceAll(/\s+/g, ' '),
  };
}

it('changes the status from OK over WARN to ERROR as runs fail, with reasons and without a reload', async () => {
  const { tenant, runner } = await testConsole.prepare();
  await runner.define({ id: 'bad', script: 'fail', integration_id: 'whatsapp' });
  const { page } = await testConsole.open('/settings/integrations', {
    tenant,
    roles: ['MANAGER'],
  });
  await page.evaluate('window.sameDocument = true');
  const { light, text } = overview(page);

  await light('OK');
  expect(await text()).toContain('No failed runs and no long waiting times.');
  await runner.trigger('bad');
  await light('WARN');
  expect(await text()).toContain('1 failed run (error threshold: 2).');
  await runner.trigger('bad');
  await light('ERROR');

  expect(await text()).toContain('2 failed runs (error threshold: 2).');
  expect(await text()).toMatch(
    /Pending 0 .*Processing 0 .*Failed 2 .*Oldest pending – .*Last run (.* ago|just now) took \d/,
  );
  expect(await page.evaluate('window.sameDocument')).toBe(true);
});

it('shows a status for each integration and filters by integration', async () => {
  const { tenant, runner } = await testConsole.prepare();
  await runner.define({ id: 'bad', script: 'fail', integration_id: 'meta' });
  await runner.define({ id: 'good', script: 'echo', integration_id: 'whatsapp' });
  await runner.trigger('bad');
  await runner.trigger('good');
  const { page } = await testConsole.open('/settings/integrations', { tenant });
  const { light, text } = overview(page);
  const row = (name: string) => page.getByRole('row', { name: new RegExp(`^${name}`) });

  await light('WARN');
  await row('meta').getByText('WARN').waitFor();
  await row('whatsapp').getByText('OK').waitFor();
  await page.getByRole('combobox', { name: 'Integration' }).selectOption('whatsapp');
  await light('OK');

  expect(await text()).toContain('whatsapp');
  expect(page.url()).toMatch(/\?integrationId=whatsapp$/);
});

it('lists all integrations page by page and in the filter', async () => {
  const { tenant, runner } = await testConsole.prepare();
  const names = Array.from({ length: 40 }, (_, i) => `shop-${String(i + 1).padStart(2, '0')}`);
  await Promise.all(names.map((name) => runner.define({ id: name, script: 'echo', integration_id: name })));
  const { page } = await testConsole.open('/settings/integrations', { tenant });
  const rows = page.getByRole('table').getByRole('button', { name: /^shop-/ });

  await page.getByText('1–25 of 40').waitFor();
  expect(await rows.allInnerTexts()).toEqual(names.slice(0, 25));
  expect(await page.getByRole('combobox', { name: 'Integration' }).getByRole('option').allInnerTexts()).toEqual([
    'Entire organization',
    ...names,
  ]);
  await page.getByRole('button', { name: 'Next' }).click();
  await page.getByText('26–40 of 40').waitFor();
  await page
    .getByRole('row', { name: /^shop-40/ })
    .getByText('OK')
    .waitFor();

  expect(await rows.allInnerTexts()).toEqual(names.slice(25));
  expect(await page.getByRole('button', { name: 'Next' }).isDisabled()).toBe(true);
});

it('shows the error of an integration whose metrics cannot be read', async () => {
  const tenant = freshTenant();
  await runnerClient(await testConsole.system.as(tenant)).define({ id: 'job', script: 'echo', integration_id: 'shop' });
  const { page } = await testConsole.open('/console/jobs', { tenant });
  await page.route('**/jobs/metrics?integrationId=shop', (route) =>
    route.fulfill({
      status: 503,
      json: { statusCode: 503, message: 'The store is busy', error: 'Service Unavailable' },
    }),
  );
  await page.goto(testConsole.url('/settings/integrations'));

  await page.getByRole('row', { name: /^shop/ }).getByText('The store is busy').waitFor();
});

it('counts running and pending runs as they change', async () => {
  const { tenant, runner } = await testConsole.prepare();
  await runner.define({ id: 'slow', script: 'sleep', args: ['60'], overlap_policy: 'queue' });
  const { page } = await testConsole.open('/settings/integrations', { tenant });
  const { light, text } = overview(page);
  await light('OK');

  const [first, second] = [await runner.start('slow'), await runner.start('slow')];

  await expect.poll(text, { timeout: 20_000 }).toMatch(/Pending 1 .*Processing 1 .*waiting time/);
  for (const run of [second, first]) await runner.api.post(`/jobs/slow/runs/${run.run_id}/cancel`);
  await expect.poll(text, { timeout: 20_000 }).toMatch(/Pending 0 .*Processing 0 /);
});

it('causes no layout shift while metrics change and sends no requests while the tab is hidden', async () => {
  const { tenant, runner } = await testConsole.prepare();
  await runner.define({ id: 'bad', script: 'fail' });
  const { page } = await testConsole.open('/settings/integrations', { tenant });
  const { light } = overview(page);
  // Includes shifts since the page began to load.
  await page.evaluate(`
    window.shifts = [];
    const toText = ({ node, previousRect, currentRect }) => [node?.textContent.slice(0, 40), previousRect, currentRect];
    new PerformanceObserver((list) => {
      for (const entry of list.getEntries()) window.shifts.push(entry.sources.map(toText));
    }).observe({ type: 'layout-shift', buffered: true });
  `);
  await light('OK');
  await page.getByText('No job belongs to an integration').waitFor();
  await page.getByRole('img', { name: /^Runs of the last hour/ }).waitFor();

  await runner.trigger('bad');
  await light('WARN');

  expect(await page.evaluate('window.shifts')).toEqual([]);
  await page.evaluate(`
    Object.defineProperty(document, 'hidden', { configurable: true, get: () => true });
    document.dispatchEvent(new Event('visibilitychange'));
  `);
  await page.waitForLoadState('networkidle');
  const asked: string[] = [];
  page.on('request', (request) => asked.push(request.url()));
  await runner.trigger('bad');
  expect(asked).toEqual([]);
  await page.evaluate(`delete document.hidden; document.dispatchEvent(new Event('visibilitychange'));`);
  await light('ERROR');
});
