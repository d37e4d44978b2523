import type { Page } from 'playwright-core';
import { describe, expect, it } from 'vitest';
import { accessibilityViolations } from './support/browser.ts';
import { useTestConsole } from './support/test-console.ts';

const testConsole = useTestConsole();

interface Group {
  readonly message_id: string;
  readonly message: string;
  readonly count: number;
}

const idOf = (number: number) => number.toString(16).padStart(12, '0');

/** 280 groups; the first one is the largest. */
const MANY: readonly Group[] = Array.from({ length: 280 }, (_, i) => ({
  message_id: idOf(i),
  message: `error ${i}`,
  count: i === 0 ? 900 : 1,
}));

/** Serves failures in the API's format, with the current result of `groups`. */
async function serveGroups(page: Page, groups: () => readonly Group[]): Promise<void> {
  await page.route('**/failures?group=message&*', (route) => {
    const limit = Number(new URL(route.request().url()).searchParams.get('limit'));
    const all = groups().map((group) => ({
      ...group,
      kind: 'error',
      newest: '2026-03-02T01:03:00.050Z',
      oldest: '2026-03-02T01:03:00.050Z',
      run_ids: [],
      job_count: 1,
      jobs: [{ job_id: 'job', cause: group.message_id, count: group.count }],
    }));
    const sum = (some: readonly Group[]) => some.reduce((total, { count }) => total + count, 0);
    const shown = all.slice(0, limit);
    return route.fulfill({
      json: { messages: shown, runs: sum(all), left: sum(all) - sum(shown), total: all.length, next: null },
    });
  });
  await page.route('**/failures?message_id=*', (route) => route.fulfill({ json: { failures: [] } }));
}

describe('the Failures page', () => {
  it('shows the number of hidden groups and lists more on request', async () => {
    const { page } = await testConsole.open('/console/jobs');
    await serveGroups(page, () => MANY);
    await page.goto(testConsole.url('/console/failures'));

    await page.getByText('50 of 280 groups; 230 failed runs not shown').waitFor();
    await page.getByRole('heading', { name: 'error 0', exact: true }).waitFor();
    expect(await accessibilityViolations(page)).toEqual([]);
    // The groups above the button load when they are scrolled into view and move it: a click could miss it.
    await page.getByRole('button', { name: 'Show more' }).press('Enter');
    await page.getByText('100 of 280 groups; 180 failed runs not shown').waitFor();

    expect(await page.locator('.panel.cause').count()).toBe(100);
  });

  it('keeps the selection of an open dialog while the list changes', async () => {
    const { page } = await testConsole.open('/console/jobs');
    let groups = MANY;
    await serveGroups(page, () => groups);
    const asked: unknown[] = [];
    await page.route('**/failures/acknowledge', (route) => {
      asked.push(route.request().postDataJSON());
      return route.fulfill({
        json: { acknowledged: asked.length === 1 ? 800 : 100, left: 2 - asked.length, skipped: [] },
      });
    });
    await page.goto(testConsole.url('/console/failures'));
    await page.getByRole('checkbox', { name: 'Select all 900' }).check();
    await page.getByRole('button', { name: 'Acknowledge…' }).click();
    await page.getByRole('heading', { name: 'Acknowledge 900 runs' }).waitFor();

    groups = MANY.slice(1);
    await page.evaluate(`document.dispatchEvent(new Event('visibilitychange'))`);
    await page.getByRole('heading', { name: 'error 0', exact: true }).waitFor({ state: 'detached' });
    await page.getByRole('heading', { name: 'Acknowledge 900 runs' }).waitFor();
    await page.getByRole('button', { name: 'Acknowledge', exact: true }).click();

    await page.getByText('Acknowledged 900 runs.').waitFor();
    const request = { message_id: idOf(0), before: '2026-03-02T01:03:00.051Z', note: null };
    expect(asked).toEqual([request, request]);
  });

  it('groups equal messages of several jobs, or lists them by job', async () => {
    const { tenant, runner } = await testConsole.prepare();
    for (const id of ['orders', 'returns']) await runner.define({ id, script: 'fail', args: ['7'] });
    await runner.trigger('orders');
    await runner.trigger('orders');
    await runner.trigger('returns');
    const { page } = await testConsole.open('/console/failures', { tenant });
    const messages = page.getByRole('heading', { name: /exit code 7/ });

    await page.getByText('In orders (2), returns (1)').waitFor();
    await page.getByRole('checkbox', { name: 'Select run 1 of returns' }).waitFor();
    expect(await messages.count()).toBe(1);
    await page.getByRole('combobox', { name: 'Group by' }).selectOption('cause');
    await page.getByText('In returns', { exact: true }).waitFor();
    expect(await messages.count()).toBe(2);
    expect(page.url()).toMatch(/\?group=cause$/);
    await page.getByRole('combobox', { name: 'Group by' }).selectOption('message');
    await page.getByRole('checkbox', { name: 'Select all 3' }).check();
    await page.getByRole('button', { name: 'Acknowledge…' }).click();
    await page.getByRole('button', { name: 'Acknowledge', exact: true }).click();

    await page.getByText('Acknowledged 3 runs.').waitFor();
    await page.getByText('No failures').waitFor();
  });
});
