import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { AxeBuilder } from '@axe-core/playwright';
import {
  type Browser,
  type BrowserContext,
  type BrowserContextOptions,
  chromium,
  type Locator,
  type Page,
} from 'playwright-core';
import type { Role } from '../../../../functions/core/domain/access.ts';
import { projectRoot } from '../../../../lib/project-root.ts';

/** Where pictures go, for people to look at; git ignores it. */
const SCREENSHOT_FOLDER = join(projectRoot, 'test/e2e/browser/screenshots');

/** Debian's names for it, and what others install it as. */
const CHROMIUM_PATHS = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'];

/**
 * Starts the machine's own Chromium.
 *
 * @throws Error when there is none
 */
export function startBrowser(): Promise<Browser> {
  const executablePath = process.env.CHROMIUM ?? CHROMIUM_PATHS.find((path) => existsSync(path));
  if (!executablePath) {
    throw new Error(
      `There is no Chromium at ${CHROMIUM_PATHS.join(', ')}: apt-get install chromium, or say where by CHROMIUM`,
    );
  }
  // Its sandbox does not work for root, whom containers run as; it opens nothing but our own pages here.
  return chromium.launch({ executablePath, args: process.getuid?.() === 0 ? ['--no-sandbox'] : [] });
}

/** Somebody in front of a browser of their own. */
export interface ConsoleSession {
  readonly context: BrowserContext;
  readonly page: Page;
  /** What the browser complained about so far: errors of scripts, violations of the content security policy. */
  readonly complaints: readonly string[];
}

export interface OpenConsoleOptions extends BrowserContextOptions {
  readonly tenant: string;
  /** @default ADMIN and OWNER */
  readonly roles?: readonly Role[];
}

/** Opens a page of the console as somebody who signs in on the way. */
export async function openConsole(
  browser: Browser,
  url: string,
  { tenant, roles, ...options }: OpenConsoleOptions,
): Promise<ConsoleSession> {
  const context = await browser.newContext({ timezoneId: 'Europe/Berlin', locale: 'en-GB', ...options });
  const page = await context.newPage();
  const complaints: string[] = [];
  page.on('pageerror', (error) => complaints.push(error.message));
  page.on('console', (message) => {
    if (message.type() === 'error') complaints.push(message.text());
  });
  await page.goto(url);
  await signIn(page, tenant, roles);
  return { context, page, complaints };
}

/** Fills in the sign-in page of the local issuer, and waits for the console. */
export async function signIn(page: Page, tenant: string, roles: readonly Role[] = ['ADMIN', 'OWNER']): Promise<void> {
  await page.getByLabel('Organization').fill(tenant);
  for (const box of await page.getByRole('checkbox').all()) {
    await box.setChecked(roles.includes((await box.getAttribute('value')) as Role));
  }
  await page.getByRole('button', { name: 'Sign in' }).click();
  await page.getByRole('navigation', { name: 'Pages' }).waitFor();
}

/** What axe finds wrong with the page as it is, in a line each: rule, element, why. */
export async function accessibilityViolations(page: Page): Promise<readonly string[]> {
  const { violations: found } = await new AxeBuilder({ page }).analyze();
  return found.flatMap(({ id, nodes }) =>
    nodes.map(({ target, failureSummary }) => `${id}: ${target.join(' ')}: ${failureSummary}`),
  );
}

/** Takes a picture of the whole page. */
export async function saveScreenshot(page: Page, name: string): Promise<void> {
  mkdirSync(SCREENSHOT_FOLDER, { recursive: true });
  await page.screenshot({ path: join(SCREENSHOT_FOLDER, `${name}.png`), fullPage: true });
}

/** By how much the page is wider than the window: 0 when nothing has to be scrolled sideways. */
export const horizontalOverflow = (page: Page): Promise<number> =>
  page.evaluate('document.documentElement.scrollWidth - innerWidth');

/** Returns whether an element has the focus. */
export const isFocused = async (element: Locator): Promise<boolean> =>
  (await element.and(element.page().locator(':focus')).count()) === 1;
