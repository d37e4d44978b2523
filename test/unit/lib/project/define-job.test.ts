import { describe, expect, it } from 'vitest';
import { defineFlow, defineJob, defineScript } from '../../../../lib/index.ts';

const plain = defineScript({ run: ({ args }) => args.length });
const typed = defineScript({
  args: ([day, size = '1']: [day: string, size?: `${number}`]) => ({ day, size }),
  run: ({ args }) => args.day,
});

describe('defineJob', () => {
  it('returns the job unchanged', () => {
    const job = { id: 'a', name: 'A', script: typed, args: ['2026-01-01', '5'] as [string, `${number}`] };

    expect(defineJob(job)).toBe(job);
  });

  it('accepts a script, the name of a script and a request', () => {
    expect([
      defineJob({ id: 'a', name: 'A', script: plain, args: ['any', 'number'] }),
      defineJob({ id: 'b', name: 'B', script: 'echo', args: ['x'] }),
      defineJob({ id: 'c', name: 'C', http: { url: 'https://c.test' } }),
      defineFlow({ id: 'd', name: 'D', flow: { sources: [], sinks: [{ type: 'preview' }] } }),
    ]).toHaveLength(4);
  });

  it('lets the compiler check the arguments of a script and the fields of a job', () => {
    // @ts-expect-error args are required, because the script requires a day
    defineJob({ id: 'a', name: 'A', script: typed });
    // @ts-expect-error the size is not a number
    defineJob({ id: 'a', name: 'A', script: typed, args: ['2026-01-01', 'large'] });
    // @ts-expect-error no script has a third argument
    defineJob({ id: 'a', name: 'A', script: typed, args: ['2026-01-01', '5', '6'] });
    // @ts-expect-error no job has the field
    defineJob({ id: 'a', name: 'A', script: plain, retries: 5 });

    expect.assertions(0);
  });
});
