import { describe, expect, it } from 'vitest';
import { executePlan } from '../../../../lib/apply/execute-plan.ts';
import { planChanges } from '../../../../lib/apply/plan.ts';
import { ApiClient } from '../../../../lib/cli/api.ts';
import { anAppliedJob, aWantedJob, PROJECT, TENANT } from '../../../helpers/builders/applied-jobs.ts';
import { startHttpServer } from '../../../helpers/fakes/http-server.ts';

/** Executes a plan that creates `new`, changes `old` and deletes `former`, on an API with these statuses by id. */
async function execute(statuses: Readonly<Record<string, number | readonly number[]>> = {}) {
  const asked = new Map<string, number>();
  const server = await startHttpServer(({ url = '' }, response) => {
    const id = url.replace('/jobs/', '');
    const count = asked.get(id) ?? 0;
    asked.set(id, count + 1);
    const status = [statuses[id] ?? 200].flat();
    response.writeHead(status[Math.min(count, status.length - 1)] ?? 200, { 'retry-after': '0' });
    response.end('{"error":"refused"}');
  });
  const plan = planChanges(
    [await aWantedJob({ id: 'new' }), await aWantedJob({ id: 'old', name: 'B' } as never)],
    [await anAppliedJob({ id: 'old' }), await anAppliedJob({ id: 'former' })],
    { project: PROJECT, tenant: TENANT, prune: true },
  );
  const outcomes = await executePlan(new ApiClient(server.url, async () => 'x'), plan);
  await server.close();
  const requests = server.received.map(({ method, path, headers }) => [
    method,
    path,
    headers['if-match'] ?? headers['if-none-match'],
  ]);
  return { errors: Object.fromEntries(outcomes.map(({ id, error }) => [id, error])), requests };
}

describe('executePlan', () => {
  it('requires the version that the plan was made from, and deletes last', async () => {
    const { errors, requests } = await execute();

    expect(errors).toEqual({ new: undefined, old: undefined, former: undefined });
    expect(requests.slice(0, 2)).toEqual(
      expect.arrayContaining([
        ['PUT', '/jobs/new', '*'],
        ['PUT', '/jobs/old', '"a-1"'],
      ]),
    );
    expect(requests.slice(2)).toEqual([['DELETE', '/jobs/former', '"a-1"']]);
  });

  it.each([
    ['old', 412, 'was changed meanwhile; run apply again'],
    ['old', 409, 'was changed meanwhile; run apply again'],
    ['old', 400, 'refused'],
    ['new', 412, 'was changed meanwhile; run apply again'],
  ])('deletes nothing if another change failed (%s: %i), and executes the others', async (id, status, error) => {
    const { errors, requests } = await execute({ [id]: status });

    expect(errors).toEqual({
      new: undefined,
      old: undefined,
      former: 'was not deleted, because other changes failed',
      [id]: error,
    });
    expect(new Set(requests.map(([, path]) => path))).toEqual(new Set(['/jobs/new', '/jobs/old']));
  });

  it('reports a deletion of a changed job, and none of a deleted one', async () => {
    expect((await execute({ former: 412 })).errors.former).toBe('was changed meanwhile; run apply again');
    expect((await execute({ former: 404 })).errors.former).toBeUndefined();
  });

  it('reports the jobs because of which the API refuses a deletion', async () => {
    expect((await execute({ former: 409 })).errors.former).toBe('refused');
  });

  it('repeats requests that exceed the rate of the tenant', async () => {
    const { errors, requests } = await execute({ new: [429, 429, 200] });

    expect(errors.new).toBeUndefined();
    expect(requests.filter(([, path]) => path === '/jobs/new')).toHaveLength(3);
  });
});
