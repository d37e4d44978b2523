import { expect, it } from 'vitest';
import { accessibilityViolations } from './support/browser.ts';
import { useTestConsole } from './support/test-console.ts';

const testConsole = useTestConsole();

it('starts a backfill, whose errors are shown at their fields, and shows its progress to the end', async () => {
  const { runner, open } = await testConsole.prepare('/console/jobs/nightly');
  await runner.define({ id: 'nightly', script: 'echo', schedule: '0 3 * * *' });
  const { page } = await open();
  await page.getByText('A backfill runs the job for the past times of its schedule.').waitFor();

  await page.getByRole('button', { name: 'Start backfill' }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByLabel('From').fill('2026-03-01T00:00:00Z');
  await dialog.getByLabel('To', { exact: true }).fill('tomorrow');
  await dialog.getByLabel('Note').fill('after the outage');
  await dialog.getByRole('button', { name: 'Start backfill' }).click();
  await dialog.getByText(/ISO 8601.*got "tomorrow"/).waitFor();
  expect(await accessibilityViolations(page)).toEqual([]);
  await dialog.getByLabel('To', { exact: true }).fill('2026-03-04T00:00:00Z');
  await dialog.getByRole('button', { name: 'Start backfill' }).click();
  await dialog.waitFor({ state: 'detached' });

  const row = page.getByRole('row', { name: /after the outage/ });
  await row.getByText('3 of 3 runs ended').waitFor();
  await row.getByText('Completed').waitFor();
  const { runs } = (await runner.api.get('/jobs/nightly/runs')).body as { runs: { scheduled_at: string }[] };
  expect(runs.map((run) => run.scheduled_at).toSorted()).toEqual(
    [1, 2, 3].map((day) => `2026-03-0${day}T03:00:00.000Z`),
  );
});

it('pauses, resumes and cancels a backfill', async () => {
  const { runner, open } = await testConsole.prepare('/console/jobs/slow');
  await runner.define({ id: 'slow', script: 'sleep', args: ['300'], schedule: '0 3 * * *' });
  await runner.api.post('/jobs/slow/backfills', { from: '2026-03-01T00:00:00Z', to: '2026-03-04T00:00:00Z' });
  const { page } = await open();
  const row = page
    .getByRole('table', { name: /^Backfills/ })
    .getByRole('row')
    .nth(1);
  await row.getByText('0 of 3 runs ended, 1 active').waitFor();

  await row.getByRole('button', { name: 'Pause the backfill' }).click();
  await row.getByText('Paused').waitFor();
  await row.getByRole('button', { name: 'Resume the backfill' }).click();
  await row.getByText('Running').waitFor();
  await row.getByRole('button', { name: 'Cancel the backfill' }).click();
  await page.getByRole('button', { name: 'Cancel backfill' }).click();

  await row.getByText('Canceled', { exact: true }).waitFor();
  await row.getByText('1 of 3 runs ended, 1 canceled').waitFor();
  expect(await row.getByRole('button').count()).toBe(0);
});

it('shows backfills to a member without the means to change them', async () => {
  const { tenant, runner } = await testConsole.prepare();
  await runner.define({ id: 'slow', script: 'sleep', args: ['300'], schedule: '0 3 * * *' });
  await runner.api.post('/jobs/slow/backfills', { from: '2026-03-01T00:00:00Z', to: '2026-03-02T00:00:00Z' });
  const { page } = await testConsole.open('/console/jobs/slow', { tenant, roles: ['MEMBER'] });

  await page.getByText('0 of 1 run ended, 1 active').waitFor();

  expect(await page.getByRole('button', { name: /backfill/ }).count()).toBe(0);
});
