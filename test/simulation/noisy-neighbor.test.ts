import { describe, expect, it } from 'vitest';
import { measureInThread } from '../bench/noisy/measure-in-thread.ts';
import { CONTROL } from '../bench/noisy/virtual-attacks.ts';

describe('measureInThread', () => {
  it('measures equal times in each run, and longer waits for a worker beside a tenant that occupies all workers', async () => {
    const alone = await measureInThread();

    const [again, beside] = await Promise.all([measureInThread(), measureInThread(CONTROL.name)]);

    expect(again).toEqual(alone);
    expect(alone).toMatchObject({ isComplete: true, timedOut: [] });
    expect(Math.max(...beside.waits)).toBeGreaterThan(100 * Math.max(...alone.waits));
    expect(beside.registrations).toEqual(alone.registrations);
  });
});
