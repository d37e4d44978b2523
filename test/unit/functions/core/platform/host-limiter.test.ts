import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { TenantId } from '../../../../../functions/core/domain/tenant.ts';
import { createHttpWriter } from '../../../../../functions/core/executors/flow/sinks/http.ts';
import { createHostLimiter } from '../../../../../functions/core/platform/host-limiter.ts';
import { putLimits } from '../../../../../functions/core/store/limits.ts';
import { httpContext } from '../../../../helpers/builders/http-context.ts';
import { newTenant } from '../../../../helpers/builders/jobs.ts';
import { startHttpServer } from '../../../../helpers/fakes/http-server.ts';
import { memoryDb } from '../../../../helpers/fakes/memory-db.ts';
import { START, type TestPlatform, testPlatform } from '../../../../helpers/fakes/platform.ts';
import { refusingDb, type StoreCall } from '../../../../helpers/fakes/refusing-db.ts';

/** Requests per second that the flows of a tenant may send to a host, and at once. */
const RATE = 50;
const BURST = 200;

let server: Awaited<ReturnType<typeof startHttpServer>>;
beforeAll(async () => {
  server = await startHttpServer((_, response) => response.writeHead(200).end());
});
afterAll(() => server.close());

/** Writes pages of records to the server from workers with memories of their own, and advances the clock while they wait. */
async function flood(platform: TestPlatform, tenant: TenantId, workers: number, records: number): Promise<void> {
  const page = (task: number) => ({
    key: { lineage: '01JNXA3V5T9YV0Q2Z6W8M4R7B1', split: 0, page: 0, task },
    records: Array.from({ length: records }, (_, origin) => ({ value: origin, origin })),
    offeredBefore: 0,
  });
  const never = new AbortController().signal;
  await Promise.all(
    Array.from({ length: workers }, async (_, task) => {
      const take = createHostLimiter(platform);
      const context = httpContext({ now: platform.now, takeHostToken: (host) => take(tenant, host) });
      const spec = { id: 'sink_1', type: 'http', url: `${server.url}/orders`, method: 'POST', headers: {} } as const;
      const writer = createHttpWriter({ ...spec, mode: 'single', concurrency: 4 }, context, {
        pause: async (ms) => platform.advance(ms),
      });
      for (let resumeFrom = 0; resumeFrom < records; ) {
        const { processed = records } = await writer.write({ ...page(task), resumeFrom }, never);
        resumeFrom = processed;
      }
      await writer.close?.();
    }),
  );
}

describe('createHostLimiter', () => {
  it('bounds the requests of all workers of a tenant to a host, which receives all of them in the end', async () => {
    const platform = testPlatform(memoryDb());
    server.received.length = 0;

    await flood(platform, newTenant(), 3, 400);

    expect(server.received).toHaveLength(1_200);
    expect(1_200).toBeLessThanOrEqual(BURST + (RATE * (platform.now() - START)) / 1_000);
  });

  it('costs at most one write for 6 requests of a busy flow', async () => {
    let writes = 0;
    const db = refusingDb(memoryDb(), ({ command, input }: StoreCall) => {
      if (command === 'UpdateItem' && input.includes('#HOSTS')) writes++;
      return false;
    });

    await flood(testPlatform(db), newTenant(), 2, 400);

    expect(writes).toBeLessThanOrEqual(800 / 6);
  });

  it('has a rate of its own for each tenant, host and limit', async () => {
    const platform = testPlatform(memoryDb());
    const [first, second, raised] = [newTenant(), newTenant(), newTenant()];
    await putLimits(platform.db, raised, { hostRequestsPerSecond: 10 * RATE });
    const take = createHostLimiter(platform);
    const takeAll = async (tenant: TenantId, host: string) => {
      let taken = 0;
      while ((await take(tenant, host)) === 0) taken++;
      return taken;
    };

    const taken = [
      await takeAll(first, 'a.example'),
      await takeAll(first, 'b.example'),
      await takeAll(second, 'a.example'),
      await takeAll(raised, 'a.example'),
    ];

    // The tokens that return within the validity of drawn ones are not available at once.
    expect(taken).toEqual([BURST / 2, BURST / 2, BURST / 2, 10 * (BURST / 2)]);
  });

  it('lets a request pass and logs the error if the bucket cannot be written', async () => {
    const platform = testPlatform(refusingDb(memoryDb(), ({ command }) => command === 'UpdateItem'));

    expect(await createHostLimiter(platform)(newTenant(), 'a.example')).toBe(0);
    expect(platform.logged).toEqual([expect.objectContaining({ level: 'warn', message: 'host_limit.bypassed' })]);
  });
});
