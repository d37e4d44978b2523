import type { Browser, BrowserContext, BrowserContextOptions, Page } from 'playwright-core';
import { afterAll, beforeAll, onTestFinished } from 'vitest';
import { pipelinesClient } from '../../../helpers/clients/pipelines.ts';
import { runnerClient } from '../../../helpers/clients/runner.ts';
import { shareTestSystem } from '../../../helpers/system/shared-system.ts';
import { freshTenant, type TestSystem } from '../../../helpers/system/test-system.ts';
import { onWorkerEnd } from '../../../helpers/system/worker-end.ts';
import { type ConsoleSession, type OpenConsoleOptions, openConsole, startBrowser } from './browser.ts';

type OpenOptions = Partial<OpenConsoleOptions>;

/**
 * A local system and a browser, which the test files of a worker process share. Contexts that a test opens are closed
 * when the test ends.
 */
export interface TestConsole {
  readonly system: TestSystem;
  readonly browser: Browser;
  /** Returns the absolute URL of a path. */
  url(path: string): string;
  /** Opens a path in a new browser context and signs in, by default as an administrator of a new tenant. */
  open(path: string, options?: OpenOptions): Promise<ConsoleSession>;
  /** Opens an empty page in a new browser context without a session. */
  newPage(options?: BrowserContextOptions): Promise<Page>;
  /** Returns API clients of a new tenant, and a function that opens a path as a user of that tenant. */
  prepare(path?: string, options?: OpenOptions): Promise<PreparedTenant>;
}

export interface PreparedTenant {
  readonly tenant: string;
  readonly runner: ReturnType<typeof runnerClient>;
  readonly pipelines: ReturnType<typeof pipelinesClient>;
  readonly open: () => Promise<ConsoleSession>;
}

let sharedBrowser: Promise<Browser> | undefined;

function shareBrowser(): Promise<Browser> {
  if (!sharedBrowser) {
    const starting = startBrowser();
    sharedBrowser = starting;
    onWorkerEnd(async () => (await starting).close());
  }
  return sharedBrowser;
}

/** Provides a local system and a browser, and starts both before the tests of the worker's first file. */
export function useTestConsole(): TestConsole {
  let system: TestSystem;
  let browser: Browser;
  beforeAll(async () => {
    [system, browser] = await Promise.all([shareTestSystem(), shareBrowser()]);
  });
  afterAll(() => system?.stop());

  const url = (path: string) => system.url + path;
  const open = async (path: string, { tenant = freshTenant(), ...options }: OpenOptions = {}) => {
    const session = await openConsole(browser, url(path), { tenant, ...options });
    onTestFinished(() => closeContext(session.context));
    return session;
  };
  return {
    get system() {
      return system;
    },
    get browser() {
      return browser;
    },
    url,
    open,
    async newPage(options) {
      const context = await browser.newContext(options);
      onTestFinished(() => closeContext(context));
      return context.newPage();
    },
    async prepare(path = '/console', options = {}) {
      const tenant = freshTenant();
      const api = await system.as(tenant);
      return {
        tenant,
        runner: runnerClient(api),
        pipelines: pipelinesClient(api),
        open: () => open(path, { tenant, ...options }),
      };
    },
  };
}

/** Closes a context, while requests that the test intercepts may be in flight. */
async function closeContext(context: BrowserContext): Promise<void> {
  for (const page of context.pages()) await page.unrouteAll({ behavior: 'ignoreErrors' });
  await context.close();
}
