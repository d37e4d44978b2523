import type { Page } from 'playwright-core';
import { describe, expect, it } from 'vitest';
import { runnerClient } from '../../helpers/clients/runner.ts';
import { freshTenant } from '../../helpers/system/test-system.ts';
import { signIn } from './support/browser.ts';
import { useTestConsole } from './support/test-console.ts';

const testConsole = useTestConsole();

const at = (path: string) => testConsole.url(path);
const scrollOf = (page: Page) => page.evaluate<number>('scrollY');

describe('Back', () => {
  it('restores the loaded rows and the scroll position of a list', async () => {
    const { tenant, runner } = await testConsole.prepare();
    await runner.define({ id: 'often', name: 'Often', script: 'echo' });
    const first = await runner.start('often');
    await runner.waitForEnd('often', first.run_id);
    const [row] = await runner.runs('often');
    const { page, consoleErrors } = await testConsole.open('/console', { tenant });
    // A history of 150 runs, in pages of 50.
    await page.route('**/jobs/often/runs?*', (route) => {
      const before = Number(new URL(route.request().url()).searchParams.get('before')?.split('.').at(-1) ?? '151');
      const runs = Array.from({ length: 50 }, (_, i) => ({
        ...row,
        id: before - 1 - i,
        run_id: `often.${before - 1 - i}`,
      }));
      return route.fulfill({ json: { runs } });
    });
    await page.route('**/jobs/often/runs/*', (route) =>
      route.fulfill({ json: { run: { ...row, output_next: '1.0.0', attempts: [] } } }),
    );
    await page.getByRole('link', { name: 'Often' }).click();
    const rows = page.getByRole('table').getByRole('row');
    await page.getByRole('button', { name: 'Older runs' }).click();
    await expect.poll(() => rows.count()).toBe(101);
    await page.getByRole('link', { name: '#60', exact: true }).scrollIntoViewIfNeeded();
    const left = await scrollOf(page);
    expect(left).toBeGreaterThan(1_000);

    await page.getByRole('link', { name: '#60', exact: true }).click();
    await page.getByRole('region', { name: 'Details' }).waitFor();
    expect(await scrollOf(page)).toBe(0);
    await page.goBack();

    await expect.poll(() => rows.count()).toBe(101);
    await expect.poll(() => scrollOf(page)).toBe(left);
    await page.goForward();
    await page.getByRole('region', { name: 'Details' }).waitFor();
    await expect.poll(() => scrollOf(page)).toBe(0);
    expect(consoleErrors).toEqual([]);
  });

  it('reverts a filter', async () => {
    const { page } = await testConsole.open('/console/activity');
    const state = page.getByRole('combobox', { name: 'Status' });
    await state.selectOption('error');
    await page.getByRole('combobox', { name: 'Period' }).selectOption('24h');

    await page.goBack();
    await expect.poll(() => page.url()).toMatch(/\?status=error$/);
    expect(await state.inputValue()).toBe('error');
    await page.goBack();

    await expect.poll(() => page.url()).toBe(at('/console/activity'));
    expect(await state.inputValue()).toBe('');
  });

  it('reverts a search as a whole instead of letter by letter', async () => {
    const tenant = freshTenant();
    await runnerClient(await testConsole.system.as(tenant)).define({ id: 'orders', name: 'Orders', script: 'echo' });
    const { page } = await testConsole.open('/console', { tenant });
    const search = page.getByRole('searchbox', { name: 'Search jobs' });
    await search.pressSequentially('invoices');
    await page.getByText('No matching jobs').waitFor();
    expect(page.url()).toBe(at('/console?q=invoices'));
    await page.evaluate('window.sameDocument = true');

    await page.goBack();

    await page.getByRole('link', { name: 'Orders' }).waitFor();
    expect(await page.evaluate('window.sameDocument')).toBe(true);
    expect(page.url()).toBe(at('/console'));
    expect(await search.inputValue()).toBe('');
  });

  it('leaves the console after a deep link that required a sign-in', async () => {
    const page = await testConsole.newPage();
    await page.goto(at('/health'));
    await page.goto(at('/console/activity?period=6h'));
    await signIn(page, freshTenant());
    await page.getByRole('heading', { name: 'Activity' }).waitFor();

    await page.goBack();
    await page.waitForURL(at('/health'));

    // The issuer's session is still valid, so the issuer shows no form.
    await page.goto(at('/console/activity?period=24h'));
    await page.getByRole('heading', { name: 'Activity' }).waitFor();
    await page.goBack();
    await page.waitForURL(at('/health'));
  });
});
