import { expect, it } from 'vitest';
import { createRunReader } from '../../../../../../functions/console/app/api/run-reader.ts';
import type { RunWithOutput } from '../../../../../../functions/console/app/api/types.ts';

type Answer = Partial<RunWithOutput>;

/** Reads once per response; returns the requested positions and the resulting outputs. */
async function read(...answers: readonly Answer[]) {
  const asked: (string | undefined)[] = [];
  const left = [...answers];
  const next = createRunReader(async (after) => {
    asked.push(after);
    return { stderr: '', ...left.shift() } as RunWithOutput;
  });
  const outputs: string[] = [];
  for (let i = 0; i < answers.length; i++) outputs.push((await next(new AbortController().signal)).stdout);
  return { asked, outputs };
}

it('requests new output and appends it', async () => {
  const { asked, outputs } = await read(
    { stdout: 'one\n', output_after: null, output_next: '1.4.0' },
    { stdout: '', output_after: '1.4.0', output_next: '1.4.0' },
    { stdout: 'two', output_after: '1.4.0', output_next: '1.7.0' },
  );

  expect(asked).toEqual([undefined, '1.4.0', '1.4.0']);
  expect(outputs).toEqual(['one\n', 'one\n', 'one\ntwo']);
});

it('starts over with a new attempt', async () => {
  const { outputs } = await read(
    { stdout: 'one', output_after: null, output_next: '1.3.0' },
    { stdout: '2nd', output_after: null, output_next: '2.3.0' },
  );

  expect(outputs).toEqual(['one', '2nd']);
});

it('returns a skipped tick unchanged', async () => {
  expect(await read({ stdout: '' }, { stdout: '' })).toEqual({ asked: [undefined, undefined], outputs: ['', ''] });
});
