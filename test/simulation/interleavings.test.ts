import { unmarshall } from '@aws-sdk/util-dynamodb';
import { describe, expect, it } from 'vitest';
import { JobdeckError } from '../../functions/core/domain/errors.ts';
import type { Job } from '../../functions/core/domain/job.ts';
import { isTerminal, type Run, type RunRef } from '../../functions/core/domain/run.ts';
import { type ClaimedRun, claimQueuedRun } from '../../functions/core/engine/execute/claim-run.ts';
import { finishAttempt } from '../../functions/core/engine/execute/finish-attempt.ts';
import { processRunMessage } from '../../functions/core/engine/execute/process-run-message.ts';
import { cancelRun } from '../../functions/core/engine/finalize/cancel-run.ts';
import { startTick } from '../../functions/core/engine/start/dispatch-tick.ts';
import { inspectLock } from '../../functions/core/engine/start/overlap-lock.ts';
import { triggerJob } from '../../functions/core/engine/start/trigger-job.ts';
import { sweepTenant } from '../../functions/core/engine/sweep/sweep-tenant.ts';
import { getJobState } from '../../functions/core/store/job-states.ts';
import { toRun } from '../../functions/core/store/run-item.ts';
import { listHistory } from '../../functions/core/store/run-lists.ts';
import { givenJob } from '../helpers/builders/jobs.ts';
import { anOutcome } from '../helpers/builders/outcomes.ts';
import { Crash } from '../helpers/fakes/faulty-db.ts';
import { interruptBefore } from '../helpers/fakes/interrupted-platform.ts';
import { memoryDb } from '../helpers/fakes/memory-db.ts';
import { START, type TestPlatform, testPlatform } from '../helpers/fakes/platform.ts';
import { iterations } from '../helpers/iterations.ts';

/** Any operation on a job's runs may happen between any two store calls of any other operation. */
const POLICIES = ['skip', 'queue', 'replace', 'allow'] as const;
const RETRY = { attempts: 2, backoff: 'fixed', delaySeconds: 1, maxDelaySeconds: 1 } as const;
const SWEEPER = 'the sweeper runs';
const iso = (time: number) => new Date(time).toISOString();

interface Scene {
  readonly platform: TestPlatform;
  readonly job: Job;
  /** The run that a worker has claimed. */
  readonly running: ClaimedRun;
  /** A second run that waits or was sent, if the policy allows it. */
  readonly second: RunRef | undefined;
}

type Act = (scene: Scene, as: TestPlatform) => Promise<unknown>;

/** Ignores a rejection by the overlap policy, which is a valid result. */
function refused(error: unknown): undefined {
  if (!(error instanceof JobdeckError)) throw error;
}

const ACTS: Readonly<Record<string, Act>> = {
  'the first ends': ({ running }, as) => finishAttempt(as, running, anOutcome()),
  'the first fails': ({ running }, as) => finishAttempt(as, running, anOutcome({ status: 'error', exitCode: 1 })),
  'the first is canceled': ({ running }, as) => cancelRun(as, running.run, 'ana'),
  'the second is canceled': async ({ second }, as) => second && cancelRun(as, second, 'ana'),
  'the second is processed': async ({ second }, as) => second && processRunMessage(as, async () => anOutcome(), second),
  'another is triggered': ({ job }, as) => triggerJob(as, job).catch(refused),
  'a tick is dispatched': ({ job }, as) => startTick(as, job, iso(START), undefined),
  [SWEEPER]: ({ job }, as) => sweepTenant(as, job.tenant),
};

/** The call before which the other operation happens, and whether the interrupted caller crashes then. */
interface Moment {
  readonly nth: number;
  readonly crashes: boolean;
  /** Milliseconds for which the first run has been running. */
  readonly after: number;
}

/**
 * Performs `other` before the nth store call of `one` and checks the invariants.
 *
 * @returns the violations, or `undefined` if `one` makes fewer calls
 */
async function violations(policy: Job['overlapPolicy'], one: Act, other: Act, { nth, crashes, after }: Moment) {
  const found: string[] = [];
  const db = memoryDb(({ table, before, after: now }) => {
    if (table !== 'Runs' || !before || !now || !before.sk?.S?.startsWith('R#')) return;
    const [was, is] = [before, now].map((item) => toRun(unmarshall(item as Parameters<typeof unmarshall>[0])));
    if (was && is && isTerminal(was.state) && is.state !== was.state) found.push(`${was.state} became ${is.state}`);
  });
  // No retry delay is needed, because no other caller runs meanwhile.
  const platform = { ...testPlatform(db, { concurrentRuns: 2 }), random: () => 0 };
  const scene = await begin(platform, policy);
  platform.advance(after);
  let happened = false;
  const as = interruptBefore(platform, { nth }, async () => {
    happened = true;
    await other(scene, platform);
    if (crashes) throw new Crash();
  });
  await one(scene, as).catch((error: unknown) => {
    if (!containsCrash(error)) throw error;
  });
  if (!happened) return undefined;
  for (let minute = 0; minute < 8; minute++) {
    for (const message of platform.sent.splice(0)) {
      const execute = async () => {
        const atWork = (await rows(scene)).filter(({ state, lease }) => lease && !isTerminal(state)).length;
        if (policy !== 'allow' && atWork > 1) found.push(`${atWork} runs at once`);
        return anOutcome();
      };
      await processRunMessage(platform, execute, message);
    }
    platform.advance(61_000);
    await sweepTenant(platform, scene.job.tenant);
  }
  return [...found, ...(await listLeftovers(scene))];
}

/** @returns whether an error is a crash or, as the errors of a sweep's parts, contains one */
const containsCrash = (error: unknown): boolean =>
  error instanceof Crash || (error instanceof AggregateError && error.errors.some(containsCrash));

/** Lists active runs, places in the queue, and locks that are not free, that are left at the end. */
async function listLeftovers(scene: Scene): Promise<string[]> {
  const all = await rows(scene);
  const state = await getJobState(scene.platform.db, scene.job.tenant, scene.job.id);
  const lock = state && (await inspectLock(scene.platform, scene.job, state, '')).status;
  return [
    ...all.flatMap(({ number, state, waiting }) => (isTerminal(state) ? [] : [`${number} is ${state} ${waiting}`])),
    ...(new Set(all.map(({ number }) => number)).size < all.length ? ['two runs have the same number'] : []),
    ...(lock === 'free' ? [] : [`${state?.lock?.number} keeps the lock`]),
    ...(state?.waitingRun ? [`${state.waitingRun.number} keeps the place in the queue`] : []),
  ];
}

async function begin(platform: TestPlatform, overlapPolicy: Job['overlapPolicy']): Promise<Scene> {
  const job = await givenJob(platform, { overlapPolicy, schedule: null, retry: RETRY });
  const running = await claimQueuedRun(platform, await triggerJob(platform, job));
  if (!running) throw new Error('the run was not claimed');
  return { platform, job, running, second: await triggerJob(platform, job).catch(refused) };
}

async function rows({ platform: { db, now }, job }: Scene): Promise<Run[]> {
  const { tenant, id: jobId, incarnation } = job;
  const history = await listHistory(db, { tenant, jobId, incarnation }, { limit: 100, now: now() });
  return history.filter((row): row is Run => row.state !== 'skipped');
}

/** Only every nth call is tested by default, with a different offset for each pair. */
const STRIDE = iterations(6, 1);

describe.each(POLICIES)('a job with the overlap policy %s', (policy) => {
  it.each([false, true])(
    'keeps its invariants for every interleaving of two operations (with a crash: %s)',
    async (crashes) => {
      const found: string[] = [];
      let [tried, pair] = [0, 0];
      for (const [name, one] of Object.entries(ACTS)) {
        for (const [otherName, other] of Object.entries(ACTS)) {
          // Only the sweeper depends on the duration.
          for (const after of [name, otherName].includes(SWEEPER) ? [0, 61_000] : [0]) {
            for (let nth = 1 + (pair++ % STRIDE); ; nth += STRIDE) {
              const wrong = await violations(policy, one, other, { nth, crashes, after });
              if (!wrong) break;
              tried++;
              if (wrong.length > 0) found.push(`${name}, and before call ${nth} ${otherName}: ${wrong.join(', ')}`);
            }
          }
        }
      }
      expect(found).toEqual([]);
      expect(tried).toBeGreaterThan(400 / STRIDE);
    },
    120_000,
  );
});
