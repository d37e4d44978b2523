import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { parseExactJson } from '../../../../../../../../functions/core/domain/exact-json.ts';
import type { Json } from '../../../../../../../../functions/core/domain/json.ts';
import { compileProgram } from '../../../../../../../../functions/core/executors/flow/transforms/compile-program.ts';
import { compilePrograms } from '../../../../../../../../functions/core/executors/flow/transforms/compiled/compile-programs.ts';
import type { Program } from '../../../../../../../../functions/core/executors/flow/transforms/protocol.ts';
import {
  expressions,
  filledRecords,
  records,
  singleOperations,
} from '../../../../../../../helpers/arbitraries/expressions.ts';
import { iterations } from '../../../../../../../helpers/iterations.ts';

const programs: fc.Arbitrary<Program> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({ type: fc.constantFrom('filter', 'map', 'map', 'flatMap'), expression: expressions }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      type: fc.constant('route' as const),
      mode: fc.constantFrom('first', 'all'),
      conditions: fc.array(expressions, { minLength: 1, maxLength: 3 }),
    }),
  },
);

/** Returns the answer of the expression process, as the worker reads it; `undefined` for an error. */
async function answerOfProcess(program: Program, record: Json, payload: Json): Promise<string | undefined> {
  const copy = (value: Json) => parseExactJson(JSON.stringify(value));
  try {
    const { texts, bytes } = await compileProgram(program, copy(payload))(copy(record));
    return JSON.stringify({ values: parseExactJson(`[${texts.join(',')}]`), bytes });
  } catch {
    return undefined;
  }
}

/** Compares compiled programs with JSONata, and returns the share of records that were not left to it. */
async function compare(programs: fc.Arbitrary<Program>, records: fc.Arbitrary<Json>, runs: number): Promise<number> {
  let [all, decided] = [0, 0];
  await fc.assert(
    fc.asyncProperty(
      programs,
      fc.array(records, { minLength: 1, maxLength: 4 }),
      records,
      async (program, page, payload) => {
        const before = JSON.stringify(page);
        const [compiled] = await compilePrograms([program], payload);
        const answers = compiled?.evaluate(page) ?? [];

        for (const [i, record] of page.entries()) {
          all++;
          const answer = answers[i];
          if (!answer) continue;
          decided++;
          expect(JSON.stringify(answer), JSON.stringify(record)).toBe(await answerOfProcess(program, record, payload));
        }
        expect(JSON.stringify(page)).toBe(before);
      },
    ),
    { numRuns: runs },
  );
  return decided / all;
}

test('a compiled program answers as JSONata does, or leaves the record to JSONata', { timeout: 300_000 }, async () => {
  expect(await compare(programs, records, iterations(3_000, 40_000))).toBeGreaterThan(0.1);
});

test('each operator and function alone answers as JSONata does', { timeout: 300_000 }, async () => {
  const single = fc.record({ type: fc.constantFrom('map', 'map', 'filter', 'flatMap'), expression: singleOperations });

  expect(await compare(single as fc.Arbitrary<Program>, filledRecords, iterations(4_000, 20_000))).toBeGreaterThan(0.2);
});
