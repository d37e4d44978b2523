import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { JobView } from '../../../functions/api/flows/job-view.ts';
import type { Run } from '../../../functions/core/domain/run.ts';
import { publicRunId } from '../../../functions/core/domain/run-id.ts';
import type { Db } from '../../../functions/core/store/db.ts';
import { createJob } from '../../../functions/core/store/jobs.ts';
import { aFlowJob, aFlowRun, iso, putRuns } from '../../helpers/builders/flow-rows.ts';
import type { ApiClient } from '../../helpers/clients/api.ts';
import { flowError, followLinks, nextLink, pythonClient } from '../../helpers/clients/flow-jobs.ts';
import { shareTestSystem } from '../../helpers/system/shared-system.ts';
import { systemDb } from '../../helpers/system/system-db.ts';
import { freshTenant, type TestSystem, tenantId } from '../../helpers/system/test-system.ts';

const JOBS = 5_000;
/** Jobs of the burst that share a millisecond. */
const TOGETHER = 7;

let system: TestSystem;
let db: Db;
let close: () => void;
let api: ApiClient;
/** The burst in creation order. */
let burst: readonly Run[];
let begin: number;

const flow = aFlowJob({ tenant: tenantId(freshTenant()), integrationId: 'shop' });
const ids = (jobs: readonly (Run | JobView)[]) => jobs.map((job) => ('_id' in job ? job._id : publicRunId(job)));

/** A terminal state: no worker changes the run. */
const failedRun = (createdAt: number) =>
  aFlowRun(flow, createdAt, {
    state: 'failed',
    failure: { kind: 'error', message: 'source exp123: 503' },
    startedAt: iso(createdAt),
    finishedAt: iso(createdAt + 1_000),
  });

beforeAll(async () => {
  system = await shareTestSystem();
  ({ db, close } = systemDb(system));
  api = await system.as(flow.tenant);
  await createJob(db, flow);
  begin = system.clock.now() - 60_000;
  burst = await putRuns(
    db,
    Array.from({ length: JOBS }, (_, i) => failedRun(begin + Math.floor(i / TOGETHER))),
  );
});
afterAll(async () => {
  close?.();
  await system?.stop();
});

describe('the contract’s paging loop', () => {
  test('visits each of 5,000 jobs of one burst once, while more are created', async () => {
    const newer: Run[] = [];
    const createMore = async () => {
      newer.push(
        ...(await putRuns(
          db,
          Array.from({ length: 20 }, () => failedRun(system.clock.now())),
        )),
      );
    };

    const { allJobs, requests } = await pythonClient(api).getAllJobs(flow.id, iso(begin), createMore);

    const known = new Set(ids(burst));
    const seen = ids(allJobs).filter((id) => known.has(id));
    expect(seen.length).toBe(JOBS);
    expect(new Set(seen)).toEqual(known);
    expect(new Set(ids(allJobs)).size).toBe(allJobs.length);
    expect(requests).toBe(5);
    expect(newer.length).toBe(100);
    const times = allJobs.map(({ createdAt }) => createdAt);
    expect(times).toEqual([...times].sort().reverse());
  });
});

describe('a page', () => {
  const newest = Math.floor((JOBS - 1) / TOGETHER);
  /** Selects jobs of the burst from millisecond `from` on. */
  const since = (from: number, query = '') =>
    `/v1/jobs?createdAt_gte=${iso(begin + from)}&createdAt_lte=${iso(begin + newest)}${query}`;

  test('exceeds 1001 jobs only by those that share the last one’s millisecond', async () => {
    const { body, headers } = await api.get<JobView[]>(since(0));

    // The newest millisecond has 5,000 − 714 × 7 = 2 jobs: 2 + 143 × 7 = 1003.
    expect(body.length).toBe(1_003);
    expect(new Set(body.slice(1_000).map(({ createdAt }) => createdAt)).size).toBe(1);
    expect(headers.get('link')).toMatch(/^<\/v1\/jobs\?createdAt_gte=\S+&createdAt_lte=\S+&cursor=\S+>; rel="next"$/);
  });

  test.each([
    ['', 'all'],
    ['&status=failed', 'those of one state'],
    ['&status_in=failed,canceled,running,queued&type_in=flow,export,import', 'those of several states'],
    ['&flow_id=flow123&integration_id=shop', 'those of a flow'],
  ])('links to the next page, so that each job is visited once: %s, %s', async (query) => {
    const pages = await followLinks(api, since(newest - 300, query));

    expect(pages.map(({ length }) => length)).toEqual([1_003, 1_001, 98]);
    expect(ids(pages.flat()).sort()).toEqual(ids(burst.slice(-2_102)).sort());
  });

  test('has no Link if it is full and the last one', async () => {
    const answer = await api.get<JobView[]>(since(newest - 143));

    expect(answer.body.length).toBe(1_003);
    expect(nextLink(answer)).toBeUndefined();
    const before = iso(Date.parse(answer.body.at(-1)?.createdAt ?? '') - 1);
    const emptyWindow = `/v1/jobs?createdAt_gte=${iso(begin + newest - 143)}&createdAt_lte=${before}`;
    expect(await api.get(emptyWindow)).toMatchObject({ status: 200, body: [] });
  });

  test('has no Link if it is the last one', async () => {
    const answer = await api.get<JobView[]>(`/v1/jobs?createdAt_lte=${iso(begin + 10)}`);

    expect(answer.body.length).toBe(11 * TOGETHER);
    expect(nextLink(answer)).toBeUndefined();
  });
});

describe('a cursor', () => {
  test('fails with another filter, by another tenant and after a change', async () => {
    const next = nextLink(await api.get(`/v1/jobs?flow_id=${flow.id}`)) ?? '';
    const cursor = new URLSearchParams(next.split('?')[1]).get('cursor') ?? '';
    const [place = '', signature = ''] = cursor.split('.');
    const elsewhere = Buffer.from(Buffer.from(place, 'base64url').toString().replace(/^2/, '1')).toString('base64url');
    const otherTenant = await system.as(freshTenant());
    const refused = flowError(
      400,
      'invalid_query',
      'cursor: must be the one of a `Link: rel="next"` header, with the same filter beside it',
    );

    expect((await api.get(next)).status).toBe(200);
    expect((await api.get(`/v1/jobs?_flowId=${flow.id}&cursor=${cursor}`)).status).toBe(200);
    expect(await api.get(`/v1/jobs?cursor=${cursor}`)).toMatchObject(refused);
    expect(await api.get(`/v1/jobs?flow_id=${flow.id}&type=flow&cursor=${cursor}`)).toMatchObject(refused);
    expect(await otherTenant.get(next)).toMatchObject(refused);
    for (const changed of [`${elsewhere}.${signature}`, `${place}.${signature.slice(1)}A`, place, '', 'nonsense']) {
      expect(await api.get(`/v1/jobs?flow_id=${flow.id}&cursor=${changed}`)).toMatchObject(refused);
    }
  });
});
