import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { parseExactJson } from '../../../../../../../../functions/core/domain/exact-json.ts';
import type { Json } from '../../../../../../../../functions/core/domain/json.ts';
import { compileProgram } from '../../../../../../../../functions/core/executors/flow/transforms/compile-program.ts';
import { compilePrograms } from '../../../../../../../../functions/core/executors/flow/transforms/compiled/compile-programs.ts';
import type { Program } from '../../../../../../../../functions/core/executors/flow/transforms/protocol.ts';
import { expressions, records } from '../../../../../../../helpers/arbitraries/expressions.ts';
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

test('a compiled program answers as JSONata does, or leaves the record to JSONata', async () => {
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
    { numRuns: iterations(3_000, 60_000) },
  );
  expect(decided / all).toBeGreaterThan(0.1);
}, 240_000);
