import { expect, it } from 'vitest';
import { update } from '../../../functions/core/store/db.ts';
import { jobKey } from '../../../functions/core/store/keys.ts';
import { systemDb } from '../../helpers/system/system-db.ts';
import { tenantId } from '../../helpers/system/test-system.ts';
import { useTestConsole } from './support/test-console.ts';

/** Names with a direction override, which definitions of earlier versions may contain. */

const testConsole = useTestConsole();

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
  const { tenant, runner } = await testConsole.prepare();
  await runner.define({ id: 'old', name: 'Old', script: 'echo' });
  const { db, close } = systemDb(testConsole.system);
  await update(db, db.tables.jobs, jobKey(tenantId(tenant), 'old'), { set: { name: '\u202etxet dlo' } });
  close();

  const { page } = await testConsole.open('/console/jobs/old', { tenant });
  await page.getByRole('button', { name: 'Delete job' }).click();
  await page.getByRole('dialog').waitFor();
  const edges = (await page.evaluate(LEFT_EDGES)) as number[];
  await page.goto(testConsole.url('/console'));
  const listed = page.getByRole('listitem').locator('bdi', { hasText: 'txet dlo' });
  await listed.waitFor();

  expect(edges).toHaveLength(3);
  expect(edges).toEqual(edges.toSorted((a, b) => a - b));
  expect(await listed.count()).toBe(1);
});
