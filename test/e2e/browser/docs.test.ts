import type { Page } from 'playwright-core';
import { describe, expect, it } from 'vitest';
import { saveScreenshot } from './support/browser.ts';
import { useTestConsole } from './support/test-console.ts';

const testConsole = useTestConsole();

/** Opens the API reference; `consoleErrors` are script errors, policy violations and requests to other origins. */
async function openDocs(): Promise<{ page: Page; consoleErrors: string[] }> {
  const page = await testConsole.newPage({ locale: 'en-GB' });
  const consoleErrors: string[] = [];
  page.on('pageerror', (error) => consoleErrors.push(error.message));
  page.on('console', (message) => {
    if (message.type() === 'error') consoleErrors.push(message.text());
  });
  await page.context().route(
    ({ origin }) => origin !== new URL(testConsole.system.url).origin,
    (route) => {
      consoleErrors.push(`request to ${route.request().url()}`);
      return route.abort();
    },
  );
  await page.goto(testConsole.url('/docs'));
  await page.getByRole('heading', { name: /^Jobdeck/ }).waitFor();
  return { page, consoleErrors };
}

describe('GET /docs', () => {
  it('renders all surfaces offline and without violating its content security policy', async () => {
    const { page, consoleErrors } = await openDocs();

    for (const surface of ['runner', 'integrations', 'admin', 'flows', 'pipelines']) {
      await page.getByRole('heading', { name: new RegExp(`^${surface}`) }).waitFor();
    }
    await page
      .getByRole('button', { name: /expand operation/i })
      .first()
      .click();
    await saveScreenshot(page, 'api-reference');

    expect(consoleErrors).toEqual([]);
  });

  it('sends a request with "Try it out"', async () => {
    const { page, consoleErrors } = await openDocs();
    await page.getByRole('heading', { name: /^runner/ }).click();
    await page
      .getByRole('button', { name: /^GET .health/ })
      .first()
      .click();

    await page.getByRole('button', { name: 'Try it out' }).click();
    await page.getByRole('button', { name: 'Execute' }).click();

    await page.locator('.live-responses-table').getByText('"ok": true').waitFor();
    expect(consoleErrors).toEqual([]);
  });
});
