import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { pacedFlow, pipelinesClient } from '../../helpers/clients/pipelines.ts';
import { runnerClient } from '../../helpers/clients/runner.ts';
import {
  accessibilityViolations,
  type ConsoleSession,
  horizontalOverflow,
  openConsole,
  saveScreenshot,
} from './support/browser.ts';
import { useTestConsole } from './support/test-console.ts';

const TENANT = 'acme';
/** Maximum size of the first load, gzipped. */
const BUDGET_BYTES = 120_000;

const testConsole = useTestConsole();
/** Ids of the runs whose pages are shown. */
let runs: Readonly<Record<'failed' | 'slow' | 'flow' | 'stream' | 'halted', string>>;

/** Pages by name, with a text that shows when the page is loaded. */
const PAGES: readonly (readonly [name: string, path: () => string, sign: string])[] = [
  ['integrations', () => '/settings/integrations', 'error threshold: 2'],
  ['jobs', () => '/console', 'Slow report'],
  ['job', () => '/console/jobs/sync', 'exit code 3'],
  ['run', () => `/console/jobs/sync/runs/${runs.failed}`, 'Definition of this run'],
  ['live-run', () => `/console/jobs/slow/runs/${runs.slow}`, 'sleeping for 840 s'],
  ['flow-run', () => `/console/jobs/flow/runs/${runs.flow}`, 'Bytes in'],
  ['flow-output', () => `/console/jobs/flow/runs/${runs.flow}?view=output`, 'Emitted'],
  ['flow-errors', () => `/console/jobs/flow/runs/${runs.flow}?view=errors`, 'Failed record'],
  ['flow-log', () => `/console/jobs/flow/runs/${runs.flow}?view=log`, 'begins'],
  ['flow-checkpoints', () => `/console/jobs/stream/runs/${runs.stream}?view=checkpoints`, 'on request'],
  ['new-flow', () => '/console/new-flow', 'The definition is valid'],
  ['new-job', () => '/console/new', 'Time zone'],
  ['edit-job', () => '/console/jobs/sync/edit', 'Next five fires'],
  ['activity', () => '/console/activity', 'exit code 3'],
  ['failures', () => '/console/failures', 'exit code 3'],
  ['access', () => '/console/access', 'erp.token'],
  ['audit', () => '/console/audit', 'Create API key'],
  ['no-page', () => '/console/nowhere', 'There is no page at this URL'],
  ['not-found', () => '/console/jobs/none', 'Not found'],
];

/**
 * Dialogs: the button that opens it, its page, a text that shows when it is open, and the checkbox to select before.
 */
const DIALOGS: readonly (readonly [button: string, path: () => string, sign: string, choice: string | null])[] = [
  ['Create API key', () => '/console/access', 'Create key', null],
  ['Create secret', () => '/console/access', 'Save secret', null],
  ['Revoke nightly sync', () => '/console/access', 'Revoke key', null],
  ['Stop', () => `/console/jobs/stream/runs/${runs.stream}`, 'Timeout', null],
  ['Restart', () => `/console/jobs/halted/runs/${runs.halted}`, 'Parallelism', null],
  ['Retry…', () => '/console/failures', 'will be started', 'Select the run'],
  ['Acknowledge…', () => '/console/failures', 'Note', 'Select the run'],
];

beforeAll(async () => {
  const runner = runnerClient(await testConsole.system.as(TENANT));
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
  // Outlasts the tests.
  await runner.define({ id: 'slow', name: 'Slow report', script: 'sleep', args: ['840'], timeout_ms: 840_000 });
  await runner.define({ id: 'off', name: 'Old import', script: 'echo', schedule: '@daily', enabled: false });
  for (let i = 0; i < 4; i++) await runner.trigger('export');
  const failed = await runner.start('sync');
  await runner.waitForEnd('sync', failed.run_id);
  const slow = await runner.start('slow');
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
  await runner.waitForEnd('flow', flowRun.run_id);
  const pipelines = pipelinesClient(runner.api);
  await pipelines.define('stream', pacedFlow(30));
  const stream = await pipelines.start('stream');
  await pipelines.reaches(stream, 'Running', ({ metrics }) => metrics.records_out > 0);
  await runner.api.post(`/api/v1/jobs/${stream}/checkpoints`);
  await pipelines.define('halted', pacedFlow(30));
  const halted = await pipelines.start('halted');
  await pipelines.reaches(halted, 'Running', ({ metrics }) => metrics.records_out > 0);
  await runner.api.post(`/api/v1/jobs/${halted}/stop`, {});
  await pipelines.reaches(halted, 'Stopped');
  await runner.api.post('/v1/api-keys', { name: 'nightly sync', roles: ['OPERATOR'] });
  await runner.api.put('/v1/secrets/erp.token', { value: 'hunter2' });
  runs = { failed: failed.run_id, slow: slow.run_id, flow: flowRun.run_id, stream, halted };
});

const SCHEMES = ['light', 'dark'] as const;
const LOOKS = SCHEMES.flatMap((scheme) => [1280, 360].map((width) => [scheme, width] as const));

describe.each(LOOKS)('in %s colors, %i px wide', (colorScheme, width) => {
  let session: ConsoleSession;
  beforeAll(async () => {
    session = await openConsole(testConsole.browser, testConsole.url('/console'), {
      tenant: TENANT,
      colorScheme,
      viewport: { width, height: 800 },
      // The contrast differs during transitions.
      reducedMotion: 'reduce',
    });
  });
  afterAll(() => session.context.close());

  it.each(PAGES)('shows %s accessibly and without horizontal scrolling', async (name, path, sign) => {
    const { page, consoleErrors } = session;
    const before = consoleErrors.length;

    await open(page, path(), sign);

    await saveScreenshot(page, `${name}-${colorScheme}-${width}`);
    expect(await horizontalOverflow(page), 'pixels wider than the window').toBeLessThanOrEqual(0);
    expect(await accessibilityViolations(page)).toEqual([]);
    // The browser logs the 404 of a missing page.
    expect(consoleErrors.slice(before).filter((message) => !message.includes('404'))).toEqual([]);
  });
});

describe.each(SCHEMES)('in %s colors', (colorScheme) => {
  it('shows the sign-in, a denied page and an empty list accessibly', async () => {
    const page = await testConsole.newPage({ colorScheme, viewport: { width: 360, height: 800 } });
    await page.goto(testConsole.url('/console'));
    await page.getByLabel('Organization').waitFor();
    await saveScreenshot(page, `sign-in-${colorScheme}-360`);
    expect(await accessibilityViolations(page)).toEqual([]);

    const viewport = { width: 1280, height: 800 };
    const viewer = await testConsole.open('/settings/integrations', {
      tenant: TENANT,
      roles: ['MEMBER'],
      colorScheme,
      viewport,
    });
    await viewer.page.getByText('do not have access').waitFor();
    await saveScreenshot(viewer.page, `refused-${colorScheme}-1280`);
    expect(await accessibilityViolations(viewer.page)).toEqual([]);

    const newcomer = await testConsole.open('/console', { tenant: 'nobody', colorScheme, viewport });
    await newcomer.page.getByText('No jobs yet').waitFor();
    await saveScreenshot(newcomer.page, `empty-${colorScheme}-1280`);
    expect(await accessibilityViolations(newcomer.page)).toEqual([]);
  });

  it.each(DIALOGS)('shows the dialog of %s accessibly', async (name, path, sign, choice) => {
    const { page } = await testConsole.open(path(), { tenant: TENANT, colorScheme });
    if (choice) await page.getByRole('checkbox', { name: choice }).check();
    await page.getByRole('button', { name }).click();
    await page.getByRole('dialog').getByText(sign).first().waitFor();

    await saveScreenshot(page, `dialog-${name.toLowerCase().replace(' …', '').replaceAll(' ', '-')}-${colorScheme}`);
    expect(await accessibilityViolations(page)).toEqual([]);
    await page.keyboard.press('Escape');
    await page.getByRole('dialog').waitFor({ state: 'detached' });
  });
});

async function open(page: Page, path: string, sign: string): Promise<void> {
  await page.goto(testConsole.url(path));
  await page.getByText(sign).first().waitFor();
  await loaded(page);
}

/** Waits until no placeholder is left. */
const loaded = (page: Page): Promise<void> =>
  expect.poll(() => page.getByLabel('Loading', { exact: true }).count(), { timeout: 20_000 }).toBe(0);

it('keeps the selected theme after a reload', async () => {
  const { page } = await testConsole.open('/console', {
    tenant: TENANT,
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
  const { page } = await testConsole.open('/console', { tenant: TENANT });
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
  await page.getByLabel('Organization').waitFor();
  const first = bytes;
  await page.goto(testConsole.url('/console'));
  await page.getByLabel('Organization').waitFor();

  expect(first).toBeGreaterThan(10_000);
  expect(first).toBeLessThan(BUDGET_BYTES);
  // The HTML, the configuration and the sign-in page.
  expect(bytes - first).toBeLessThan(8_000);
});
