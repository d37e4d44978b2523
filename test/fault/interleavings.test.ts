import { unmarshall } from '@aws-sdk/util-dynamodb';
import { describe, expect, it } from 'vitest';
import type { Job } from '../../functions/domain/job.ts';
import { isTerminal, type Run, type RunRef } from '../../functions/domain/run.ts';
import { cancelRun } from '../../functions/lifecycle/cancel.ts';
import { type Claimed, claim } from '../../functions/lifecycle/claim.ts';
import { startTick } from '../../functions/lifecycle/dispatch.ts';
import { report } from '../../functions/lifecycle/report.ts';
import { triggerJob } from '../../functions/lifecycle/trigger.ts';
import { work } from '../../functions/lifecycle/work.ts';
import { toRun } from '../../functions/store/run-item.ts';
import { listHistory } from '../../functions/store/run-lists.ts';
import { getState } from '../../functions/store/states.ts';
import { sweepTenant } from '../../functions/sweeper/sweep.ts';
import { interrupted } from '../support/interrupted.ts';
import { memoryDb } from '../support/memory-db.ts';
import { anOutcome, givenJob, START, type TestPlatform, testPlatform } from '../support/platform.ts';

/**
 * Whatever somebody does to the runs of a job may happen between any two calls of whatever somebody else does: all of
 * both, at each call.
 */
const POLICIES = ['skip', 'queue', 'replace', 'allow'] as const;
const RETRY = { attempts: 2, backoff: 'fixed', delaySeconds: 1, maxDelaySeconds: 1 } as const;
const iso = (time: number) => new Date(time).toISOString();

interface Scene {
  readonly platform: TestPlatform;
  readonly job: Job;
  /** The run that has a worker. */
  readonly running: Claimed;
  /** One that was made after it, if the policy lets that be: it waits, or is sent. */
  readonly second: RunRef | undefined;
}

type Act = (scene: Scene, as: TestPlatform) => Promise<unknown>;

const refused = () => undefined;
const ACTS: Readonly<Record<string, Act>> = {
  'the first ends': ({ running }, as) => report(as, running, anOutcome()),
  'the first fails': ({ running }, as) => report(as, running, anOutcome({ status: 'error', exitCode: 1 })),
  'the first is canceled': ({ running }, as) => cancelRun(as, running.run, 'ana'),
  'the second is canceled': async ({ second }, as) => second && cancelRun(as, second, 'ana'),
  'the second is worked off': async ({ second }, as) => second && work(as, async () => anOutcome(), second),
  'one is asked for': ({ job }, as) => triggerJob(as, job).catch(refused),
  'a tick comes': ({ job }, as) => startTick(as, job, iso(START), undefined),
  'the sweeper comes': ({ job }, as) => sweepTenant(as, job.tenant),
};

/** What went wrong when `other` happened before so-many-th call of `one`; undefined: it makes fewer calls. */
async function violations(policy: Job['overlapPolicy'], one: Act, other: Act, nth: number, late: number) {
  const found: string[] = [];
  const db = memoryDb(({ table, before, after }) => {
    if (table !== 'Runs' || !before || !after || !before.sk?.S?.startsWith('R#')) return;
    const [was, is] = [before, after].map((item) => toRun(unmarshall(item as Parameters<typeof unmarshall>[0])));
    if (was && is && isTerminal(was.state) && is.state !== was.state) found.push(`${was.state} became ${is.state}`);
  });
  const platform = testPlatform(db, { concurrentRuns: 2 });
  const job = await givenJob(platform, { overlapPolicy: policy, schedule: null, retry: RETRY });
  const running = await claim(platform, await triggerJob(platform, job));
  if (!running) throw new Error('the run was not claimed');
  const second = await triggerJob(platform, job).catch(refused);
  platform.advance(late);
  const scene = { platform, job, running, second };
  let happened = false;
  const as = interrupted(platform, { nth }, async () => {
    happened = true;
    await other(scene, platform);
  });
  await one(scene, as);
  if (!happened) return undefined;
  let executing = 0;
  for (let minute = 0; minute < 8; minute++) {
    const messages = platform.sent.splice(0);
    for (const message of messages) {
      await work(
        platform,
        async () => {
          const active = await rows(platform, job);
          executing = active.filter(({ state, lease }) => lease && !isTerminal(state)).length;
          if (policy !== 'allow' && executing > 1) found.push(`${executing} runs at once`);
          return anOutcome();
        },
        message,
      );
    }
    platform.advance(61_000);
    await sweepTenant(platform, job.tenant);
  }
  const all = await rows(platform, job);
  for (const { number, state, waiting } of all) if (!isTerminal(state)) found.push(`${number} is ${state} ${waiting}`);
  if (new Set(all.map(({ number }) => number)).size < all.length) found.push('two have one number');
  const { lock, next } = (await getState(db, job.tenant, job.id)) ?? {};
  if (lock) found.push(`${lock.number} has the lock`);
  if (next) found.push(`${next.number} is next`);
  return found;
}

async function rows({ db, now }: TestPlatform, { tenant, id: jobId, incarnation }: Job): Promise<Run[]> {
  const history = await listHistory(db, { tenant, jobId, incarnation }, { limit: 100, now: now() });
  return history.filter((row): row is Run => row.state !== 'skipped');
}

describe.each(POLICIES)('of a job whose policy is %s', (policy) => {
  it.each(Object.entries(ACTS))('while %s, anything else may happen at any time', async (name, one) => {
    const found: string[] = [];
    let calls = 0;
    for (const [otherName, other] of Object.entries(ACTS)) {
      for (const late of [0, 61_000]) {
        for (let nth = 1; ; nth++) {
          const wrong = await violations(policy, one, other, nth, late);
          if (!wrong) break;
          calls++;
          if (wrong.length > 0)
            found.push(`${name} (late: ${late}), and before call ${nth} ${otherName}: ${wrong.join(', ')}`);
        }
      }
    }
    expect(found).toEqual([]);
    expect(calls).toBeGreaterThan(0);
  });
});
