import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createHttpWriter } from '../../../../../functions/core/executors/flow/sinks/http.ts';
import { createOperatorLimiter } from '../../../../../functions/core/platform/operator-limiter.ts';
import type { JobRef } from '../../../../../functions/core/store/keys.ts';
import { httpContext } from '../../../../helpers/builders/http-context.ts';
import { newTenant } from '../../../../helpers/builders/jobs.ts';
import { startHttpServer } from '../../../../helpers/fakes/http-server.ts';
import { memoryDb } from '../../../../helpers/fakes/memory-db.ts';
import { START, type TestPlatform, testPlatform } from '../../../../helpers/fakes/platform.ts';
import { refusingDb, type StoreCall } from '../../../../helpers/fakes/refusing-db.ts';

let server: Awaited<ReturnType<typeof startHttpServer>>;
beforeAll(async () => {
  server = await startHttpServer((_, response) => response.writeHead(200).end());
});
afterAll(() => server.close());

const aJob = (): JobRef => ({ tenant: newTenant(), jobId: 'orders', incarnation: 'k3f9' });

/** Sends records from tasks on workers with memories of their own, and advances the clock while they wait. */
async function send(platform: TestPlatform, perSecond: number, tasks: number, records: number): Promise<void> {
  const job = aJob();
  const never = new AbortController().signal;
  await Promise.all(
    Array.from({ length: tasks }, async (_, task) => {
      const take = createOperatorLimiter(platform);
      const context = httpContext({ now: platform.now, takeOperatorToken: (...given) => take(job, ...given) });
      const spec = { id: 'sink_1', type: 'http', url: `${server.url}/orders`, method: 'POST', headers: {} } as const;
      const writer = createHttpWriter(
        { ...spec, mode: 'single', concurrency: 4, requestsPerSecond: perSecond },
        context,
        { pause: async (ms) => platform.advance(ms) },
      );
      const page = {
        key: { lineage: '01JNXA3V5T9YV0Q2Z6W8M4R7B1', split: 0, page: 0, task },
        records: Array.from({ length: records }, (__, origin) => ({ value: origin, origin })),
        offeredBefore: 0,
      };
      for (let resumeFrom = 0; resumeFrom < records; ) {
        const { processed = records } = await writer.write({ ...page, resumeFrom }, never);
        resumeFrom = processed;
      }
      await writer.close?.();
    }),
  );
}

describe('createOperatorLimiter', () => {
  it.each([1, 7, 100])(
    'bounds the requests of all tasks at %i a second, and sends all in the end',
    async (perSecond) => {
      const platform = testPlatform(memoryDb());
      server.received.length = 0;

      await send(platform, perSecond, 3, 20 * perSecond);

      const seconds = (platform.now() - START) / 1_000;
      expect(server.received).toHaveLength(60 * perSecond);
      expect(60 * perSecond).toBeLessThanOrEqual(2 * perSecond + perSecond * seconds);
    },
  );

  it('costs at most one write for a request, and one for several of a busy operator', async () => {
    const writes = { count: 0 };
    const db = refusingDb(memoryDb(), ({ command, input }: StoreCall) => {
      if (command === 'UpdateItem' && input.includes('OPERATOR#')) writes.count++;
      return false;
    });

    await send(testPlatform(db), 100, 2, 500);

    expect(writes.count).toBeLessThanOrEqual(1_000 / 4);
  });

  it('has a rate of its own for each job and operator', async () => {
    const take = createOperatorLimiter(testPlatform(memoryDb()));
    const job = aJob();
    const takeAll = async (...[of, operator]: [JobRef, string]) => {
      let taken = 0;
      while ((await take(of, operator, 10)) === 0) taken++;
      return taken;
    };

    const taken = [
      await takeAll(job, 'sink_1'),
      await takeAll(job, 'sink_2'),
      await takeAll({ ...job, incarnation: 'x1y2' }, 'sink_1'),
      await takeAll(aJob(), 'sink_1'),
      await takeAll(job, 'sink_1'),
    ];

    expect(taken).toEqual([10, 10, 10, 10, 0]);
  });

  it('lets a request pass and logs the error if the bucket cannot be written', async () => {
    const platform = testPlatform(refusingDb(memoryDb(), ({ command }) => command === 'UpdateItem'));

    expect(await createOperatorLimiter(platform)(aJob(), 'sink_1', 1)).toBe(0);
    expect(platform.logged).toEqual([expect.objectContaining({ level: 'warn', message: 'operator_limit.bypassed' })]);
  });
});
