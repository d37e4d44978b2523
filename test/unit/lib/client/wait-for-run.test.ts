import { afterEach, describe, expect, it } from 'vitest';
import { JobdeckClient, NotFoundError, RunTimeoutError } from '../../../../lib/client/index.ts';
import { type FakeAnswer, startApiServer } from '../../../helpers/fakes/api-server.ts';

const RUN_ID = 'daily.sum.k3f9a1b2c4.01JNXA3V5T9YV0Q2Z6W8M4R7B1';
const PATH = `/jobs/daily.sum/runs/${RUN_ID}`;

let server: Awaited<ReturnType<typeof startApiServer>>;
afterEach(() => server.close());

async function clientOf(answer: (attempt: number) => FakeAnswer): Promise<JobdeckClient> {
  server = await startApiServer((_, attempt) => answer(attempt));
  return new JobdeckClient({ url: server.url, token: 'secret', retries: 0 });
}

const aRun = (status: string, output_next: string | null = null) => ({
  body: { run: { run_id: RUN_ID, status, attempt: 1, output_next, stdout: status } },
});

describe('waitForRun', () => {
  it('returns a run that has ended after one request', async () => {
    const client = await clientOf(() => aRun('error'));

    expect(await client.waitForRun(RUN_ID)).toMatchObject({ status: 'error' });
    expect(server.received.map(({ path }) => path)).toEqual([PATH]);
  });

  it('reports changes, reads only new output, and returns all of it', async () => {
    const answers = [aRun('pending'), aRun('running', '1.10'), aRun('running', '1.20'), aRun('ok', null), aRun('ok')];
    const client = await clientOf((attempt) => answers[attempt - 1] as FakeAnswer);
    const seen: string[] = [];

    const run = await client.waitForRun(RUN_ID, { onUpdate: ({ status }) => seen.push(status) });

    expect(run.status).toBe('ok');
    expect(seen).toEqual(['pending', 'running', 'ok']);
    expect(server.received.map(({ path }) => path.slice(PATH.length))).toEqual([
      '',
      '',
      '?output_after=1.10',
      '?output_after=1.20',
      '',
    ]);
  });

  it('rejects when the time is over', async () => {
    const client = await clientOf(() => aRun('running'));

    const error: unknown = await client.waitForRun(RUN_ID, { timeoutMs: 50 }).catch((thrown: unknown) => thrown);

    expect(error).toBeInstanceOf(RunTimeoutError);
    expect(error).toMatchObject({ runId: RUN_ID, message: `The run ${RUN_ID} did not end within 50 ms` });
  });

  it('rejects when the signal aborts', async () => {
    const client = await clientOf(() => aRun('running'));
    const abort = new AbortController();

    const waiting = client.waitForRun(RUN_ID, {
      signal: abort.signal,
      onUpdate: () => abort.abort(new Error('enough')),
    });

    await expect(waiting).rejects.toThrow('enough');
  });

  it('rejects if the run does not exist', async () => {
    const client = await clientOf(() => ({ status: 404, body: { error: 'Run not found' } }));

    await expect(client.waitForRun(RUN_ID)).rejects.toBeInstanceOf(NotFoundError);
  });

  it('rejects text that is not a run id, without a request', async () => {
    const client = await clientOf(() => aRun('ok'));

    await expect(client.waitForRun('daily')).rejects.toThrow("got 'daily'");
    expect(server.received).toEqual([]);
  });
});

describe('trigger', () => {
  it('returns the started run', async () => {
    const client = await clientOf(() => ({ ...aRun('pending'), status: 202 }));

    expect(await client.trigger('daily.sum')).toMatchObject({ run_id: RUN_ID, status: 'pending' });
    expect(server.received).toMatchObject([{ path: '/jobs/daily.sum/run', headers: { prefer: 'respond-async' } }]);
  });

  it('returns the ended run with `wait`', async () => {
    const client = await clientOf((attempt) => (attempt === 1 ? { ...aRun('pending'), status: 202 } : aRun('ok')));

    expect(await client.trigger('daily.sum', { wait: { timeoutMs: 10_000 } })).toMatchObject({ status: 'ok' });
  });
});
