import { expect, it } from 'vitest';
import { accessibilityViolations } from './support/browser.ts';
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
