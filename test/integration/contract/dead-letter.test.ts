import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { tickUlid } from '../../../functions/core/domain/run-id.ts';
import type { Db } from '../../../functions/core/store/db.ts';
import { putRun } from '../../../functions/core/store/runs.ts';
import { endedRun } from '../../helpers/builders/ended-run.ts';
import { aJob } from '../../helpers/builders/jobs.ts';
import type { ApiClient } from '../../helpers/clients/api.ts';
import { listDeliveries, waitForDeliveries } from '../../helpers/clients/notifications.ts';
import { runnerClient } from '../../helpers/clients/runner.ts';
import { shareTestSystem } from '../../helpers/system/shared-system.ts';
import { systemDb } from '../../helpers/system/system-db.ts';
import { systemQueue } from '../../helpers/system/system-queue.ts';
import { freshTenant, type TestSystem, tenantId } from '../../helpers/system/test-system.ts';
import { waitForAssertion } from '../../helpers/wait.ts';

/** Dead letters: stored for their tenant, listed and replayed. */

let system: TestSystem;
const cleanup: (() => unknown)[] = [];

beforeAll(async () => {
  system = await shareTestSystem();
});
afterEach(() => {
  for (const step of cleanup.splice(0)) step();
});
afterAll(() => system?.stop());

interface DeadLetter {
  readonly id: string;
  readonly kind: string;
  readonly sent_at: string;
  readonly given_up_at: string;
  readonly run_id: string;
}
const LIST_FIELD = 'dead_letters';
type DeadLetterListBody = Readonly<Record<typeof LIST_FIELD, readonly DeadLetter[]>>;
interface ReplayBody {
  readonly matched: number;
  readonly replayed: readonly {
    readonly id: string;
    readonly new_run_id: string | null;
    readonly delivery: string | null;
  }[];
  readonly skipped: readonly { readonly id: string; readonly reason: string }[];
  readonly left: number;
}

interface World {
  readonly api: ApiClient;
  readonly tenant: string;
  readonly job: { readonly v: 1; readonly tenant: string; readonly jobId: string; readonly incarnation: string };
}

/** Creates a tenant with a job `hello` that has run once. */
async function given(): Promise<World> {
  const tenant = freshTenant('dead');
  const api = await system.as(tenant, ['OWNER']);
  const runner = runnerClient(api);
  await runner.define({ id: 'hello', script: 'echo', args: ['hello'], schedule: '0 3 1 1 *' });
  const { run_id: runId } = await runner.trigger('hello');
  return { api, tenant, job: { v: 1, tenant, jobId: 'hello', incarnation: runId.split('.')[1] ?? '' } };
}

async function putDeadLetter(queue: string, message: object): Promise<void> {
  const dead = systemQueue(system, `${queue}-dead-letters`);
  cleanup.push(dead.close);
  await dead.send(message);
}

const listDeadLetter = async (api: ApiClient, query = '') =>
  (await api.get<DeadLetterListBody>(`/dead-letters${query}`)).body[LIST_FIELD];

const untilDeadLetter = (api: ApiClient, count: number, query = '') =>
  waitForAssertion(async () => {
    const found = await listDeadLetter(api, query);
    expect(found).toHaveLength(count);
    return found;
  });

const replay = async (api: ApiClient, body: object) => (await api.post<ReplayBody>('/dead-letters/replay', body)).body;

const SCHEDULED_AT = '2026-01-01T03:00:00.000Z';

it('stores a dead tick and replays it once', async () => {
  const { api, job, tenant } = await given();
  const runId = `hello.${job.incarnation}.${tickUlid({ ...job, tenant: tenantId(tenant) }, SCHEDULED_AT)}`;
  // The format of EventBridge Scheduler's dead letters.
  await putDeadLetter('ticks', { MessageBody: JSON.stringify({ ...job, scheduledAt: SCHEDULED_AT }), QueueUrl: 'x' });

  const [letter] = await untilDeadLetter(api, 1);
  expect(letter).toMatchObject({
    kind: 'tick',
    job_id: 'hello',
    run_id: runId,
    scheduled_at: SCHEDULED_AT,
    cause: expect.stringMatching(/^its message was abandoned after \d+ receives$/),
    task: null,
    delivery_id: null,
  });
  const { id = '' } = letter ?? {};
  const seen = await api.get<{ dead_letter: DeadLetter }>(`/dead-letters/${id}`);
  expect(seen.body.dead_letter).toEqual({ ...letter, state: 'missed' });

  const dry = await replay(api, { kind: 'tick', dry_run: true });
  expect(dry).toEqual({
    matched: 1,
    replayed: [{ id, new_run_id: null, delivery: null }],
    skipped: [],
    left: 0,
    dry_run: true,
  });
  const first = await replay(api, { ids: [id, id] });
  const newRun = first.replayed[0]?.new_run_id ?? '';
  expect(await runnerClient(api).waitForEnd('hello', newRun)).toMatchObject({
    status: 'ok',
    scheduled_at: SCHEDULED_AT,
  });
  expect(await replay(api, { since: '2020-01-01T00:00:00Z' })).toMatchObject({
    matched: 1,
    replayed: [],
    skipped: [{ id, reason: `was redriven before, as ${newRun}` }],
  });
});

it('replays a run with several dead letters once', async () => {
  const world = await given();
  const { api, job } = world;
  const { db, close } = systemDb(system);
  cleanup.push(close);
  const runner = runnerClient(api);
  const { run_id: endedId } = await runner.trigger('hello');
  const [, , endedUlid = ''] = endedId.split('.');
  const ulid = await queuedRun(db, world);
  for (let i = 0; i < 2; i++) await putDeadLetter('runs', { ...job, ulid });
  await putDeadLetter('runs', { ...job, ulid: endedUlid });
  await putDeadLetter('runs', { ...job, ulid: '01JNXA3V5T9YV0Q2Z6W8M4R7B1' });

  const all = await untilDeadLetter(api, 3, '?kind=run');
  const replayed = await replay(api, { kind: 'run' });

  const runId = `hello.${job.incarnation}.${ulid}`;
  expect(all.filter(({ run_id }) => run_id === runId)).toHaveLength(2);
  expect(replayed.replayed).toHaveLength(1);
  expect(replayed.skipped.map(({ reason }) => reason).sort()).toEqual([
    'another dead letter concerns the same run',
    'did not fail: it is completed',
  ]);
  expect((await runner.run('hello', runId)).status).toBe('error');
  expect(await runner.waitForEnd('hello', replayed.replayed[0]?.new_run_id ?? '')).toMatchObject({ status: 'ok' });
});

/** Creates a run whose message no worker has received. */
async function queuedRun(db: Db, { tenant, job: { incarnation } }: World): Promise<string> {
  const job = aJob({ tenant: tenantId(tenant), id: 'hello', incarnation });
  const createdAt = new Date(system.clock.now()).toISOString();
  const unclaimed = { state: 'queued', attempt: 0, createdAt, startedAt: null, finishedAt: null } as const;
  const run = endedRun(job, 7, { ...unclaimed, purgeAt: new Date(system.clock.now() + 1e9).toISOString() });
  await putRun(db, run);
  return run.ulid;
}

it('replays a dead notification unless it was delivered', async () => {
  const { api, tenant } = await given();
  await api.post('/jobs', { id: 'bad', name: 'Bad', script: 'fail', on_failure: 'slack:#alerts' });
  await runnerClient(api).trigger('bad');
  const [delivery = expect.fail('there is none')] = await waitForDeliveries(api, 1);
  await putDeadLetter('notifications', { v: 1, tenant, delivery: delivery.id });
  await putDeadLetter('notifications', { v: 1, tenant, delivery: '01JNXA3V5T9YV0Q2Z6W8M4R7B1' });

  const [letter] = await untilDeadLetter(api, 1);
  const replayed = await replay(api, { ids: [letter?.id] });

  expect(letter).toMatchObject({ kind: 'notification', job_id: 'bad', delivery_id: delivery.id });
  expect(replayed.replayed).toEqual([{ id: letter?.id, new_run_id: null, delivery: delivery.id }]);
  await waitForAssertion(async () => {
    expect(await listDeliveries(api)).toMatchObject([{ id: delivery.id, state: 'failed', attempts: 2 }]);
  });
});

it('omits dead letters of deleted jobs and of other tenants', async () => {
  const [mine, theirs] = await Promise.all([given(), given()]);
  await putDeadLetter('ticks', { ...theirs.job, scheduledAt: SCHEDULED_AT });
  await putDeadLetter('ticks', { ...mine.job, jobId: 'gone', scheduledAt: SCHEDULED_AT });
  const [letter] = await untilDeadLetter(theirs.api, 1);
  const { id = '' } = letter ?? {};

  expect(await listDeadLetter(mine.api)).toEqual([]);
  expect((await mine.api.get(`/dead-letters/${id}`)).status).toBe(404);
  expect(await replay(mine.api, { ids: [id] })).toMatchObject({
    replayed: [],
    skipped: [{ id, reason: 'dead letter not found' }],
  });
  const member = await system.as(theirs.tenant, ['MEMBER']);
  expect((await member.get('/dead-letters')).status).toBe(403);
  expect((await member.post('/dead-letters/replay', { kind: 'tick' })).status).toBe(403);
});

it.each([
  [{}, 'body: must select dead letters by ids, or by kind, since or until'],
  [{ ids: ['x'] }, 'ids[0]: must be the id of a dead letter'],
  [{ ids: ['01JNXA3V5T9YV0Q2Z6W8M4R7B1'], kind: 'tick' }, 'ids: must not be combined with kind'],
  [{ kind: 'letter' }, 'kind: must be tick or run or notification or chain, got "letter"'],
  [{ kind: 'tick', limit: 501 }, 'limit: must be 1–500, got 501'],
])('refuses %j', async (body, error) => {
  const api = await system.as(freshTenant('dead'));

  expect(await api.post('/dead-letters/replay', body)).toMatchObject({ status: 400, body: { error } });
});
