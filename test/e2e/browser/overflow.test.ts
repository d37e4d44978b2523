import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runnerClient } from '../../helpers/clients/runner.ts';
import { type ConsoleSession, horizontalOverflow, openConsole, saveScreenshot } from './support/browser.ts';
import { useTestConsole } from './support/test-console.ts';

const TENANT = `tenant-${'t'.repeat(57)}`;
/** A word without a line break opportunity. */
const WORD = 'w'.repeat(400);
const URL_TEXT = `https://example.test/${'segment'.repeat(54)}?q=${'v'.repeat(40)}`;
/** Texts of the maximum length that the API accepts. */
const ID = 'i'.repeat(64);
const NAME = 'N'.repeat(200);
const KEY_NAME = 'k'.repeat(64);

const testConsole = useTestConsole();
let runs: Readonly<Record<'failed' | 'flow' | 'bad', string>>;

/** Pages by name, with a text that shows when the page is loaded. */
const PAGES: readonly (readonly [name: string, path: () => string, sign: string])[] = [
  ['integrations', () => `/settings/integrations?integrationId=${ID}`, 'waiting time|none pending'],
  ['jobs', () => '/console', NAME],
  ['job', () => `/console/jobs/${ID}`, 'Definition'],
  ['edit-job', () => `/console/jobs/${ID}/edit`, 'Time zone'],
  ['run', () => `/console/jobs/${ID}/runs/${runs.failed}`, 'Definition of this run'],
  ['flow', () => '/console/jobs/flow', 'Definition'],
  ['flow-run', () => `/console/jobs/flow/runs/${runs.flow}`, 'Bytes in'],
  ['flow-output', () => `/console/jobs/flow/runs/${runs.flow}?view=output`, 'Emitted'],
  ['flow-errors', () => `/console/jobs/flow/runs/${runs.flow}?view=errors`, 'Failed record'],
  ['flow-log', () => `/console/jobs/flow/runs/${runs.flow}?view=log`, 'begins'],
  ['edit-flow', () => '/console/jobs/flow/edit', 'Save'],
  ['failed-flow-run', () => `/console/jobs/bad-flow/runs/${runs.bad}`, 'Timeline'],
  ['activity', () => `/console/activity?job=${ID}`, '#1'],
  ['failures', () => '/console/failures', '^#1$'],
  ['failures-by-cause', () => '/console/failures?group=cause', '^#1$'],
  ['calendars', () => '/console/calendars', ID],
  ['calendar', () => `/console/calendars/${ID}`, 'Overview'],
  ['usage', () => '/console/usage', 'Download CSV'],
  ['access', () => '/console/access', KEY_NAME],
  ['audit', () => '/console/audit', 'Create API key'],
  ['missing', () => `/console/jobs/${WORD}`, 'Not found'],
  ['missing-run', () => `/console/jobs/${ID}/runs/none`, 'Not found'],
  ['refused', () => `/console/jobs/${ID}?status=${WORD}`, 'Definition'],
];

/** Dialogs: the button that opens it, its page, and the checkbox to select before. */
const DIALOGS: readonly (readonly [button: string, path: string, choice: RegExp | null])[] = [
  ['Delete job', `/console/jobs/${ID}`, null],
  [`Revoke ${KEY_NAME}`, '/console/access', null],
  ['Delete the hook of', '/console/access', null],
  ['Acknowledge…', '/console/failures', /Select/],
  ['Retry…', '/console/failures', /Select/],
];

/** Sets every field of a job that accepts free text. */
const hostileJob = {
  id: ID,
  name: NAME,
  description: `${WORD} ${URL_TEXT}`,
  script: 'fail',
  args: ['3', WORD, URL_TEXT],
  env: { [`E${'E'.repeat(60)}`]: WORD },
  integration_id: ID,
  tags: ['t'.repeat(64), 'u'.repeat(64)],
  on_failure: URL_TEXT.slice(0, 256),
};

beforeAll(async () => {
  const runner = runnerClient(await testConsole.system.as(TENANT));
  await runner.define(hostileJob);
  const failed = await runner.start(ID);
  await runner.waitForEnd(ID, failed.run_id);
  await runner.define({
    id: 'flow',
    name: NAME,
    description: WORD,
    type: 'flow',
    flow: {
      sources: [
        {
          id: 's'.repeat(40),
          name: NAME,
          type: 'inline',
          records: [{ text: WORD, url: URL_TEXT, [WORD]: 1 }, { bad: 1 }],
        },
      ],
      transforms: [
        { id: 'check', name: NAME, type: 'map', to: `text ? $ : $error("${WORD}")` },
        { id: 'long', type: 'filter', where: `"${WORD}" != "x"` },
      ],
      sinks: [
        { id: 'ledger', name: NAME, type: 'preview' },
        { id: 'archive', type: 's3', key: `${'a'.repeat(200)}/{page}.ndjson` },
      ],
    },
  });
  const flow = await runner.start('flow');
  await runner.waitForEnd('flow', flow.run_id);
  await runner.define({
    id: 'bad-flow',
    type: 'flow',
    flow: {
      sources: [{ id: 'in', type: 'http', url: `https://${'h'.repeat(60)}.invalid/${WORD}` }],
      transforms: [],
      sinks: [{ id: 'out', type: 'preview' }],
    },
  });
  const bad = await runner.start('bad-flow');
  await runner.api.post('/v1/api-keys', { name: KEY_NAME, roles: ['OPERATOR'] });
  await runner.api.put(`/v1/secrets/${'s'.repeat(64)}`, { value: 'hunter2' });
  await runner.api.put(`/calendars/${ID}`, { dates: ['2026-12-25'] });
  await runner.api.patch(`/jobs/${ID}`, { exclude_calendars: [ID] });
  await runner.api.post('/hooks', { job: ID, scheme: 'none', description: 'd'.repeat(500) });
  runs = { failed: failed.run_id, flow: flow.run_id, bad: bad.run_id };
});

/** @returns whether a URL belongs to a list of runs in the API, not to a page of the console */
const isList = ({ pathname }: URL): boolean => /^\/(failures|runs|jobs\/\w+\/runs)$/.test(pathname);

/** Serves long texts in responses that are hard to provoke. */
async function serveRare(page: Page): Promise<void> {
  const letter = {
    id: '01JNXA3V5T9YV0Q2Z6W8M4R7B1',
    kind: 'run',
    given_up_at: '2026-03-02T01:03:00.000Z',
    cause: `${WORD} ${URL_TEXT}`,
    job_id: ID,
    run_id: `${ID}.a1b2c3d4e5.01JNXA3V5T9YV0Q2Z6W8M4R7B1`,
  };
  await page.route('**/dead-letters?*', (route) =>
    route.fulfill({ json: Object.fromEntries([['dead_letters', [letter]]]) }),
  );
  // Output and reason of a tenant's own script.
  const hostile = (run: object) => ({ ...run, reason: `${WORD} ${URL_TEXT}`, stdout: WORD, stderr: URL_TEXT });
  await page.route(testConsole.url(`/jobs/${ID}/runs/*`), async (route) => {
    const response = await route.fetch();
    const { run } = (await response.json()) as { readonly run: object };
    await route.fulfill({
      response,
      json: { run: { ...hostile(run), acknowledged_by: WORD, meta: { [WORD]: URL_TEXT } } },
    });
  });
  await page.route(isList, async (route) => {
    const response = await route.fetch();
    const body = (await response.json()) as Record<string, readonly object[]>;
    const lists = ['runs', 'failures'].filter((name) => Array.isArray(body[name]));
    await route.fulfill({
      response,
      json: { ...body, ...Object.fromEntries(lists.map((name) => [name, body[name]?.map(hostile)])) },
    });
  });
  await page.route(testConsole.url('/audit?*'), async (route) => {
    const response = await route.fetch();
    const { audit, next } = (await response.json()) as {
      readonly audit: readonly object[];
      readonly next: string | null;
    };
    const entries = audit.map((entry) => ({ ...entry, actor: WORD, targets: [WORD, URL_TEXT], target_count: 2 }));
    await route.fulfill({ response, json: { audit: entries, next } });
  });
}

describe.each([390, 1280])('with long words and URLs, %i px wide', (width) => {
  let session: ConsoleSession;
  beforeAll(async () => {
    const viewport = { width, height: 800 };
    session = await openConsole(testConsole.browser, testConsole.url('/console'), {
      tenant: TENANT,
      viewport,
      reducedMotion: 'reduce',
    });
    await serveRare(session.page);
  });
  afterAll(() => session.context.close());

  it.each(PAGES)('the page %s fits into the window', async (name, path, sign) => {
    const { page } = session;
    await page.goto(testConsole.url(path()));
    await page.getByText(new RegExp(sign)).first().waitFor();
    await expect.poll(() => page.getByLabel('Loading', { exact: true }).count(), { timeout: 20_000 }).toBe(0);

    await saveScreenshot(page, `long-words-${name}-${width}`);

    expect(await horizontalOverflow(page), 'pixels wider than the window').toBeLessThanOrEqual(0);
  });

  it.each(DIALOGS)('the dialog of %s fits into the window', async (name, path, choice) => {
    const { page } = session;
    await page.goto(testConsole.url(path));
    if (choice) await page.getByRole('checkbox', { name: choice }).first().check();
    await page.getByRole('button', { name }).first().click();
    const dialog = page.getByRole('dialog');
    await dialog.waitFor();

    const box = await dialog.boundingBox();

    expect(box?.width).toBeLessThanOrEqual(width);
    const sideways = `(() => { const box = document.querySelector('dialog'); return box.scrollWidth - box.clientWidth; })()`;
    expect(await page.evaluate(sideways)).toBeLessThanOrEqual(0);
    await page.keyboard.press('Escape');
  });
});
