import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  accessibilityViolations,
  type ConsoleSession,
  horizontalOverflow,
  openConsole,
  saveScreenshot,
} from './browser.ts';
import { type ExampleTenant, shareExampleTenant } from './example-tenant.ts';
import { useTestConsole } from './test-console.ts';

type Runs = ExampleTenant['runs'];

/** Pages by name, with a text that shows when the page is loaded. */
const PAGES: readonly (readonly [name: string, path: (runs: Runs) => string, sign: string])[] = [
  ['integrations', () => '/settings/integrations', 'error threshold: 2'],
  ['jobs', () => '/console', 'Slow report'],
  ['job', () => '/console/jobs/sync', 'exit code 3'],
  ['run', (runs) => `/console/jobs/sync/runs/${runs.failed}`, 'Definition of this run'],
  ['chain', (runs) => `/console/jobs/sync/runs/${runs.failed}`, 'repair #1'],
  ['live-run', (runs) => `/console/jobs/slow/runs/${runs.slow}`, 'sleeping for 840 s'],
  ['flow-run', (runs) => `/console/jobs/flow/runs/${runs.flow}`, 'Bytes in'],
  ['flow-output', (runs) => `/console/jobs/flow/runs/${runs.flow}?view=output`, 'Emitted'],
  ['flow-errors', (runs) => `/console/jobs/flow/runs/${runs.flow}?view=errors`, 'Failed record'],
  ['flow-log', (runs) => `/console/jobs/flow/runs/${runs.flow}?view=log`, 'begins'],
  ['flow-checkpoints', (runs) => `/console/jobs/stream/runs/${runs.stream}?view=checkpoints`, 'on request'],
  ['new-flow', () => '/console/new-flow', 'The definition is valid'],
  ['new-job', () => '/console/new', 'Time zone'],
  ['edit-job', () => '/console/jobs/sync/edit', 'Next five fires'],
  ['backfills', () => '/console/jobs/off', 'of 31 runs ended'],
  ['edit-schedules', () => '/console/jobs/several/edit', 'Use one schedule'],
  ['job-with-schedules', () => '/console/jobs/several', '{"full":true}'],
  ['activity', () => '/console/activity', 'exit code 3'],
  ['failures', () => '/console/failures', 'exit code 3'],
  ['calendars', () => '/console/calendars', 'no future dates'],
  ['calendar', () => '/console/calendars/de-by?year=2026', '3 dates in 2026'],
  ['usage', () => '/console/usage', 'Download CSV'],
  ['usage-by-month', () => '/console/usage?group=month', 'Download CSV'],
  ['access', () => '/console/access', 'erp.token'],
  ['audit', () => '/console/audit', 'Create API key'],
  ['no-page', () => '/console/nowhere', 'There is no page at this URL'],
  ['not-found', () => '/console/jobs/none', 'Not found'],
];

/**
 * Dialogs: the button that opens it, its page, a text that shows when it is open, and the checkbox to select before.
 */
const DIALOGS: readonly (readonly [
  button: string,
  path: (runs: Runs) => string,
  sign: string,
  choice: string | null,
])[] = [
  ['Create API key', () => '/console/access', 'Create key', null],
  ['Create secret', () => '/console/access', 'Save secret', null],
  ['Create hook', () => '/console/access', 'Signature', null],
  ['New URL of the hook of flow', () => '/console/access', 'Create URL', null],
  ['Revoke nightly sync', () => '/console/access', 'Revoke key', null],
  ['Create calendar', () => '/console/calendars', 'Replaces the text above', null],
  ['Edit dates', () => '/console/calendars/de-by', 'Save dates', null],
  ['Delete calendar', () => '/console/calendars/de-by', 'Remove it from these jobs', null],
  ['Pause until…', () => '/console/jobs/sync', 'Pause schedule', null],
  ['Start backfill', () => '/console/jobs/sync', 'Concurrency', null],
  ['Stop', (runs) => `/console/jobs/stream/runs/${runs.stream}`, 'Timeout', null],
  ['Restart', (runs) => `/console/jobs/halted/runs/${runs.halted}`, 'Parallelism', null],
  ['Retry…', () => '/console/failures', 'will be started', 'Select the run'],
  ['Acknowledge…', () => '/console/failures', 'Note', 'Select the run'],
];

/** Tests every page and dialog of the console in one of its two color schemes. */
export function describeAppearance(colorScheme: 'light' | 'dark'): void {
  const testConsole = useTestConsole();
  let example: ExampleTenant;
  beforeAll(async () => {
    example = await shareExampleTenant(testConsole.system);
  });

  /** Provides a session that the tests of the enclosing `describe` share. */
  function useSession(width: number): { readonly current: ConsoleSession } {
    let session: ConsoleSession;
    beforeAll(async () => {
      session = await openConsole(testConsole.browser, testConsole.url('/console'), {
        tenant: example.tenant,
        colorScheme,
        viewport: { width, height: 800 },
        // The contrast differs during transitions.
        reducedMotion: 'reduce',
      });
    });
    afterAll(() => session?.context.close());
    return {
      get current() {
        return session;
      },
    };
  }

  describe.each([1280, 360])(`in ${colorScheme} colors, %i px wide`, (width) => {
    const session = useSession(width);

    it.each(PAGES)('shows %s accessibly and without horizontal scrolling', async (name, path, sign) => {
      const { page, consoleErrors } = session.current;
      const before = consoleErrors.length;

      await page.goto(testConsole.url(path(example.runs)));
      await page.getByText(sign).first().waitFor();
      await waitUntilLoaded(page);

      await saveScreenshot(page, `${name}-${colorScheme}-${width}`);
      expect(await horizontalOverflow(page), 'pixels wider than the window').toBeLessThanOrEqual(0);
      expect(await accessibilityViolations(page)).toEqual([]);
      // The browser logs the 404 of a missing page.
      expect(consoleErrors.slice(before).filter((message) => !message.includes('404'))).toEqual([]);
    });
  });

  describe(`in ${colorScheme} colors`, () => {
    const session = useSession(1280);

    it('shows the sign-in, a denied page and an empty list accessibly', async () => {
      const page = await testConsole.newPage({ colorScheme, viewport: { width: 360, height: 800 } });
      await page.goto(testConsole.url('/console'));
      await page.getByLabel('Organization').waitFor();
      await saveScreenshot(page, `sign-in-${colorScheme}-360`);
      expect(await accessibilityViolations(page)).toEqual([]);

      const viewport = { width: 1280, height: 800 };
      const viewer = await testConsole.open('/settings/integrations', {
        tenant: example.tenant,
        roles: ['MEMBER'],
        colorScheme,
        viewport,
      });
      await viewer.page.getByText('do not have access').waitFor();
      await saveScreenshot(viewer.page, `refused-${colorScheme}-1280`);
      expect(await accessibilityViolations(viewer.page)).toEqual([]);

      const newcomer = await testConsole.open('/console', { colorScheme, viewport });
      await newcomer.page.getByText('No jobs yet').waitFor();
      await saveScreenshot(newcomer.page, `empty-${colorScheme}-1280`);
      expect(await accessibilityViolations(newcomer.page)).toEqual([]);
    });

    it.each(DIALOGS)('shows the dialog of %s accessibly', async (name, path, sign, choice) => {
      const { page } = session.current;
      await page.goto(testConsole.url(path(example.runs)));
      if (choice) await page.getByRole('checkbox', { name: choice }).check();
      await page.getByRole('button', { name }).click();
      await page.getByRole('dialog').getByText(sign).first().waitFor();

      await saveScreenshot(page, `dialog-${name.toLowerCase().replace('…', '').replaceAll(' ', '-')}-${colorScheme}`);
      expect(await accessibilityViolations(page)).toEqual([]);
      await page.keyboard.press('Escape');
      await page.getByRole('dialog').waitFor({ state: 'detached' });
    });
  });
}

/** Waits until no placeholder is left. */
const waitUntilLoaded = (page: Page): Promise<void> =>
  expect.poll(() => page.getByLabel('Loading', { exact: true }).count(), { timeout: 20_000 }).toBe(0);
