import { readFile } from 'node:fs/promises';
import type { Page } from 'playwright-core';
import { expect, it } from 'vitest';
import { accessibilityViolations } from './support/browser.ts';
import { useTestConsole } from './support/test-console.ts';

const testConsole = useTestConsole();

const today = () => new Date().toISOString().slice(0, 10);

/** Returns the texts of the cells of a row of the table. */
const cellsOf = (page: Page, row: number): Promise<readonly string[]> =>
  page.getByRole('table').getByRole('row').nth(row).getByRole('cell').allInnerTexts();

it('shows the usage of the last 30 days with a total, and downloads it as the CSV of the API', async () => {
  const { runner, open } = await testConsole.prepare('/console/usage');
  await runner.define({ id: 'echo', script: 'echo' });
  for (let i = 0; i < 3; i++) await runner.trigger('echo');
  const range = `from=${today()}&to=${today()}`;
  const api = async () => (await runner.api.get(`/usage?${range}`)).body as { usage: { runs: number }[] };
  await expect.poll(async () => (await api()).usage[0]?.runs, { timeout: 20_000 }).toBe(3);
  const { page } = await open();

  await page.getByRole('img', { name: 'Runs by day: 3 in all.' }).waitFor();
  expect(await page.getByRole('row').count()).toBe(1 + 1 + 30);
  expect(await cellsOf(page, 1)).toEqual(['Total', '3', expect.stringMatching(/ s$/), expect.any(String), '–']);
  expect((await cellsOf(page, 2))[1]).toBe('3');
  expect((await cellsOf(page, 3)).slice(1, 4)).toEqual(['0', '0 s', '0']);
  expect(await accessibilityViolations(page)).toEqual([]);

  await page.goto(testConsole.url(`/console/usage?${range}`));
  await page.getByRole('img', { name: 'Runs by day: 3 in all.' }).waitFor();
  const downloading = page.waitForEvent('download');
  await page.getByRole('button', { name: 'Download CSV' }).click();
  const file = await downloading;
  expect(file.suggestedFilename()).toBe(`usage-${today()}-${today()}.csv`);
  const csv = await runner.api.get(`/usage?${range}&format=csv`);
  expect(await readFile(await file.path(), 'utf8')).toBe(csv.body);
});

it('groups by month, and keeps range, group and figure in the URL', async () => {
  const { open } = await testConsole.prepare('/console/usage');
  const { page } = await open();
  await page.getByRole('img', { name: 'Runs by day: 0 in all.' }).waitFor();

  await page.getByRole('combobox', { name: 'By' }).selectOption('month');
  await page.getByRole('img', { name: 'Runs by month: 0 in all.' }).waitFor();
  expect(await page.getByRole('row').count()).toBe(1 + 1 + 12);
  await page.getByRole('combobox', { name: 'Figure' }).selectOption('records');
  await page.getByRole('img', { name: 'Records by month: 0 in all.' }).waitFor();
  await page.getByLabel('From', { exact: true }).fill('2026-01-15');
  await page.getByLabel('To', { exact: true }).fill('2026-02-03');

  await expect.poll(() => page.getByRole('row').count()).toBe(1 + 1 + 2);
  expect((await cellsOf(page, 2))[0]).toBe('February 2026');
  expect(new URL(page.url()).search).toBe('?group=month&figure=records&from=2026-01-15&to=2026-02-03');
});

it('shows the error of the API for a range that ends before it begins', async () => {
  const { open } = await testConsole.prepare('/console/usage?from=2026-03-02&to=2026-03-01');
  const { page } = await open();

  await page.getByText(/must not be after to, 2026-03-01, got 2026-03-02/).waitFor();
});
