import { describe, expect, it } from 'vitest';
import { createHoldPayment, type MayWait } from '../../../../../functions/api/http/hold-payment.ts';
import { RequestLimiter } from '../../../../../functions/core/platform/request-limiter.ts';
import { newTenant } from '../../../../helpers/builders/jobs.ts';
import { memoryDb } from '../../../../helpers/fakes/memory-db.ts';
import { testPlatform } from '../../../../helpers/fakes/platform.ts';

/** An environment of an API function and the request that it holds open. */
interface Environment {
  readonly limiter: RequestLimiter;
  mayWait?: MayWait | undefined;
  endsAt: number;
}

const HOLD_MS = 25_000;
const POLL_MS = 500;

/** Starts as many requests as are accepted and holds each open as long as it may be. Returns the number held, by poll. */
async function flood(seconds: number, startsPerPoll: number): Promise<readonly number[]> {
  const platform = testPlatform(memoryDb());
  const tenant = newTenant();
  const environments: Environment[] = [];
  const held: number[] = [];
  for (let poll = 0; poll < (seconds * 1_000) / POLL_MS; poll++) {
    const now = platform.now();
    for (const environment of environments.filter(({ mayWait }) => mayWait)) {
      const isOpen = environment.endsAt > now && (await environment.mayWait?.());
      if (!isOpen) environment.mayWait = undefined;
    }
    for (let start = 0; start < startsPerPoll; start++) {
      let free = environments.find(({ mayWait }) => !mayWait);
      if (!free) {
        free = { limiter: new RequestLimiter({ ...platform, dbOf: () => platform.db }), endsAt: 0 };
        environments.push(free);
      }
      const { limiter } = free;
      const limit = () => limiter.acquire(tenant);
      if (
        !(await limit().then(
          () => true,
          () => false,
        ))
      )
        continue;
      Object.assign(free, { mayWait: createHoldPayment(limit, tenant, platform.now), endsAt: now + HOLD_MS });
    }
    held.push(environments.filter(({ mayWait }) => mayWait).length);
    platform.advance(POLL_MS);
  }
  return held;
}

describe('createHoldPayment', () => {
  it('holds no more requests open than the request rate, after the burst', async () => {
    const held = await flood(60, 50);

    const afterBurst = held.slice(20);
    expect(afterBurst.reduce((sum, count) => sum + count, 0) / afterBurst.length).toBeLessThanOrEqual(50);
    expect(Math.max(...held)).toBeLessThanOrEqual(450);
  });

  it('does not shorten the requests of a tenant within its rate', async () => {
    const tenant = newTenant();
    let now = 0;
    let taken = 0;
    const limit = async () => void taken++;
    const mayWait = createHoldPayment(limit, tenant, () => now);
    const answers: boolean[] = [];

    for (; now < HOLD_MS; now += POLL_MS) answers.push(await mayWait());

    expect(answers).not.toContain(false);
    expect(taken).toBe(24);
  });

  it('rejects with errors other than the limit', async () => {
    let now = 0;
    const limit = async () => Promise.reject(new Error('deleted'));
    const mayWait = createHoldPayment(limit, newTenant(), () => now);
    now = 2_000;

    await expect(mayWait()).rejects.toThrow('deleted');
  });
});
