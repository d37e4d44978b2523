import * as fc from 'fast-check';
import { afterAll, beforeAll, expect, it } from 'vitest';
import {
  compareLogPositions,
  LOG_START,
  type LogLine,
  type LogPosition,
  logPositionAt,
  logPositionOf,
} from '../../../../../functions/core/domain/flow/log-line.ts';
import type { RunRef } from '../../../../../functions/core/domain/run.ts';
import { listLogLinesAfter, putLogLines } from '../../../../../functions/core/store/flow-logs.ts';
import type { RecordOwner } from '../../../../../functions/core/store/run-item.ts';
import { RUN } from '../../../../helpers/builders/source-context.ts';
import { startTestStore, type TestStore } from '../../../../helpers/system/test-store.ts';

let store: TestStore;
beforeAll(async () => {
  store = await startTestStore({ streams: false });
});
afterAll(() => store.stop());

let runs = 0;
const aRun = (): RecordOwner => ({ ...RUN, ulid: `01HX${String(++runs).padStart(22, '0')}` });

const aLine = (time: number, written: number, task: number | null, line = 1): LogLine => ({
  time,
  written,
  task,
  line,
  level: 'info',
  operator: null,
  message: `said at ${time}`,
  details: {},
});

const after = (run: RunRef, mark: LogPosition, through: LogPosition, limit = 1_000) =>
  listLogLinesAfter(store.db, run, { after: mark, through, limit, matches: () => true });

it('returns a line to a follower that was stored after a line with a later time', async () => {
  const run = aRun();
  await putLogLines(store.db, run, [aLine(10_000, 10_000, 0)]);
  const first = await after(run, LOG_START, logPositionAt(12_000));
  await putLogLines(store.db, run, [aLine(9_000, 13_000, 1), aLine(9_500, 13_000, null)]);

  const second = await after(run, logPositionAt(12_000), logPositionAt(14_000));

  expect(first.map(({ time }) => time)).toEqual([10_000]);
  expect(second.map(({ time }) => time)).toEqual([9_000, 9_500]);
});

it('returns each line once in storage order, for any page size', async () => {
  const line = fc.record({
    time: fc.integer({ min: 0, max: 40_000 }),
    late: fc.integer({ min: 0, max: 14_000 }),
    task: fc.option(fc.integer({ min: 0, max: 3 })),
  });
  const looks = fc.array(fc.integer({ min: 0, max: 60_000 }), { maxLength: 4 });
  await fc.assert(
    fc.asyncProperty(
      fc.array(line, { maxLength: 25 }),
      looks,
      fc.integer({ min: 1, max: 7 }),
      async (said, at, limit) => {
        const run = aRun();
        const lines = said.map(({ time, late, task }, i) => aLine(time, time + late, task, i));
        await putLogLines(store.db, run, lines);

        const seen: LogLine[] = [];
        let mark = LOG_START;
        for (const time of [...at.toSorted((a, b) => a - b), 60_000]) {
          // Reads to the end of the lines stored by then, page by page, as the surface does.
          for (;;) {
            const page = await after(run, mark, logPositionAt(time), limit);
            seen.push(...page);
            const last = page.at(-1);
            mark = page.length === limit && last ? logPositionOf(last) : logPositionAt(time);
            if (page.length < limit) break;
          }
        }

        expect(seen).toEqual(lines.toSorted((a, b) => compareLogPositions(logPositionOf(a), logPositionOf(b))));
      },
    ),
    { numRuns: 40 },
  );
});
