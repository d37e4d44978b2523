import { describe, expect, it } from 'vitest';
import { createSurfaceHandler } from '../../../../../functions/api/http/surface-handler.ts';
import { runnerErrors } from '../../../../../functions/api/runner/errors.ts';
import { validateJob } from '../../../../../functions/api/runner/validate-job.ts';
import { DEFAULT_LIMITS } from '../../../../../functions/core/domain/limits.ts';
import { givenJob, newTenant } from '../../../../helpers/builders/jobs.ts';
import { invokeHandler } from '../../../../helpers/clients/handler.ts';
import { memoryDb } from '../../../../helpers/fakes/memory-db.ts';
import { testPlatform } from '../../../../helpers/fakes/platform.ts';

const body = { id: 'hook', name: 'Hook', http: { url: 'https://api.test/' }, schedule: '@daily' };

function given(tenant = newTenant(), jobs = DEFAULT_LIMITS.jobs) {
  let changes = 0;
  const platform = testPlatform(
    memoryDb(() => {
      changes += 1;
    }),
  );
  const handler = createSurfaceHandler({
    routes: [validateJob],
    dependencies: () => ({ ...platform, defaultLimits: { ...platform.defaultLimits, jobs } }),
    errors: runnerErrors,
    verify: async () => ({ tenant, roles: ['MEMBER'], name: 'ana@acme.test' }),
    log: platform.log,
  });
  const validate = (fields: object) => {
    const headers = { authorization: 'Bearer a.b.c' };
    const sent = JSON.stringify({ ...body, ...fields });
    return invokeHandler(handler, { routeKey: 'POST /jobs/validate', headers, body: sent });
  };
  return { tenant, platform, validate, changes: () => changes };
}

describe('POST /jobs/validate', () => {
  it('writes nothing, whether the job is valid, invalid or exists', async () => {
    const { tenant, platform, validate, changes } = given();
    await givenJob(platform, { tenant, id: 'known' });
    const before = changes();

    const answers = [await validate({}), await validate({ id: 'known' }), await validate({ timezone: 'Mars/Base' })];

    expect(answers.map((answer) => (answer.body as { valid: boolean }).valid)).toEqual([true, true, false]);
    expect(changes()).toBe(before);
  });

  it('counts the jobs of the tenant for a new id only', async () => {
    const { platform, validate, tenant, changes } = given(undefined, 1);
    expect(await validate({})).toMatchObject({ body: { valid: true } });
    await givenJob(platform, { tenant, id: 'known' });
    const before = changes();

    expect(await validate({})).toMatchObject({
      body: { valid: false, errors: [{ field: 'body', message: expect.stringMatching(/^jobs: .* may have 1 jobs/) }] },
    });
    expect(await validate({ id: 'known' })).toMatchObject({ body: { valid: true } });
    expect(changes()).toBe(before);
  });
});
