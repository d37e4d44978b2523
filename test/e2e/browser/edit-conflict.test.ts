import type { Page } from 'playwright-core';
import { describe, expect, it } from 'vitest';
import { freshTenant } from '../../helpers/system/test-system.ts';
import { accessibilityViolations } from './support/browser.ts';
import { useTestConsole } from './support/test-console.ts';

const testConsole = useTestConsole();

/** Opens the editor of a job, changes the name, and saves a change of another user before the first one. */
async function openConflict() {
  const tenant = freshTenant('editors');
  const api = await testConsole.system.as(tenant);
  await api.post('/jobs', { id: 'report', name: 'Report', script: 'echo', args: ['a'] });
  const { page, consoleErrors } = await testConsole.open('/console/jobs/report/edit', {
    tenant,
  });
  await page.getByLabel('Name', { exact: true }).fill('Mine');
  await api.patch('/jobs/report', { name: 'Theirs', description: 'by someone else' });
  await page.getByRole('button', { name: 'Save', exact: true }).click();
  const dialog = page.getByRole('dialog', { name: 'Changed by another user' });
  await dialog.waitFor();
  const job = async () => (await api.get<{ job: Record<string, unknown> }>('/jobs/report')).body.job;
  return { api, page, dialog, job, consoleErrors };
}

/** Returns the cells of the dialog's table, row by row. */
const rows = async (page: Page) =>
  Promise.all(
    (await page.getByRole('dialog').getByRole('row').all()).map((row) => row.locator('th, td').allInnerTexts()),
  );

describe('the job editor after another user saved a change', () => {
  it('shows the differences, saves nothing, and continues with the other version if the user accepts it', async () => {
    const { page, dialog, job, consoleErrors } = await openConflict();

    expect(await rows(page)).toEqual([
      ['Field', 'Original', 'Theirs', 'Yours'],
      ['name', 'Report', 'Theirs', 'Mine'],
      ['description', '', 'by someone else', ''],
    ]);
    expect(await accessibilityViolations(page)).toEqual([]);
    expect(await job()).toMatchObject({ name: 'Theirs' });
    await dialog.getByRole('button', { name: 'Use theirs' }).click();

    await dialog.waitFor({ state: 'detached' });
    expect(await page.getByLabel('Name', { exact: true }).inputValue()).toBe('Theirs');
    await page.getByLabel('Name', { exact: true }).fill('Ours');
    await page.getByRole('button', { name: 'Save', exact: true }).click();
    await page.getByRole('heading', { name: 'Ours' }).waitFor();
    expect(await job()).toMatchObject({ name: 'Ours', description: 'by someone else' });
    // The browser logs unsuccessful responses itself.
    expect(consoleErrors.filter((text) => !text.includes('412'))).toEqual([]);
  });

  it('keeps the draft while the user continues editing, and saves it over the other version', async () => {
    const { page, dialog, job } = await openConflict();
    await dialog.getByRole('button', { name: 'Continue editing' }).click();
    await dialog.waitFor({ state: 'detached' });
    expect(await page.getByLabel('Name', { exact: true }).inputValue()).toBe('Mine');
    await page.getByLabel('Name', { exact: true }).fill('Mine after all');
    await page.getByRole('button', { name: 'Save', exact: true }).click();

    await dialog.getByRole('button', { name: 'Overwrite with mine' }).click();

    await page.getByRole('heading', { name: 'Mine after all' }).waitFor();
    expect(await job()).toMatchObject({ name: 'Mine after all', description: null, args: ['a'] });
  });

  it('compares again if a third version was saved meanwhile', async () => {
    const { api, page, dialog, job } = await openConflict();
    await api.patch('/jobs/report', { name: 'Third' });

    await dialog.getByRole('button', { name: 'Overwrite with mine' }).click();

    await dialog.getByRole('cell', { name: 'Third' }).waitFor();
    expect(await job()).toMatchObject({ name: 'Third' });
    await dialog.getByRole('button', { name: 'Overwrite with mine' }).click();
    await page.getByRole('heading', { name: 'Mine' }).waitFor();
    expect(await job()).toMatchObject({ name: 'Mine' });
  });
});

it('compares a flow field by field', async () => {
  const tenant = freshTenant('editors');
  const api = await testConsole.system.as(tenant);
  const flow = { sources: [{ type: 'inline', records: [1] }], sinks: [{ type: 'preview' }] };
  await api.post('/v1/flows', { id: 'orders', name: 'Orders', flow });
  const { page } = await testConsole.open('/console/jobs/orders/edit', { tenant });
  const text = page.getByLabel('Flow definition (JSON)');
  await text.fill((await text.inputValue()).replace('"Orders"', '"Mine"'));
  await api.patch('/v1/flows/orders', { flow: { ...flow, pageSize: 7 } });
  await page.getByText('The definition is valid').waitFor();
  await page.getByRole('button', { name: 'Save', exact: true }).click();
  const dialog = page.getByRole('dialog', { name: 'Changed by another user' });

  await dialog.waitFor();
  expect(await rows(page)).toEqual([
    ['Field', 'Original', 'Theirs', 'Yours'],
    ['name', 'Orders', 'Orders', 'Mine'],
    ['flow.pageSize', '100', '7', '100'],
  ]);
  await dialog.getByRole('button', { name: 'Overwrite with mine' }).click();

  await page.getByRole('heading', { name: 'Mine' }).waitFor();
  expect((await api.get('/v1/flows/orders')).body).toMatchObject({ name: 'Mine', flow: { pageSize: 100 } });
});
