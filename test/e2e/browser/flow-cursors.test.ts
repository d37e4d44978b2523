import { expect, it } from 'vitest';
import { accessibilityViolations } from './support/browser.ts';
import { useTestConsole } from './support/test-console.ts';

const testConsole = useTestConsole();

const START = '2026-01-01T00:00:00Z';
const flow = {
  sources: [
    {
      type: 'http',
      url: 'https://shop.test/orders?since={{delta.cursor}}',
      delta: { path: 'updated_at', start: START },
    },
  ],
  sinks: [{ type: 'preview' }],
};

it('shows the cursors of a flow, sets one and restores its start', async () => {
  const { runner, open } = await testConsole.prepare('/console/jobs/orders');
  await runner.api.post('/v1/flows', { id: 'orders', name: 'Orders', flow });
  const { page } = await open();
  await page.getByRole('heading', { name: 'Cursors' }).waitFor();
  const row = page.getByRole('row', { name: /source_1/ });

  await row.getByText(START).waitFor();
  expect(await accessibilityViolations(page)).toEqual([]);
  await page.getByRole('button', { name: 'Set the cursor of source_1' }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByLabel('Cursor').fill('yesterday');
  await dialog.getByRole('button', { name: 'Set cursor' }).click();
  await dialog.getByText(/must be a time, like the start/).waitFor();
  expect(await accessibilityViolations(page)).toEqual([]);
  await dialog.getByLabel('Cursor').fill('2026-02-01');
  await dialog.getByRole('button', { name: 'Set cursor' }).click();
  await row.getByText('2026-02-01').waitFor();
  await page.getByRole('button', { name: 'Set the cursor of source_1' }).click();
  await dialog.getByLabel('Cursor').fill('');
  await dialog.getByRole('button', { name: 'Set cursor' }).click();

  await row.getByText(START).waitFor();
  expect((await runner.api.get('/v1/flows/orders/cursor')).body).toEqual({ cursors: { source_1: START } });
});
