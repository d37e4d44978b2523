import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { update } from '../../../functions/core/store/db.ts';
import { jobKey } from '../../../functions/core/store/keys.ts';
import { runnerClient } from '../../helpers/clients/runner.ts';
import { systemDb } from '../../helpers/system/system-db.ts';
import { freshTenant, startTestSystem, type TestSystem, tenantId } from '../../helpers/system/test-system.ts';
import { openConsole, startBrowser } from './support/browser.ts';

/** Names with a direction override, which definitions of earlier versions may contain. */

let system: TestSystem;
let browser: Browser;

beforeAll(async () => {
  [system, browser] = await Promise.all([startTestSystem(), startBrowser()]);
});
afterAll(async () => {
  await browser.close();
  await system.stop();
});

/** Returns the left edges of a heading's text nodes, in document order. */
const LEFT_EDGES = `(() => {
  const heading = document.querySelector('dialog h2');
  const walker = document.createTreeWalker(heading, NodeFilter.SHOW_TEXT);
  const edges = [];
  for (let node = walker.nextNode(); node; node = walker.nextNode()) {
    const range = document.createRange();
    range.selectNodeContents(node);
    edges.push(range.getBoundingClientRect().left);
  }
  return edges;
})()`;

it('isolates a direction override in a name from the text that follows', async () => {
  const tenant = freshTenant();
  const runner = runnerClient(await system.as(tenant));
  await runner.define({ id: 'old', name: 'Old', script: 'echo' });
  const { db, close } = systemDb(system);
  await update(db, db.tables.jobs, jobKey(tenantId(tenant), 'old'), { set: { name: '\u202etxet dlo' } });
  close();

  const { page, context } = await openConsole(browser, `${system.url}/console/jobs/old`, { tenant });
  await page.getByRole('button', { name: 'Delete job' }).click();
  await page.getByRole('dialog').waitFor();
  const edges = (await page.evaluate(LEFT_EDGES)) as number[];
  await page.goto(`${system.url}/console`);
  const listed = page.getByRole('listitem').locator('bdi', { hasText: 'txet dlo' });
  await listed.waitFor();

  expect(edges).toHaveLength(3);
  expect(edges).toEqual(edges.toSorted((a, b) => a - b));
  expect(await listed.count()).toBe(1);
  await context.close();
});
