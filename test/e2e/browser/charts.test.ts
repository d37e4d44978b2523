import type { Page } from 'playwright-core';
import { describe, expect, it } from 'vitest';
import { useTestConsole } from './support/test-console.ts';

const testConsole = useTestConsole();

const SLOT_MS = 900_000;
const SLOTS = 97;
const NOTHING = { pending: 0, running: 0, ok: 0, failed: 0, canceled: 0 };

/** Returns the slots of the last 24 hours; `newest` are the counts of the last slot. */
function slotsOf(newest: object) {
  const last = Math.floor(Date.now() / SLOT_MS) * SLOT_MS;
  return Array.from({ length: SLOTS }, (_, i) => ({
    start: new Date(last - (SLOTS - 1 - i) * SLOT_MS).toISOString(),
    ...NOTHING,
    ...(i === SLOTS - 1 && newest),
  }));
}

/** Opens the Activity page for 24 hours with these counts in the newest slot. */
async function openActivity(newest: object) {
  const session = await testConsole.open('/console/jobs');
  const { page } = session;
  await page.route('**/runs/activity?*', (route) =>
    route.fulfill({ json: { slot_seconds: SLOT_MS / 1_000, slots: slotsOf(newest) } }),
  );
  await page.goto(testConsole.url('/console/activity?period=24h'));
  await page.getByRole('img', { name: /^Runs over time/ }).waitFor();
  return session;
}

/** Returns the counts of the legend in its order: done, failed, canceled, queued or running. */
const legendOf = async (page: Page): Promise<string> =>
  (await page.locator('.chart .legend').allInnerTexts()).join(', ').replaceAll(/\s+/g, ' ');

/** Returns the number of pixels in the color of a custom property, for each column of the chart's canvas. */
const columnsOf = (page: Page, property: string): Promise<readonly number[]> =>
  page.evaluate<number[]>(`(() => {
    const canvas = document.querySelector('.chart canvas');
    canvas.style.color = 'var(${property})';
    const [r, g, b] = getComputedStyle(canvas).color.match(/\\d+/g).map(Number);
    const { width, height } = canvas;
    const { data } = canvas.getContext('2d').getImageData(0, 0, width, height);
    const columns = new Array(width).fill(0);
    for (let i = 0; i < data.length; i += 4) {
      const isNear = [r, g, b].every((value, at) => Math.abs(data[i + at] - value) <= 8);
      if (isNear && data[i + 3] > 200) columns[(i / 4) % width] += 1;
    }
    return columns;
  })()`);

/** Returns the number of text pixels in the leftmost column of the chart. */
const inkAtLeftEdge = (page: Page): Promise<number> =>
  page.evaluate<number>(`(() => {
    const canvas = document.querySelector('.chart canvas');
    const { data } = canvas.getContext('2d').getImageData(0, 0, 1, canvas.height);
    return data.filter((value, i) => i % 4 === 3 && value > 0).length;
  })()`);

describe('StackedBars', () => {
  it('draws the newest slot', async () => {
    const { page } = await openActivity({ failed: 968 });

    const red = async () => (await columnsOf(page, '--chart-failed')).reduce((sum, count) => sum + count, 0);

    await expect.poll(red, { timeout: 20_000 }).toBeGreaterThan(500);
  });

  it('shows the counts of the bar under the pointer, up to the right edge', async () => {
    const { page } = await openActivity({ failed: 968 });
    const legend = page.locator('.chart .legend', { hasText: 'Failed' });
    const plot = page.locator('.chart .u-over');
    const { width } = (await plot.boundingBox()) ?? { width: 0 };
    const slot = width / SLOTS;

    for (const place of [0.1, 0.5, 0.9]) {
      await plot.hover({ position: { x: width - slot * (1 - place), y: 40 } });
      await page.locator('.legend-time', { hasText: /^\d\d:\d\d$/ }).waitFor();
      expect(await legend.innerText()).toContain('968');
    }
    await plot.hover({ position: { x: width - slot * 1.1, y: 40 } });
    await expect.poll(() => legend.innerText()).toMatch(/Failed\s*0$/);
  });

  it.each([968, 12_345, 9_876_543])('leaves room for the labels of %i runs', async (count) => {
    const { page } = await openActivity({ failed: count });
    const labels = async () => (await columnsOf(page, '--muted')).slice(0, 60).reduce((sum, ink) => sum + ink, 0);

    await expect.poll(labels, { timeout: 20_000 }).toBeGreaterThan(20);

    expect(await inkAtLeftEdge(page)).toBe(0);
  });
});

describe('the filters of the Activity page', () => {
  it('filter the chart, the legend and the list by trigger', async () => {
    const { tenant, runner } = await testConsole.prepare();
    await runner.define({ id: 'daily', script: 'echo', schedule: '0 3 * * *' });
    await runner.trigger('daily');
    const { page } = await testConsole.open('/console/activity', { tenant });
    await expect.poll(() => legendOf(page), { timeout: 20_000 }).toMatch(/^Succeeded 1, Failed 0,/);

    await page.getByRole('combobox', { name: 'Trigger' }).selectOption('schedule');

    await page.getByText('No matching runs').waitFor();
    await expect.poll(() => legendOf(page), { timeout: 20_000 }).toMatch(/^Succeeded 0, Failed 0,/);
    await page.getByRole('combobox', { name: 'Trigger' }).selectOption('manual');
    await expect.poll(() => legendOf(page), { timeout: 20_000 }).toMatch(/^Succeeded 1, Failed 0,/);
  });
});
