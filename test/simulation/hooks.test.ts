import { describe, expect, it } from 'vitest';
import type { HooksDependencies } from '../../functions/api/runner/hooks.ts';
import { receiveHook } from '../../functions/api/runner/receive-hook.ts';
import type { Hook } from '../../functions/core/domain/hook.ts';
import type { Job } from '../../functions/core/domain/job.ts';
import { formatToken, hashToken } from '../../functions/core/domain/stage-token.ts';
import type { HookSecrets } from '../../functions/core/platform/hook-secrets.ts';
import { createHook } from '../../functions/core/store/hooks.ts';
import { getJobState } from '../../functions/core/store/job-states.ts';
import { listHistory } from '../../functions/core/store/run-lists.ts';
import { givenJob } from '../helpers/builders/jobs.ts';
import { HOOK_SECRETS, signedHeaders } from '../helpers/builders/webhooks.ts';
import { faultyDb } from '../helpers/fakes/faulty-db.ts';
import { memoryDb } from '../helpers/fakes/memory-db.ts';
import { START, type TestPlatform, testPlatform, withDb } from '../helpers/fakes/platform.ts';

const db = memoryDb();
const BODY = JSON.stringify({ text: 'x'.repeat(300) });

async function given() {
  const platform = testPlatform(db);
  const job = await givenJob(platform, { schedule: null, overlapPolicy: 'allow' });
  const id = platform.newUlid(platform.now());
  const parts = { tenant: job.tenant, id, secret: 'A'.repeat(43), generation: 1 };
  const token = formatToken('hook', parts, new Uint8Array(32));
  const hook: Hook = {
    tenant: job.tenant,
    id,
    name: null,
    managedBy: null,
    job: job.id,
    scheme: 'github',
    description: null,
    enabled: true,
    tokenHash: hashToken(token),
    former: null,
    secret: null,
    createdAt: new Date(platform.now()).toISOString(),
    createdBy: 'ana',
  };
  await createHook(db, hook);
  return { platform, job, token };
}

/** Sends one delivery and its repeats, which have the same id. */
async function deliver(platform: TestPlatform, job: Job, token: string) {
  const dependencies: HooksDependencies = {
    ...platform,
    hookTokens: { issue: async () => token },
    hookSecrets: { open: async () => HOOK_SECRETS.github } as Partial<HookSecrets> as HookSecrets,
    apiUrl: '',
  };
  const request = {
    caller: { tenant: job.tenant, roles: [], name: 'hook' },
    params: { hook: token },
    query: {},
    body: Buffer.from(BODY),
    headers: {
      'content-type': 'application/json',
      ...signedHeaders({ scheme: 'github', body: BODY, now: 0, id: 'd1' }),
    },
    remainingMs: () => 29_000,
    mayWait: async () => true,
    countRequest: async () => {},
  };
  return receiveHook.handle(request, dependencies as never);
}

const runsOf = async (job: Job) =>
  (await listHistory(db, { ...job, jobId: job.id }, { limit: 10, now: START })).filter(
    ({ state }) => state !== 'skipped',
  );

describe('a delivery to a hook', () => {
  it.each([false, true])(
    'starts one run after a crash at any call and a repeat (answer is lost: %s)',
    async (answerIsLost) => {
      for (let crashAtCall = 1; ; crashAtCall++) {
        const { platform, job, token } = await given();
        const broken = withDb(platform, faultyDb(db, { crashAtCall, answerIsLost }));

        const first = await deliver(broken, job, token).then(
          () => 'done',
          () => 'crashed',
        );
        const repeat = await deliver(platform, job, token);

        const runs = await runsOf(job);
        expect(runs, String(crashAtCall)).toHaveLength(1);
        expect(repeat).toMatchObject({ status: 202, body: { run_id: expect.stringContaining(runs[0]?.ulid ?? '-') } });
        if (first === 'done') {
          expect(crashAtCall).toBeGreaterThan(6);
          return;
        }
      }
    },
  );

  it('starts no run for another token of the hook', async () => {
    const { platform, job, token } = await given();
    const replaced = token.replaceAll('A'.repeat(43), 'B'.repeat(43));

    await expect(deliver(platform, job, replaced)).rejects.toMatchObject({ code: 'hook.not_found' });

    expect(await runsOf(job)).toEqual([]);
  });

  it('starts one run for repeats at the same time', async () => {
    const { platform, job, token } = await given();

    const answers = await Promise.all([1, 2, 3].map(() => deliver(platform, job, token)));

    expect(new Set(answers.map(({ body }) => JSON.stringify(body))).size).toBe(1);
    expect(await runsOf(job)).toHaveLength(1);
    expect(platform.sent).toHaveLength(1);
    expect((await getJobState(db, job.tenant, job.id))?.waitingRun).toBeNull();
  });
});
