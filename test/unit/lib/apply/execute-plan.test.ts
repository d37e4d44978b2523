import { describe, expect, it } from 'vitest';
import { executePlan } from '../../../../lib/apply/execute-plan.ts';
import { planChanges } from '../../../../lib/apply/plan.ts';
import { ApiClient } from '../../../../lib/cli/api.ts';
import { anAppliedJob, aWantedJob, PROJECT } from '../../../helpers/builders/applied-jobs.ts';
import { startHttpServer } from '../../../helpers/fakes/http-server.ts';

/** Executes a plan that creates `new`, changes `old` and deletes `former`, on an API with these statuses by method. */
async function execute(statuses: Readonly<Record<string, number | readonly number[]>> = {}) {
  const asked = new Map<string, number>();
  const server = await startHttpServer(({ method = '' }, response) => {
    const count = asked.get(method) ?? 0;
    asked.set(method, count + 1);
    const status = [statuses[method] ?? 200].flat();
    response.writeHead(status[Math.min(count, status.length - 1)] ?? 200, { 'retry-after': '0' });
    response.end('{"error":"refused"}');
  });
  const plan = planChanges(
    [await aWantedJob({ id: 'new' }), await aWantedJob({ id: 'old', name: 'B' } as never)],
    [await anAppliedJob({ id: 'old' }), await anAppliedJob({ id: 'former' })],
    { project: PROJECT, prune: true },
  );
  const outcomes = await executePlan(new ApiClient(server.url, async () => 'x'), plan);
  await server.close();
  const requests = server.received.map(({ method, path, headers }) => [method, path, headers['if-match']]);
  return { errors: Object.fromEntries(outcomes.map(({ id, error }) => [id, error])), requests };
}

describe('executePlan', () => {
  it('requires the version that the plan was made from, and deletes last', async () => {
    const { errors, requests } = await execute();

    expect(errors).toEqual({ new: undefined, old: undefined, former: undefined });
    expect(requests.slice(0, 2)).toEqual(
      expect.arrayContaining([
        ['POST', '/jobs', undefined],
        ['PATCH', '/jobs/old', '"a-1"'],
      ]),
    );
    expect(requests.slice(2)).toEqual([['DELETE', '/jobs/former', '"a-1"']]);
  });

  it.each([
    ['PATCH', 412, 'old', 'was changed meanwhile; run apply again'],
    ['PATCH', 404, 'old', 'was deleted meanwhile; run apply again'],
    ['PATCH', 400, 'old', 'refused'],
    ['POST', 409, 'new', 'was changed meanwhile; run apply again'],
  ])(
    'deletes nothing if another change failed (%s: %i), and executes the others',
    async (method, status, id, error) => {
      const { errors, requests } = await execute({ [method]: status });

      expect(errors).toEqual({
        new: undefined,
        old: undefined,
        former: 'was not deleted, because other changes failed',
        [id]: error,
      });
      expect(new Set(requests.map(([sent]) => sent))).toEqual(new Set(['PATCH', 'POST']));
    },
  );

  it('reports a deletion of a changed job, and none of a deleted one', async () => {
    expect((await execute({ DELETE: 412 })).errors.former).toBe('was changed meanwhile; run apply again');
    expect((await execute({ DELETE: 404 })).errors.former).toBeUndefined();
  });

  it('repeats requests that exceed the rate of the tenant', async () => {
    const { errors, requests } = await execute({ POST: [429, 429, 200] });

    expect(errors.new).toBeUndefined();
    expect(requests.filter(([method]) => method === 'POST')).toHaveLength(3);
  });
});
