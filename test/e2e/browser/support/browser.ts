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

/** Folder of the screenshots, ignored by git. */
const SCREENSHOT_FOLDER = join(projectRoot, 'test/e2e/browser/screenshots');

/** Paths of Chromium on Debian and other distributions. */
const CHROMIUM_PATHS = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'];

/**
 * Starts the installed Chromium.
 *
 * @throws Error if there is none
 */
export function startBrowser(): Promise<Browser> {
  const executablePath = process.env.CHROMIUM ?? CHROMIUM_PATHS.find((path) => existsSync(path));
  if (!executablePath) {
    throw new Error(
      `There is no Chromium at ${CHROMIUM_PATHS.join(', ')}: apt-get install chromium, or say where by CHROMIUM`,
    );
  }
  // The sandbox does not work for root, the user in containers. The tests open only pages of this repository.
  const args = process.getuid?.() === 0 ? ['--no-sandbox'] : [];
  return chromium.launch({ executablePath, args, handleSIGTERM: false });
}

/** A browser context that is signed in to the console. */
export interface ConsoleSession {
  readonly context: BrowserContext;
  readonly page: Page;
  /** Script errors and violations of the content security policy, as reported by the browser. */
  readonly consoleErrors: readonly string[];
}

export interface OpenConsoleOptions extends BrowserContextOptions {
  readonly tenant: string;
  /** @defaultValue ADMIN and OWNER */
  readonly roles?: readonly Role[];
}

/** Opens a page of the console in a new browser context and signs in. */
export async function openConsole(
  browser: Browser,
  url: string,
  { tenant, roles, ...options }: OpenConsoleOptions,
): Promise<ConsoleSession> {
  const context = await browser.newContext({ timezoneId: 'Europe/Berlin', locale: 'en-GB', ...options });
  const page = await context.newPage();
  const consoleErrors: string[] = [];
  page.on('pageerror', (error) => consoleErrors.push(error.message));
  page.on('console', (message) => {
    if (message.type() === 'error') consoleErrors.push(message.text());
  });
  await page.goto(url);
  await signIn(page, tenant, roles);
  return { context, page, consoleErrors };
}

/** Submits the sign-in page of the local issuer and waits for the console. */
export async function signIn(page: Page, tenant: string, roles: readonly Role[] = ['ADMIN', 'OWNER']): Promise<void> {
  await page.getByLabel('Organization').fill(tenant);
  for (const box of await page.getByRole('checkbox').all()) {
    await box.setChecked(roles.includes((await box.getAttribute('value')) as Role));
  }
  await page.getByRole('button', { name: 'Sign in' }).click();
  await page.getByRole('navigation', { name: 'Pages' }).waitFor();
}

/**
 * Returns the accessibility violations that axe finds, one line each: rule, element, reason.
 *
 * Frames of other origins are not analyzed; the console has none. Without them, axe evaluates the results in the page
 * itself, which takes a quarter of the time that the additional page for cross-origin results takes.
 */
export async function accessibilityViolations(page: Page): Promise<readonly string[]> {
  const axe = new AxeBuilder({ page }).setLegacyMode().options({ resultTypes: ['violations'] });
  const { violations: found } = await axe.analyze();
  return found.flatMap(({ id, nodes }) =>
    nodes.map(({ target, failureSummary }) => `${id}: ${target.join(' ')}: ${failureSummary}`),
  );
}

/** Saves a screenshot of the whole page. */
export async function saveScreenshot(page: Page, name: string): Promise<void> {
  mkdirSync(SCREENSHOT_FOLDER, { recursive: true });
  await page.screenshot({ path: join(SCREENSHOT_FOLDER, `${name}.png`), fullPage: true });
}

/** Returns by how many pixels the page is wider than the window; 0 if there is no horizontal scrolling. */
export const horizontalOverflow = (page: Page): Promise<number> =>
  page.evaluate('document.documentElement.scrollWidth - innerWidth');

/** @returns whether an element has the focus */
export const isFocused = async (element: Locator): Promise<boolean> =>
  (await element.and(element.page().locator(':focus')).count()) === 1;
