import type { Page } from 'playwright-core';
import { expect, it } from 'vitest';
import { type CheckpointBody, type Page as PageOf, pacedFlow } from '../../helpers/clients/pipelines.ts';
import { waitForAssertion } from '../../helpers/wait.ts';
import { isFocused } from './support/browser.ts';
import { useTestConsole } from './support/test-console.ts';

const testConsole = useTestConsole();

const PATIENCE = { timeout: 30_000 };

/** Waits until the page header and the flow panel both show this status, and no other. */
const flowIs = async (page: Page, state: string) => {
  for (const part of [page.locator('.run-state'), page.getByRole('region', { name: 'Flow' })]) {
    await part.getByText(state, { exact: true }).waitFor(PATIENCE);
  }
};

/** Waits until the graph shows an operator with these metrics, such as `in 50`. */
const node = (page: Page, text: RegExp) => page.getByRole('button', { name: text }).waitFor(PATIENCE);

const idIn = (page: Page) => decodeURIComponent(page.url().split('?')[0]?.split('/').at(-1) ?? '');

it('stops a running pipeline at a checkpoint and restarts it with another parallelism', async () => {
  const { pipelines, open } = await testConsole.prepare('/console/jobs/numbers');
  await pipelines.define('numbers', pacedFlow(40));
  const { page, consoleErrors } = await open();
  await page.getByRole('button', { name: 'Run now' }).click();
  await flowIs(page, 'Running');
  await node(page, /^Numbers .*in [1-9]\d* /);
  const first = idIn(page);

  await page.getByText('Checkpoints', { exact: true }).click();
  await page.getByRole('button', { name: 'Create checkpoint' }).click();
  await page.getByRole('cell', { name: 'on request' }).waitFor(PATIENCE);
  await page.getByRole('button', { name: 'Pin checkpoint 1' }).click();
  await page.getByRole('button', { name: 'Unpin checkpoint 1' }).waitFor();
  await page.getByRole('button', { name: 'Stop' }).click();
  const stop = page.getByRole('dialog', { name: 'Stop run' });
  await stop.getByLabel('Timeout').fill('none');
  await stop.getByText('Must be a whole number').waitFor();
  await stop.getByRole('button', { name: 'Stop run' }).click();
  expect(await isFocused(stop.getByLabel('Timeout'))).toBe(true);
  await stop.getByLabel('Timeout').fill('20');
  await stop.getByRole('button', { name: 'Stop run' }).click();
  await flowIs(page, 'Canceled');
  await page.getByRole('cell', { name: 'on stop' }).waitFor(PATIENCE);

  await page.getByRole('button', { name: 'Restart' }).click();
  const restart = page.getByRole('dialog', { name: 'Restart' });
  await restart.getByLabel('Checkpoint').waitFor();
  const [, , oldest] = await restart.getByLabel('Checkpoint').getByRole('option').allTextContents();
  expect(oldest).toMatch(/^1: .*, on request, /);
  await restart.getByLabel('Checkpoint').selectOption({ label: oldest ?? '' });
  await restart.getByLabel('Parallelism').fill('65');
  await restart.getByLabel('Parallelism').press('Enter');
  await restart.getByText('Must be a whole number from 1 to 64.').waitFor();
  expect(await isFocused(restart.getByLabel('Parallelism'))).toBe(true);
  await restart.getByLabel('Parallelism').fill('3');
  await restart.getByRole('button', { name: 'Restart' }).click();

  await page.getByRole('heading', { name: 'numbers #2' }).waitFor();
  await flowIs(page, 'Running');
  await page.getByText('up to 3 in parallel').waitFor();
  await page.getByText('checkpoint 1.').waitFor();
  const { data } = await pipelines.of<PageOf<CheckpointBody>>(first, 'checkpoints');
  const pinned = data.find((checkpoint) => checkpoint.pinned);
  expect(pinned?.epoch).toBe(1);
  expect(await pipelines.job(idIn(page))).toMatchObject({ restarted_from: first, checkpoint_id: pinned?.id });
  await pipelines.api.post(`/api/v1/jobs/${idIn(page)}/stop`, { mode: 'immediate' });
  await flowIs(page, 'Canceled');
  expect(consoleErrors).toEqual([]);
});

it('shows the graph, tasks, output, errors with their records, and log of a run', async () => {
  const { pipelines, open } = await testConsole.prepare('/console/jobs/orders');
  await pipelines.define('orders', {
    sources: [{ id: 'orders', type: 'inline', records: [{ id: 1 }, { id: 2 }, { id: 'three' }, { id: 4 }] }],
    transforms: [
      { id: 'sum', type: 'map', to: '{ "id": id, "next": id + 1 }', tap: true },
      { id: 'even', type: 'filter', where: 'id % 2 = 0' },
    ],
    sinks: [{ id: 'ledger', type: 'preview' }],
  });
  const { page } = await open();
  await page.getByRole('button', { name: 'Run now' }).click();
  await flowIs(page, 'Succeeded');
  const throughput = page.locator('.flow-figures .metric', { hasText: 'Throughput' });
  // The page may show the metrics of its last poll before the end for a moment.
  await waitForAssertion(async () => {
    expect(await throughput.innerText()).toMatch(/Throughput\s+\d[\d.,]*\/s\s+average/);
    expect(await throughput.innerText()).not.toMatch(/\s0\/s/);
  });
  await node(page, /^orders inline in 4 out 4 errors 0/);
  await node(page, /^sum map in 4 out 3 errors 1/);
  await node(page, /^even filter in 3 out 2 errors 0/);
  await node(page, /^ledger preview in 2 out 2 errors 0/);

  await page.getByRole('row', { name: /^0 4 4 / }).waitFor();
  await page.getByText('Output', { exact: true }).click();
  await page.getByRole('button', { name: /^ledger/ }).click();
  await page.getByRole('row', { name: / 2 3$/ }).waitFor();
  await page.getByText('first 2 of 2').waitFor();
  await page.getByRole('button', { name: /^even/ }).click();
  await page.getByText('even stores no records').waitFor();
  await page.getByLabel('Operator').selectOption('sum');
  await page.getByText('first 3 of 3').waitFor();
  await page.getByText('Errors', { exact: true }).last().click();
  await page.getByText('Failed record').click();
  await page.getByText('"id": "three"').waitFor();
  expect(page.url()).toMatch(/\?view=errors&operator=sum$|\?operator=sum&view=errors$/);
  await page.getByText('Log', { exact: true }).click();
  await page.getByLabel('Operator').selectOption('');

  await page.locator('.log-line').first().waitFor();
});

it('names the branches of a route at its sinks', async () => {
  const { pipelines, open } = await testConsole.prepare('/console/jobs/branches');
  await pipelines.define('branches', {
    sources: [{ id: 'orders', type: 'inline', records: [{ total: 1 }, { total: 20 }, { total: 30 }] }],
    transforms: [
      { id: 'by_total', type: 'route', routes: [{ when: 'total > 9', to: ['large'] }], otherwise: ['small'] },
    ],
    sinks: [
      { id: 'large', type: 'preview' },
      { id: 'small', type: 'preview' },
    ],
  });
  const { page } = await open();
  await page.getByRole('button', { name: 'Run now' }).click();
  await flowIs(page, 'Succeeded');

  await node(page, /^large preview total > 9 in 2 out 2 errors 0/);
  await node(page, /^small preview otherwise in 1 out 1 errors 0/);
});

it('locates errors in the JSON of a flow, accepts its templates and saves changes', async () => {
  const { pipelines, open } = await testConsole.prepare('/console/new');
  const { page } = await open();
  await page.getByRole('link', { name: 'Create a flow' }).click();
  const text = page.getByLabel('Flow definition (JSON)');
  for (const name of ['HTTP → S3', 'S3 → HTTP', 'Generate → preview']) {
    await page.getByRole('button', { name }).click();
    await page.getByText('The definition is valid.').waitFor();
  }

  const good = await text.inputValue();
  await text.fill(good.replace('id % 2 = 0', 'id % = 0'));
  const fault = page.getByRole('button', { name: /^Line \d+, column \d+$/ });
  await fault.waitFor();
  await page.getByText('flow.transforms[0].where').waitFor();
  await fault.click();
  const area = 'document.activeElement';
  expect(await page.evaluate(`${area}.value.slice(${area}.selectionStart, ${area}.selectionEnd)`)).toBe('=');
  await text.fill(good.replace('"rate": 50', '"rate": fifty'));
  await page.getByText('Invalid JSON: expected a value.').waitFor();
  await page.getByRole('button', { name: 'Create flow' }).click();
  expect(await page.evaluate(`${area}.value.slice(${area}.selectionStart)`)).toMatch(/^fifty/);
  expect(page.url()).toMatch(/\/new-flow$/);
  await text.fill(good.replace('"rate": 50', '"rate": 70'));
  await page.getByText('The definition is valid.').waitFor();
  await page.getByRole('button', { name: 'Create flow' }).click();

  await page.getByRole('heading', { name: 'Try out' }).waitFor();
  await page.getByRole('link', { name: 'Edit' }).click();
  await page.getByText('The definition is valid.').waitFor();
  await text.fill((await text.inputValue()).replace('"name": "Try out"', '"name": "Tried out"'));
  await page.getByRole('button', { name: 'Save' }).click();
  await page.getByRole('heading', { name: 'Tried out' }).waitFor();
  expect((await pipelines.api.get('/api/v1/pipelines/try-out')).body).toMatchObject({
    name: 'Tried out',
    flow: { sources: [{ rate: 70 }] },
  });
});
