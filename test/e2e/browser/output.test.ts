import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { accessibilityViolations, saveScreenshot } from './support/browser.ts';
import { useTestConsole } from './support/test-console.ts';

const testConsole = useTestConsole();

/** Opens the page of a run with the given output. */
async function open(stdout: string, colorScheme: 'light' | 'dark' = 'light') {
  const { tenant, runner } = await testConsole.prepare();
  await runner.define({ id: 'talk', name: 'Talk', script: 'echo' });
  const { run_id: id } = await runner.start('talk');
  await runner.waitForEnd('talk', id);
  const path = `/jobs/talk/runs/${id}`;
  const { body } = await runner.api.get<{ run: object }>(path);
  const session = await testConsole.open('/console', { tenant, colorScheme, acceptDownloads: true });
  await session.page.route(`**${path}?*`, (route) => route.fulfill({ json: { run: { ...body.run, stdout } } }));
  await session.page.route(`**${path}`, (route) => route.fulfill({ json: { run: { ...body.run, stdout } } }));
  await session.page.getByRole('link', { name: 'Talk' }).click();
  await session.page.getByRole('link', { name: '#1', exact: true }).click();
  const output = session.page.getByRole('region', { name: 'Output', exact: true });
  await output.waitFor();
  return { ...session, output, text: output.getByRole('region') };
}

describe('RunOutput', () => {
  it('shows the end of a long text first, and reads and searches it to the beginning', async () => {
    const lines = Array.from({ length: 60_000 }, (_, i) => `line ${i + 1} of the sync`);
    const { page, output, text, consoleErrors } = await open(`${lines.join('\n')}\n`);

    await output.getByText('Lines 59,001–60,000').waitFor();
    expect(await text.innerText()).toMatch(/^line 59001 of the sync\n[\s\S]*\nline 60000 of the sync$/);
    await output.getByRole('button', { name: 'Earlier lines' }).click();
    await output.getByText('Lines 58,001–59,000').waitFor();
    await output.getByRole('button', { name: 'First lines' }).click();
    expect((await text.innerText()).startsWith('line 1 of the sync\n')).toBe(true);

    await output.getByRole('searchbox', { name: 'Search Output' }).fill('LINE 3000');
    await output.getByText('11 of 11 lines').waitFor();
    await output.getByText('line 30009 of the sync').waitFor();
    await output.getByRole('button', { name: 'Next match' }).click();
    await output.getByText('1 of 11 lines').waitFor();
    expect(await text.locator('.current').innerText()).toBe('line 3000 of the sync');
    expect(await accessibilityViolations(page)).toEqual([]);
    await output.getByRole('searchbox').press('Shift+Enter');
    expect(await text.locator('.current mark').innerText()).toBe('line 3000');
    expect(consoleErrors).toEqual([]);
  });

  it.each(['light', 'dark'] as const)(
    'shows terminal colors in %s mode, wraps lines optionally and downloads the whole text',
    async (scheme) => {
      const colors = Array.from({ length: 16 }, (_, i) => `\u001b[38;5;${i}mcolor ${i}\u001b[0m`).join('\n');
      const stdout = `${colors}\n\u001b[1;41mfailed\u001b[0m <b>not bold</b> ${'wide '.repeat(400)}\nend\n`;
      const { page, output, text } = await open(stdout, scheme);

      expect(await text.locator('.ansi-1').innerText()).toBe('color 1');
      expect(await text.locator('.ansi-bold.ansi-on-1').innerText()).toBe('failed');
      expect(await text.innerText()).toContain('failed <b>not bold</b> wide');
      expect(await accessibilityViolations(page)).toEqual([]);
      await saveScreenshot(page, `output-${scheme}`);
      const overflows = () =>
        page.evaluate<boolean>(
          'document.querySelector(".output").scrollWidth > document.querySelector(".output").clientWidth',
        );
      expect(await overflows()).toBe(false);
      await output.getByRole('checkbox', { name: 'Wrap lines' }).uncheck();
      expect(await overflows()).toBe(true);

      const download = page.waitForEvent('download');
      await output.getByRole('button', { name: 'Download' }).click();
      const file = await download;
      expect(file.suggestedFilename()).toBe('talk-1-stdout.log');
      expect(readFileSync(await file.path(), 'utf8')).toBe(stdout);
    },
  );

  it('shows no escape sequence in the list of runs', async () => {
    const { tenant, runner } = await testConsole.prepare();
    await runner.define({ id: 'talk', name: 'Talk', script: 'echo', args: ['\u001b[31mall is lost\u001b[0m'] });
    await runner.trigger('talk');
    const { page } = await testConsole.open('/console/jobs/talk', { tenant });

    await page.getByRole('link', { name: '#1', exact: true }).waitFor();

    expect(await page.locator('.cell-message').first().textContent()).toBe('all is lost');
  });

  it('truncates a line of one megabyte', async () => {
    const { output, text } = await open('x'.repeat(1_000_000));

    await output.getByText('990,000 more characters (download to view)').waitFor();
    expect((await text.innerText()).length).toBeLessThan(11_000);
  });
});
