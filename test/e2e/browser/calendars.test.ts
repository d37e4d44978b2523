import { describe, expect, it } from 'vitest';
import { accessibilityViolations } from './support/browser.ts';
import { useTestConsole } from './support/test-console.ts';

const testConsole = useTestConsole();

const HOLIDAYS = [
  'BEGIN:VCALENDAR',
  'BEGIN:VEVENT',
  'DTSTART;VALUE=DATE:20261225',
  'DTEND;VALUE=DATE:20261227',
  'END:VEVENT',
  'END:VCALENDAR',
].join('\r\n');

const toFile = (text: string) => ({ name: 'holidays.ics', mimeType: 'text/calendar', buffer: Buffer.from(text) });

describe('calendars', () => {
  it('creates a calendar from pasted dates, which are shown in their months', async () => {
    const { runner, open } = await testConsole.prepare('/console/calendars');
    const { page, consoleErrors } = await open();
    await page.getByText('No calendars').waitFor();

    await page.getByRole('button', { name: 'Create calendar' }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByLabel('Name').fill('DE');
    await dialog.getByLabel('Dates').fill('2026-12-25, soon');
    await dialog.getByRole('button', { name: 'Create calendar' }).click();
    await dialog.getByText('Must be dates such as 2026-12-25, got "soon"').waitFor();
    await dialog.getByLabel('Dates').fill('2026-12-25, 2026-12-26\n2028-01-01');
    await dialog.getByRole('button', { name: 'Create calendar' }).click();
    await dialog.getByText(/must be 1–64 characters of a–z.*got "DE"/).waitFor();
    expect(await accessibilityViolations(page)).toEqual([]);
    await dialog.getByLabel('Name').fill('de');
    await dialog.getByRole('button', { name: 'Create calendar' }).click();

    await page.getByRole('heading', { name: 'de', exact: true }).waitFor();
    await page.getByRole('combobox', { name: 'Year' }).selectOption('2026');
    await page.getByRole('heading', { name: '2 dates in 2026' }).waitFor();
    const december = page.getByRole('table', { name: /^December/ });
    expect(await december.locator('mark').allTextContents()).toEqual(['25 in the calendar', '26 in the calendar']);
    await page.getByRole('button', { name: 'Next year' }).click();
    await page.getByRole('heading', { name: '0 dates in 2027' }).waitFor();
    expect(page.url()).toBe(testConsole.url('/console/calendars/de?year=2027'));
    expect(await accessibilityViolations(page)).toEqual([]);
    const { body } = await runner.api.get('/calendars/de');
    expect(body).toMatchObject({ calendar: { dates: ['2026-12-25', '2026-12-26', '2028-01-01'] } });
    expect(consoleErrors.filter((message) => !message.includes('400'))).toEqual([]);
  });

  it('imports an iCalendar file, whose errors name the line', async () => {
    const { runner, open } = await testConsole.prepare('/console/calendars/de');
    await runner.api.put('/calendars/de', { dates: ['2026-01-01'] });
    const { page } = await open();

    await page.getByRole('button', { name: 'Edit dates' }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByLabel('File').setInputFiles(toFile(HOLIDAYS.replace('20261225', '2026')));
    await dialog.getByRole('button', { name: 'Save dates' }).click();
    await dialog.getByText(/^line 3: /).waitFor();
    await dialog.getByLabel('File').setInputFiles(toFile(HOLIDAYS));
    await expect.poll(() => dialog.getByLabel('Dates').inputValue()).toContain('VALUE=DATE:20261225');
    await dialog.getByRole('button', { name: 'Save dates' }).click();
    await dialog.waitFor({ state: 'detached' });

    const { body } = await runner.api.get('/calendars/de');
    expect(body).toMatchObject({ calendar: { dates: ['2026-12-25', '2026-12-26'] } });
  });

  it('neither overwrites a calendar that another user changed nor creates one twice', async () => {
    const { runner, open } = await testConsole.prepare('/console/calendars/de');
    await runner.api.put('/calendars/de', { dates: ['2026-01-01'] });
    const { page } = await open();
    const dialog = page.getByRole('dialog');
    await page.getByRole('button', { name: 'Edit dates' }).click();
    await runner.api.put('/calendars/de', { dates: ['2026-05-01'] });

    await dialog.getByLabel('Dates').fill('2026-10-03');
    await dialog.getByRole('button', { name: 'Save dates' }).click();
    await dialog.getByText(/Another user changed the calendar/).waitFor();
    await page.keyboard.press('Escape');
    await page.getByRole('button', { name: 'Discard changes' }).click();
    await page.getByRole('link', { name: 'Calendars' }).first().click();
    await page.getByRole('button', { name: 'Create calendar' }).click();
    await dialog.getByLabel('Name').fill('de');
    await dialog.getByRole('button', { name: 'Create calendar' }).click();
    await dialog.getByText(/'de' exists/).waitFor();

    const { body } = await runner.api.get('/calendars/de');
    expect(body).toMatchObject({ calendar: { dates: ['2026-05-01'] } });
  });

  it('deletes a calendar that no job names; until then the page names the jobs', async () => {
    const { runner, open } = await testConsole.prepare('/console/calendars/de');
    await runner.api.put('/calendars/de', { dates: ['2026-01-01'] });
    await runner.define({ id: 'nightly', script: 'echo', schedule: '@daily', exclude_calendars: ['de'] });
    const { page } = await open();
    const remove = page.getByRole('button', { name: 'Delete calendar' });

    await remove.click();
    const inUse = page.getByRole('dialog', { name: 'de is in use' });
    await inUse.getByRole('link', { name: 'nightly' }).waitFor();
    expect(await accessibilityViolations(page)).toEqual([]);
    await inUse.getByRole('button', { name: 'Close', exact: true }).last().click();
    await runner.api.patch('/jobs/nightly', { exclude_calendars: [] });
    await page.reload();
    await remove.click();
    await runner.api.patch('/jobs/nightly', { require_calendars: ['de'] });
    await page.getByRole('dialog').getByRole('button', { name: 'Delete calendar' }).click();
    await inUse.waitFor();
    await inUse.getByRole('button', { name: 'Close', exact: true }).last().click();
    await runner.api.patch('/jobs/nightly', { require_calendars: [] });
    await page.reload();
    await remove.click();
    await page.getByRole('dialog').getByRole('button', { name: 'Delete calendar' }).click();

    await page.getByText('No calendars').waitFor();
    expect((await runner.api.get('/calendars/de')).status).toBe(404);
  });

  it('shows a member no controls that change a calendar', async () => {
    const { runner, open } = await testConsole.prepare('/console/calendars/de', { roles: ['MEMBER'] });
    await runner.api.put('/calendars/de', { dates: ['2026-01-01'] });
    const { page } = await open();

    await page.getByRole('heading', { name: 'de', exact: true }).waitFor();

    expect(await page.getByRole('button', { name: /Edit dates|Delete calendar/ }).count()).toBe(0);
  });
});
