import type { CDPSession, Page } from 'playwright-core';
import { signIn, startBrowser } from '../e2e/browser/support/browser.ts';
import { runnerClient } from '../helpers/clients/runner.ts';
import { startTestSystem } from '../helpers/system/test-system.ts';
import { median, printTable } from './table.ts';

const LOADS = 5;

interface Load {
  readonly requests: number;
  readonly bytes: number;
  /** Milliseconds from the start of the navigation to the first figure, including the redirect to the issuer. */
  readonly ms: number;
}

/**
 * Measures the load of `/settings/integrations` in Chromium until its first figures, with an empty and a filled cache.
 */
export async function measurePage(): Promise<void> {
  const [system, browser] = await Promise.all([startTestSystem(), startBrowser()]);
  try {
    const runner = runnerClient(await system.as('bench'));
    await runner.define({ id: 'echo', script: 'echo' });
    await runner.trigger('echo');
    const page = await browser.newPage();
    const url = `${system.url}/settings/integrations`;
    await page.goto(url);
    await signIn(page, 'bench');
    const client = await page.context().newCDPSession(page);
    await client.send('Network.enable');
    const loads = { first: [] as Load[], again: [] as Load[] };
    for (let i = 0; i < LOADS; i++) {
      await client.send('Network.clearBrowserCache');
      loads.first.push(await load(page, client, url));
      loads.again.push(await load(page, client, url));
    }
    const rows = Object.entries(loads).map(([name, all]) => {
      const middle = (figure: keyof Load) => Math.round(median(all.map((one) => one[figure])));
      return [name, middle('requests'), middle('bytes'), middle('ms')];
    });
    printTable(`The page (median of ${LOADS} loads)`, ['load', 'requests', 'bytes', 'ms to first figures'], rows);
  } finally {
    await browser.close();
    await system.stop();
  }
}

async function load(page: Page, client: CDPSession, url: string): Promise<Load> {
  let [requests, bytes] = [0, 0];
  const onSent = () => {
    requests += 1;
  };
  const onLoaded = ({ encodedDataLength }: { encodedDataLength: number }) => {
    bytes += encodedDataLength;
  };
  client.on('Network.requestWillBeSent', onSent);
  client.on('Network.loadingFinished', onLoaded);
  const start = performance.now();
  await page.goto(url);
  await page
    .getByRole('region', { name: /^Health of/ })
    .locator('.metric-value')
    .first()
    .waitFor();
  const ms = performance.now() - start;
  await page.waitForLoadState('networkidle');
  client.off('Network.requestWillBeSent', onSent);
  client.off('Network.loadingFinished', onLoaded);
  return { requests, bytes, ms };
}
