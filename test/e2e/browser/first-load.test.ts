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
  // The browser reports the end of a request later than the page may notice it: each counts for the load that sent it.
  const sizes = [0, 0];
  const loadOf = new Map<string, number>();
  const pending = new Set<string>();
  let load = 0;
  client.on('Network.requestWillBeSent', ({ requestId }) => {
    loadOf.set(requestId, load);
    pending.add(requestId);
  });
  client.on('Network.loadingFailed', ({ requestId }) => pending.delete(requestId));
  client.on('Network.loadingFinished', ({ requestId, encodedDataLength }) => {
    pending.delete(requestId);
    const of = loadOf.get(requestId) ?? 0;
    sizes[of] = (sizes[of] ?? 0) + encodedDataLength;
  });
  const open = async (): Promise<void> => {
    await page.goto(testConsole.url('/console'));
    await page.waitForLoadState('networkidle');
    await expect.poll(() => pending.size).toBe(0);
  };
  await open();
  load = 1;
  await open();
  const [first = 0, second = 0] = sizes;

  expect(first).toBeGreaterThan(10_000);
  expect(first).toBeLessThan(BUDGET_BYTES);
  // The HTML, the configuration and the sign-in page.
  expect(second).toBeGreaterThan(0);
  expect(second).toBeLessThan(8_000);
});
