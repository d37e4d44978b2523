import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startTestSystem, type TestSystem } from '../support/local.ts';
import { paced, pipelinesOf } from '../support/pipelines-client.ts';
import { runnerOf } from '../support/runner-client.ts';
import { overflow, picture, startBrowser, type Visitor, violations, visit } from './support/browser.ts';

const TENANT = 'acme';
/** Gzipped, on the first load (README, "The page"). */
const BUDGET_BYTES = 120_000;

let system: TestSystem;
let browser: Browser;
/** Pages by name, and what tells that they are there. */
let pages: readonly (readonly [name: string, path: string, sign: string])[];
/** Dialogs by the button that opens them, the page that it is on, and what has to be chosen before. */
let dialogs: readonly (readonly [button: string, path: string, choice?: string])[];

beforeAll(async () => {
  [system, browser] = await Promise.all([startTestSystem(), startBrowser()]);
  const runner = runnerOf(await system.as(TENANT));
  await runner.define({
    id: 'export',
    name: 'Orders export',
    script: 'echo',
    args: ['one\ntwo'],
    integration_id: 'shop',
  });
  await runner.define({
    id: 'sync',
    name: 'Nightly sync of everything there is',
    description: 'Brings the customers of all shops into the ledger.',
    schedule: '30 2 * * *',
    timezone: 'America/New_York',
    script: 'fail',
    args: ['3'],
    tags: ['finance', 'nightly'],
    retry: { attempts: 1 },
  });
  await runner.define({ id: 'slow', name: 'Slow report', script: 'sleep', args: ['300'], enabled: true });
  await runner.define({ id: 'off', name: 'Old import', script: 'echo', schedule: '@daily', enabled: false });
  for (let i = 0; i < 4; i++) await runner.trigger('export');
  const failed = await runner.start('sync');
  await runner.ended('sync', failed.run_id);
  await runner.start('slow');
  await runner.define({
    id: 'flow',
    name: 'Orders to the ledger',
    type: 'flow',
    flow: {
      sources: [
        { id: 'orders', name: 'Orders of the shops', type: 'generate', count: 120 },
        { id: 'returns', type: 'inline', records: [{ id: 'seven' }, { id: 8, message: 'a '.repeat(80) }] },
      ],
      transforms: [{ id: 'even', type: 'filter', where: 'id % 2 = 0' }],
      sinks: [
        { id: 'ledger', type: 'preview' },
        { id: 'archive', type: 's3', key: 'archive/{page}.ndjson' },
      ],
    },
  });
  const flowRun = await runner.start('flow');
  await runner.ended('flow', flowRun.run_id);
  const pipelines = pipelinesOf(runner.api);
  await pipelines.define('stream', paced(30));
  const stream = await pipelines.start('stream');
  await pipelines.reaches(stream, 'Running', ({ metrics }) => metrics.records_out > 0);
  await runner.api.post(`/api/v1/jobs/${stream}/checkpoints`);
  await pipelines.define('halted', paced(30));
  const halted = await pipelines.start('halted');
  await pipelines.reaches(halted, 'Running', ({ metrics }) => metrics.records_out > 0);
  await runner.api.post(`/api/v1/jobs/${halted}/stop`, {});
  await pipelines.reaches(halted, 'Stopped');
  dialogs = [
    ['Stop', `/console/jobs/stream/runs/${stream}`],
    ['Restart', `/console/jobs/halted/runs/${halted}`],
    ['Retry …', '/console/failures', 'Select it'],
    ['Acknowledge …', '/console/failures', 'Select it'],
  ];
  await runner.api.post('/v1/api-keys', { name: 'nightly sync', roles: ['OPERATOR'] });
  await runner.api.put('/v1/secrets/erp.token', { value: 'hunter2' });
  pages = [
    ['integrations', '/settings/integrations', 'Last run'],
    ['jobs', '/console', 'Slow report'],
    ['job', '/console/jobs/sync', 'exit code 3'],
    ['run', `/console/jobs/sync/runs/${failed.run_id}`, 'What happened'],
    ['flow-run', `/console/jobs/flow/runs/${flowRun.run_id}`, 'Bytes in'],
    ['flow-output', `/console/jobs/flow/runs/${flowRun.run_id}?view=output`, 'Came out'],
    ['flow-errors', `/console/jobs/flow/runs/${flowRun.run_id}?view=errors`, 'The record'],
    ['flow-log', `/console/jobs/flow/runs/${flowRun.run_id}?view=log`, 'begins'],
    ['flow-checkpoints', `/console/jobs/stream/runs/${stream}?view=checkpoints`, 'on request'],
    ['new-flow', '/console/new-flow', 'it can be saved'],
    ['new-job', '/console/new', 'Timezone'],
    ['edit-job', '/console/jobs/sync/edit', 'The next five fires'],
    ['activity', '/console/activity', 'Queued or running'],
    ['failures', '/console/failures', 'exit code 3'],
    ['access', '/console/access', 'erp.token'],
    ['nowhere', '/console/nowhere', 'There is nothing at this address'],
    ['not-found', '/console/jobs/none', 'Not here'],
  ];
});
afterAll(async () => {
  await browser.close();
  await system.stop();
});

describe.each(['light', 'dark'] as const)('in %s colours', (colorScheme) => {
  test.each([1280, 360])('every page has its picture, fits %i px and is accessible', async (width) => {
    const visitor = await visit(browser, `${system.url}/console`, {
      tenant: TENANT,
      colorScheme,
      viewport: { width, height: 800 },
      // What is on its way in or out has another contrast for a moment.
      reducedMotion: 'reduce',
    });
    const { page, context, complaints } = visitor;
    const found: string[] = [];
    for (const [name, path, sign] of pages) {
      await open(visitor, path, sign);
      await picture(page, `${name}-${colorScheme}-${width}`);
      const wider = await overflow(page);
      if (wider > 0) found.push(`${name}: ${wider} px wider than the window`);
      found.push(...(await violations(page)).map((violation) => `${name}: ${violation}`));
    }
    expect(found).toEqual([]);
    // A page that is not there is an answer of 404, which the browser reports.
    expect(complaints.filter((complaint) => !complaint.includes('404'))).toEqual([]);
    await context.close();
  });

  test('signing in, being refused and having nothing yet are accessible', async () => {
    const context = await browser.newContext({ colorScheme, viewport: { width: 360, height: 800 } });
    const page = await context.newPage();
    await page.goto(`${system.url}/console`);
    await page.getByLabel('Organization').waitFor();
    await picture(page, `sign-in-${colorScheme}-360`);
    expect(await violations(page)).toEqual([]);
    await context.close();

    const viewport = { width: 1280, height: 800 };
    const viewer = await visit(browser, `${system.url}/settings/integrations`, {
      tenant: TENANT,
      roles: ['MEMBER'],
      colorScheme,
      viewport,
    });
    await viewer.page.getByText('not for your role').waitFor();
    await picture(viewer.page, `refused-${colorScheme}-1280`);
    expect(await violations(viewer.page)).toEqual([]);
    await viewer.context.close();

    const newcomer = await visit(browser, `${system.url}/console`, { tenant: 'nobody', colorScheme, viewport });
    await newcomer.page.getByText('There are no jobs yet').waitFor();
    await picture(newcomer.page, `empty-${colorScheme}-1280`);
    expect(await violations(newcomer.page)).toEqual([]);
    await newcomer.context.close();
  });

  test('dialogs are accessible', async () => {
    const { page, context } = await visit(browser, `${system.url}/console/access`, { tenant: TENANT, colorScheme });
    for (const name of ['New key', 'New secret', 'Revoke nightly sync']) {
      await page.getByRole('button', { name }).click();
      await page.getByRole('dialog').waitFor();
      await picture(page, `dialog-${name.toLowerCase().replaceAll(' ', '-')}-${colorScheme}`);
      expect(await violations(page), name).toEqual([]);
      await page.keyboard.press('Escape');
      await page.getByRole('dialog').waitFor({ state: 'detached' });
    }
    for (const [name, path, choice] of dialogs) {
      await page.goto(system.url + path);
      if (choice) await page.getByRole('checkbox', { name: choice }).check();
      await page.getByRole('button', { name }).click();
      await page
        .getByRole('dialog')
        .getByText(/Tasks at once|would start|Note|Timeout/)
        .first()
        .waitFor();
      await picture(page, `dialog-${name.toLowerCase().replace(' …', '')}-${colorScheme}`);
      expect(await violations(page), name).toEqual([]);
    }
    await context.close();
  });
});

async function open({ page }: Visitor, path: string, sign: string): Promise<void> {
  await page.goto(system.url + path);
  await page.getByText(sign).first().waitFor();
}

test('the theme is chosen by a button, and stays', async () => {
  const { page, context } = await visit(browser, `${system.url}/console`, { tenant: TENANT, colorScheme: 'light' });
  const background = () => page.evaluate<string>('getComputedStyle(document.documentElement).backgroundColor');
  const light = await background();

  await page.getByRole('button', { name: /change to light/ }).click();
  await page.getByRole('button', { name: /change to dark/ }).click();
  const dark = await background();
  await page.reload();
  await page.getByRole('link', { name: 'Slow report' }).waitFor();

  expect(dark).not.toBe(light);
  expect(await background()).toBe(dark);
  await context.close();
});

test('everything is reached by keyboard: the first stop leads to the content', async () => {
  const { page, context } = await visit(browser, `${system.url}/console`, { tenant: TENANT });
  await page.getByRole('link', { name: 'Slow report' }).waitFor();

  await page.keyboard.press('Tab');
  expect(await page.evaluate('document.activeElement.textContent')).toContain('To the content');
  await page.keyboard.press('Enter');
  await page.keyboard.press('Tab');

  expect(await page.evaluate('document.activeElement.closest("main") !== null')).toBe(true);
  await context.close();
});

test('the first load is within its budget, and what is hashed is not asked for twice', async () => {
  const context = await browser.newContext();
  const page = await context.newPage();
  const client = await context.newCDPSession(page);
  await client.send('Network.enable');
  let bytes = 0;
  client.on('Network.loadingFinished', ({ encodedDataLength }) => {
    bytes += encodedDataLength;
  });
  await page.goto(`${system.url}/console`);
  await page.getByLabel('Organization').waitFor();
  const first = bytes;
  await page.goto(`${system.url}/console`);
  await page.getByLabel('Organization').waitFor();

  expect(first).toBeGreaterThan(10_000);
  expect(first).toBeLessThan(BUDGET_BYTES);
  // The page itself, its configuration and the sign-in page.
  expect(bytes - first).toBeLessThan(8_000);
  await context.close();
});
