import { describe, expect, it } from 'vitest';
import { createTypeCheckReport } from '../../../../lib/project/type-check.ts';

describe('createTypeCheckReport', () => {
  it('passes errors without the progress of the compiler, and one line when the last error is gone', () => {
    const printed: string[] = [];
    const write = createTypeCheckReport((line) => printed.push(line));

    for (const line of [
      '1:00:00 PM - Starting compilation in watch mode...',
      '',
      '1:00:01 PM - Found 0 errors. Watching for file changes.',
      '1:00:02 PM - File change detected. Starting incremental compilation...',
      "scripts/a.ts(1,2): error TS2322: Type 'string' is not assignable to type 'number'.",
      '1:00:03 PM - Found 1 error. Watching for file changes.',
      '1:00:04 PM - File change detected. Starting incremental compilation...',
      '1:00:05 PM - Found 0 errors. Watching for file changes.',
    ]) {
      write(line);
    }

    expect(printed).toEqual([
      "scripts/a.ts(1,2): error TS2322: Type 'string' is not assignable to type 'number'.",
      'The types are correct.',
    ]);
  });
});
