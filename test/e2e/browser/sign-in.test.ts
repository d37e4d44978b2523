import { describe, expect, it } from 'vitest';
import { freshTenant } from '../../helpers/system/test-system.ts';
import { openConsole, signIn } from './support/browser.ts';
import { useTestConsole } from './support/test-console.ts';

const testConsole = useTestConsole();

const at = (path: string) => testConsole.url(path);

describe('the sign-in', () => {
  it('returns to the requested URL', async () => {
    const tenant = freshTenant();

    const { page } = await testConsole.open('/console/activity?period=6h', { tenant });

    await page.getByRole('heading', { name: 'Activity' }).waitFor();
    expect(page.url()).toBe(at('/console/activity?period=6h'));
    expect(await page.getByRole('banner').textContent()).toContain(tenant);
  });

  it('stores no token and does not ask again after a reload', async () => {
    const { page } = await testConsole.open('/console');

    const stored = await page.evaluate<string>('JSON.stringify([{ ...localStorage }, { ...sessionStorage }])');
    await page.reload();

    expect(stored).toBe('[{},{}]');
    await page.getByText('No jobs yet').waitFor();
  });

  it('renews the token when the API rejects it', async () => {
    const { page } = await testConsole.open('/console');
    await page.getByText('No jobs yet').waitFor();
    let refused = 0;
    await page.route('**/jobs', async (route) => {
      refused += 1;
      return refused === 1 ? route.fulfill({ status: 401, json: { error: 'expired' } }) : route.continue();
    });
    const asked = page.waitForRequest((request) => request.url().endsWith('/.issuer/token'));

    expect((await asked).postData()).toContain('grant_type=refresh_token');
    await page.waitForResponse((response) => response.url() === at('/jobs') && response.ok());
    await page.getByText('No jobs yet').waitFor();
  });

  it('renews the token before it expires', async () => {
    const page = await testConsole.newPage();
    const grants: string[] = [];
    await page.route('**/.issuer/token', async (route) => {
      const grant = new URLSearchParams(route.request().postData() ?? '').get('grant_type') ?? '';
      const response = await route.fetch();
      const life = grant === 'authorization_code' ? 61 : 3_600;
      await route.fulfill({ response, json: { ...(await response.json()), expires_in: life } });
      grants.push(grant);
    });
    await page.goto(at('/console'));

    await signIn(page, freshTenant());

    await expect.poll(() => grants, { timeout: 15_000 }).toEqual(['authorization_code', 'refresh_token']);
  });

  it('works under the host name localhost', async () => {
    const local = testConsole.url('').replace('127.0.0.1', 'localhost');

    const { page, consoleErrors } = await openConsole(testConsole.browser, `${local}/console`, {
      tenant: freshTenant(),
    });

    await page.getByText('No jobs yet').waitFor();
    expect(page.url()).toBe(`${local}/console`);
    expect(consoleErrors).toEqual([]);
  });

  it('asks for the user again after signing out', async () => {
    const { page } = await testConsole.open('/console');

    await page.getByRole('button', { name: 'Sign out' }).click();
    await page.getByRole('heading', { name: 'You are signed out' }).waitFor();
    await page.getByRole('button', { name: 'Sign in' }).click();

    await page.getByLabel('Organization').waitFor();
  });

  it('shows the error of the issuer', async () => {
    const page = await testConsole.newPage();
    await page.route('**/.issuer/token', (route) => route.fulfill({ status: 400, json: { error: 'invalid_grant' } }));
    await page.goto(at('/console'));
    await page.getByRole('button', { name: 'Sign in' }).click();

    await page.getByRole('heading', { name: 'Sign-in failed' }).waitFor();
    expect(await page.getByRole('alert').textContent()).toContain('400');
  });
});

describe('a user with read-only access', () => {
  it('sees an explanation on restricted pages and no actions elsewhere', async () => {
    const tenant = freshTenant();
    const owner = await testConsole.system.as(tenant);
    await owner.post('/jobs', { id: 'report', name: 'Report', script: 'echo' });

    const { page } = await testConsole.open('/settings/integrations', { tenant, roles: ['MEMBER'] });

    await page.getByText('You do not have access to this page').waitFor();
    expect(await page.getByRole('main').textContent()).toContain('OWNER, ADMIN or MANAGER');
    await page.goto(at('/console'));
    await page.getByRole('link', { name: 'Report' }).waitFor();
    expect(await page.getByRole('main').getByRole('button').count()).toBe(0);
    expect(await page.getByRole('link', { name: /New job|Keys/ }).count()).toBe(0);
    for (const path of ['/console/access', '/console/new']) {
      await page.goto(at(path));
      await page.getByText('You do not have access to this page').waitFor();
    }
  });
});

describe('the menu', () => {
  it.each([
    ['MEMBER', ['Jobs', 'Activity', 'Failures', 'Calendars', 'Usage']],
    ['OPERATOR', ['Jobs', 'Activity', 'Failures', 'Calendars', 'Usage']],
    ['super_admin', ['Jobs', 'Activity', 'Failures', 'Calendars', 'Usage']],
    ['MANAGER', ['Integrations', 'Jobs', 'Activity', 'Failures', 'Calendars', 'Usage']],
    ['OWNER', ['Integrations', 'Jobs', 'Activity', 'Failures', 'Calendars', 'Usage', 'Keys & secrets', 'Audit trail']],
  ] as const)('shows %s only the pages that the role permits', async (role, names) => {
    const { page } = await testConsole.open('/', { roles: [role] });
    const entries = page.getByRole('navigation', { name: 'Pages' }).getByRole('link');

    expect(await entries.allInnerTexts()).toEqual(names);
    await page.getByText('No jobs yet').waitFor();
    for (const [i, name] of names.entries()) {
      await entries.nth(i).click();
      await page.getByRole('heading', { level: 1, name }).waitFor();
      expect(await page.getByText('You do not have access to this page').count()).toBe(0);
    }
  });
});

describe('two tenants at the same time', () => {
  it('see only their own data', async () => {
    const [acme, globex] = [freshTenant('acme'), freshTenant('globex')];
    for (const tenant of [acme, globex]) {
      const api = await testConsole.system.as(tenant);
      await api.post('/jobs', { id: 'payroll', name: `Payroll of ${tenant}`, script: 'echo', args: [tenant] });
      await api.post('/jobs/payroll/run');
    }
    const sessions = await Promise.all([acme, globex].map((tenant) => testConsole.open('/console', { tenant })));

    for (const [i, { page }] of sessions.entries()) {
      const [own, other] = i === 0 ? [acme, globex] : [globex, acme];
      await page.getByRole('link', { name: `Payroll of ${own}` }).click();
      await page.getByText(own, { exact: true }).first().waitFor();
      await page.getByRole('link', { name: '#1', exact: true }).click();
      await page.getByRole('region', { name: 'Output' }).last().waitFor();
      const shown = await page.content();
      expect(shown).toContain(own);
      expect(shown).not.toContain(other);
    }
    const [first, second] = sessions;
    const foreign = first?.page.url() ?? '';
    await second?.page.goto(foreign);
    await second?.page.getByRole('heading', { name: 'Not found' }).waitFor();
  });
});
