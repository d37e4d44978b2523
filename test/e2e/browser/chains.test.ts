import type { Route } from 'playwright-core';
import { describe, expect, it } from 'vitest';
import type { RunTree } from '../../../functions/api/runner/run-tree.ts';
import { accessibilityViolations, horizontalOverflow } from './support/browser.ts';
import { useTestConsole } from './support/test-console.ts';

const testConsole = useTestConsole();

it('shows the chain of a run as runs follow, and leads from run to run', async () => {
  const { tenant, runner } = await testConsole.prepare();
  await runner.define({ id: 'load', script: 'echo' });
  await runner.define({ id: 'report', script: 'fail', after: { jobs: [{ job: 'load' }] } });
  await runner.define({ id: 'repair', script: 'echo', after: { jobs: [{ job: 'report', on: 'failure' }] } });
  const { run_id } = await runner.start('load');
  const { page, consoleErrors } = await testConsole.open(`/console/jobs/load/runs/${run_id}`, { tenant });
  const chain = page.getByRole('region', { name: 'Chain' });

  await chain.getByRole('link', { name: 'repair #1' }).waitFor();
  await expect
    .poll(async () => (await chain.getByRole('listitem').allInnerTexts())[2], { timeout: 20_000 })
    .toMatch(/^repair #1\s+Succeeded/);
  expect(await chain.getByRole('link').allInnerTexts()).toEqual(['report #1', 'repair #1']);
  expect(await accessibilityViolations(page)).toEqual([]);

  await chain.getByRole('link', { name: 'report #1' }).click();
  await page.getByRole('heading', { name: 'report #1' }).waitFor();
  await chain.getByRole('link', { name: 'load #1' }).waitFor();
  expect(await chain.locator('[aria-current]').innerText()).toBe('report #1');
  await page.getByRole('link', { name: 'a run of load' }).waitFor();
  expect(consoleErrors).toEqual([]);
});

it('shows no chain for a run that no other run started or follows', async () => {
  const { tenant, runner } = await testConsole.prepare();
  await runner.define({ id: 'alone', script: 'echo' });
  const { run_id } = await runner.start('alone');
  await runner.waitForEnd('alone', run_id);
  const session = await testConsole.open('/console/jobs', { tenant });
  const answered = session.page.waitForResponse((response) => response.url().endsWith('/tree'));
  await session.page.goto(testConsole.url(`/console/jobs/alone/runs/${run_id}`));
  expect((await answered).status()).toBe(200);
  await session.page.getByText('Definition of this run').waitFor();

  expect(await session.page.getByRole('region', { name: 'Chain' }).count()).toBe(0);
});

describe('the chain of jobs', () => {
  it('shows the jobs before and after a job, and leads from job to job', async () => {
    const { runner, open } = await testConsole.prepare('/console/jobs/load');
    await runner.define({ id: 'extract', script: 'echo' });
    await runner.define({ id: 'load', script: 'echo', after: { jobs: [{ job: 'extract', on: 'end' }] } });
    await runner.define({ id: 'report', script: 'echo', after: { jobs: [{ job: 'load' }] } });
    await runner.define({ id: 'alone', script: 'echo' });
    const { page, consoleErrors } = await open();
    const chain = page.getByRole('region', { name: 'Chain of jobs' });

    await chain.getByText('after any end of extract').waitFor();
    expect(await chain.getByRole('link').allInnerTexts()).toEqual(['extract', 'report']);
    expect(await accessibilityViolations(page)).toEqual([]);
    await page.setViewportSize({ width: 375, height: 800 });
    expect(await horizontalOverflow(page)).toBeLessThanOrEqual(0);
    await chain.getByRole('link', { name: 'report' }).click();
    await chain.getByText('after a success of load').waitFor();
    expect(await chain.locator('[aria-current]').innerText()).toBe('report');
    expect(await chain.getByRole('link').allInnerTexts()).toEqual(['extract', 'load']);

    const listed = page.waitForResponse((response) => new URL(response.url()).pathname === '/jobs');
    await page.goto(testConsole.url('/console/jobs/alone'));
    await listed;
    await page.getByText('No runs yet').waitFor();
    expect(await chain.count()).toBe(0);
    expect(consoleErrors).toEqual([]);
  });

  it('shows the first of many jobs until the user asks for all', async () => {
    const { runner, open } = await testConsole.prepare('/console/jobs/first');
    await runner.define({ id: 'first', script: 'echo' });
    for (let i = 0; i < 25; i++) {
      await runner.define({ id: `job-${i}`, script: 'echo', after: { jobs: [{ job: 'first' }] } });
    }
    const { page } = await open();
    const chain = page.getByRole('region', { name: 'Chain of jobs' });

    await chain.getByRole('button', { name: 'Show all 25' }).click();

    expect(await chain.getByRole('link').count()).toBe(25);
  });
});

describe('the chain of a run', () => {
  /** Replaces the chain of each run by one whose first run has the given children. */
  async function openWith(change: (run: RunTree['run']) => readonly RunTree[]) {
    const { tenant, runner } = await testConsole.prepare();
    await runner.define({ id: 'first', script: 'echo' });
    const { run_id } = await runner.start('first');
    await runner.waitForEnd('first', run_id);
    const session = await testConsole.open('/console', { tenant, viewport: { width: 375, height: 800 } });
    await session.page.route('**/tree', async (route) => {
      const response = await route.fetch();
      const tree = (await response.json()) as RunTree;
      await route.fulfill({ response, json: { ...tree, children: change(tree.run) } });
    });
    await session.page.goto(testConsole.url(`/console/jobs/first/runs/${run_id}`));
    return { ...session, chain: session.page.getByRole('region', { name: 'Chain' }) };
  }
  const follower = (run: RunTree['run'], i: number, status: RunTree['run']['status'] = 'ok'): RunTree['run'] => ({
    ...run,
    run_id: `${run.run_id}.${i}`,
    job_id: `follower-${i}`,
    status,
  });

  it('fits 500 runs after each other into a narrow window and names the run before a deep one', async () => {
    const { page, chain } = await openWith((run) => {
      let children: readonly RunTree[] = [];
      for (let i = 499; i > 0; i--) children = [{ run: follower(run, i), children }];
      return children;
    });

    await chain.getByRole('button', { name: 'Show all 494' }).click();
    await chain.getByRole('link', { name: 'follower-499 #1' }).waitFor();

    expect(await chain.getByRole('link').count()).toBe(499);
    await chain.getByText('after follower-498 #1').waitFor();
    expect(await horizontalOverflow(page)).toBeLessThanOrEqual(0);
    expect(await accessibilityViolations(page)).toEqual([]);
  });

  it('shows 20 of 200 runs after one, and the failed ones', async () => {
    const { page, chain } = await openWith((run) =>
      Array.from({ length: 200 }, (_, i) => ({ run: follower(run, i, i === 150 ? 'error' : 'ok'), children: [] })),
    );

    await chain.getByRole('link', { name: 'follower-150 #1' }).waitFor();
    expect(await chain.getByRole('link').count()).toBe(21);
    expect(await accessibilityViolations(page)).toEqual([]);
    await chain.getByRole('button', { name: 'Show all 200' }).press('Enter');

    expect(await chain.getByRole('link').count()).toBe(200);
    expect(await horizontalOverflow(page)).toBeLessThanOrEqual(0);
  });

  it('reports a failure to load, and loads again on request', async () => {
    const { tenant, runner } = await testConsole.prepare();
    await runner.define({ id: 'first', script: 'echo' });
    await runner.define({ id: 'second', script: 'echo', after: { jobs: [{ job: 'first' }] } });
    const { run_id } = await runner.start('first');
    await runner.waitForEnd('first', run_id);
    const { page } = await testConsole.open('/console', { tenant });
    const refuse = (route: Route) => route.fulfill({ status: 500, json: { error: 'Something failed' } });
    await page.route('**/tree', refuse);
    await page.goto(testConsole.url(`/console/jobs/first/runs/${run_id}`));
    const chain = page.getByRole('region', { name: 'Chain' });

    await chain.getByText('Something failed').waitFor();
    await page.unroute('**/tree', refuse);
    await chain.getByRole('button', { name: 'Try again' }).click();

    await chain.getByRole('link', { name: 'second #1' }).waitFor();
  });
});
