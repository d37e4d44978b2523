import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startTestSystem, type TestSystem } from '../../helpers/system/test-system.ts';
import { saveScreenshot, startBrowser } from './support/browser.ts';

let system: TestSystem;
let browser: Browser;

beforeAll(async () => {
  [system, browser] = await Promise.all([startTestSystem(), startBrowser()]);
});
afterAll(async () => {
  await browser.close();
  await system.stop();
});

/** Opens the API reference; `complaints` are script errors, policy violations and requests to other origins. */
async function openDocs(): Promise<{ page: Page; complaints: string[] }> {
  const context = await browser.newContext({ locale: 'en-GB' });
  const page = await context.newPage();
  const complaints: string[] = [];
  page.on('pageerror', (error) => complaints.push(error.message));
  page.on('console', (message) => {
    if (message.type() === 'error') complaints.push(message.text());
  });
  await context.route(
    ({ origin }) => origin !== new URL(system.url).origin,
    (route) => {
      complaints.push(`request to ${route.request().url()}`);
      return route.abort();
    },
  );
  await page.goto(`${system.url}/docs`);
  await page.getByRole('heading', { name: /^Jobdeck/ }).waitFor();
  return { page, complaints };
}

describe('GET /docs', () => {
  it('renders all surfaces offline and without violating its content security policy', async () => {
    const { page, complaints } = await openDocs();

    for (const surface of ['runner', 'integrations', 'admin', 'flows', 'pipelines']) {
      await page.getByRole('heading', { name: new RegExp(`^${surface}`) }).waitFor();
    }
    await page
      .getByRole('button', { name: /expand operation/i })
      .first()
      .click();
    await saveScreenshot(page, 'api-reference');

    expect(complaints).toEqual([]);
  });

  it('sends a request with "Try it out"', async () => {
    const { page, complaints } = await openDocs();
    await page.getByRole('heading', { name: /^runner/ }).click();
    await page
      .getByRole('button', { name: /^GET .health/ })
      .first()
      .click();

    await page.getByRole('button', { name: 'Try it out' }).click();
    await page.getByRole('button', { name: 'Execute' }).click();

    await page.locator('.live-responses-table').getByText('"ok": true').waitFor();
    expect(complaints).toEqual([]);
  });
});
