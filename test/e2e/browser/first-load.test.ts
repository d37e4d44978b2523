import { beforeAll, expect, it } from 'vitest';
import { type ExampleTenant, shareExampleTenant } from './support/example-tenant.ts';
import { useTestConsole } from './support/test-console.ts';

/** Maximum size of the first load, gzipped. */
const BUDGET_BYTES = 120_000;

const testConsole = useTestConsole();
let example: ExampleTenant;

beforeAll(async () => {
  example = await shareExampleTenant(testConsole.system);
});

it('keeps the selected theme after a reload', async () => {
  const { page } = await testConsole.open('/console', {
    tenant: example.tenant,
    colorScheme: 'light',
  });
  const background = () => page.evaluate<string>('getComputedStyle(document.documentElement).backgroundColor');
  const light = await background();

  await page.getByRole('button', { name: /switch to light/ }).click();
  await page.getByRole('button', { name: /switch to dark/ }).click();
  const dark = await background();
  await page.reload();
  await page.getByRole('link', { name: 'Slow report' }).waitFor();

  expect(dark).not.toBe(light);
  expect(await background()).toBe(dark);
});

it('moves the focus to the content at the first tab stop', async () => {
  const { page } = await testConsole.open('/console', { tenant: example.tenant });
  await page.getByRole('link', { name: 'Slow report' }).waitFor();

  await page.keyboard.press('Tab');
  expect(await page.evaluate('document.activeElement.textContent')).toContain('Skip to content');
  await page.keyboard.press('Enter');
  await page.keyboard.press('Tab');

  expect(await page.evaluate('document.activeElement.closest("main") !== null')).toBe(true);
});

it('stays within the size limit at the first load and caches hashed files', async () => {
  const page = await testConsole.newPage();
  const client = await page.context().newCDPSession(page);
  await client.send('Network.enable');
  let bytes = 0;
  client.on('Network.loadingFinished', ({ encodedDataLength }) => {
    bytes += encodedDataLength;
  });
  await page.goto(testConsole.url('/console'));
  await page.waitForLoadState('networkidle');
  const first = bytes;
  await page.goto(testConsole.url('/console'));
  await page.waitForLoadState('networkidle');

  expect(first).toBeGreaterThan(10_000);
  expect(first).toBeLessThan(BUDGET_BYTES);
  // The HTML, the configuration and the sign-in page.
  expect(bytes - first).toBeLessThan(8_000);
});
