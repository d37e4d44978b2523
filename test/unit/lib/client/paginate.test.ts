import { afterEach, describe, expect, it } from 'vitest';
import { JobdeckClient } from '../../../../lib/client/index.ts';
import { parseNextLink } from '../../../../lib/client/lists.ts';
import { collect } from '../../../helpers/collect.ts';
import { type FakeAnswer, startApiServer } from '../../../helpers/fakes/api-server.ts';

let server: Awaited<ReturnType<typeof startApiServer>>;
afterEach(() => server.close());

/** Starts an API that returns the pages one after the other. */
async function clientOfPages(pages: readonly FakeAnswer[]): Promise<JobdeckClient> {
  server = await startApiServer((_, attempt) => pages[attempt - 1] ?? { status: 500 });
  return new JobdeckClient({ url: server.url, token: 'secret' });
}

const paths = () => server.received.map(({ path }) => path);
const rows = (...ids: readonly string[]) => ids.map((run_id) => ({ run_id }));

describe('paginate', () => {
  it('follows a cursor in the body and keeps the filter', async () => {
    const client = await clientOfPages([
      { body: { runs: rows('c', 'b'), next_cursor: 'x' } },
      { body: { runs: rows('a'), next_cursor: null } },
    ]);

    const runs = await collect(client.paginate('/runs', { params: { query: { status: 'error' } } }));

    expect(runs.map(({ run_id }) => run_id)).toEqual(['c', 'b', 'a']);
    expect(paths()).toEqual(['/runs?status=error', '/runs?status=error&cursor=x']);
  });

  it('continues before the last item until a page is not full', async () => {
    const client = await clientOfPages([{ body: { runs: rows('c', 'b') } }, { body: { runs: rows('a') } }]);
    const input = { params: { path: { id: 'hello' }, query: { limit: 2 } } };

    const runs = await collect(client.paginate('/jobs/{id}/runs', input));

    expect(runs.map(({ run_id }) => run_id)).toEqual(['c', 'b', 'a']);
    expect(paths()).toEqual(['/jobs/hello/runs?limit=2', '/jobs/hello/runs?limit=2&before=b']);
  });

  it('asks for pages of a known size, because their size tells the end', async () => {
    const client = await clientOfPages([{ body: { dead_letters: [{ id: 'a' }] } }]);

    expect(await collect(client.paginate('/dead-letters'))).toEqual([{ id: 'a' }]);
    expect(paths()).toEqual(['/dead-letters?limit=100']);
  });

  it('adds the received items to the offset', async () => {
    const client = await clientOfPages([
      { body: { data: [{ id: 'c' }, { id: 'b' }], has_more: true } },
      { body: { data: [{ id: 'a' }], has_more: false } },
    ]);

    const jobs = await collect(client.paginate('/api/v1/jobs', { params: { query: { offset: 5 } } }));

    expect(jobs.map(({ id }) => id)).toEqual(['c', 'b', 'a']);
    expect(paths()).toEqual(['/api/v1/jobs?offset=5', '/api/v1/jobs?offset=7']);
  });

  it('follows the Link header', async () => {
    const link = '</v1/jobs?cursor=a%2Bb&pageSize=2>; rel="next"';
    const client = await clientOfPages([{ body: [{ _id: 'b' }], headers: { link } }, { body: [{ _id: 'a' }] }]);

    const jobs = await collect(client.paginate('/v1/jobs', { params: { query: { pageSize: 2 } } }));

    expect(jobs.map(({ _id }) => _id)).toEqual(['b', 'a']);
    expect(paths()).toEqual(['/v1/jobs?pageSize=2', '/v1/jobs?cursor=a%2Bb&pageSize=2']);
  });

  it('reads failed runs, and groups of failed runs', async () => {
    const client = await clientOfPages([
      { body: { failures: rows('b') } },
      { body: { failures: [] } },
      { body: { causes: [{ cause: 'x' }], next: '1~x', left: 1, runs: 2, total: 2 } },
      { body: { causes: [{ cause: 'y' }], next: null, left: 0, runs: 2, total: 2 } },
    ]);

    const runs = await collect(client.paginate('/failures', { params: { query: { limit: 1 } } }));
    const groups = await collect(client.paginate('/failures', { params: { query: { group: 'cause' } } }));

    expect(runs).toEqual(rows('b'));
    expect(groups).toEqual([{ cause: 'x' }, { cause: 'y' }]);
    expect(paths()).toEqual([
      '/failures?limit=1',
      '/failures?limit=1&before=b',
      '/failures?limit=100&group=cause',
      '/failures?limit=100&group=cause&after=1~x',
    ]);
  });

  it('reads log lines from the start', async () => {
    const client = await clientOfPages([
      { body: { data: [{ message: 'a' }], has_more: true, cursor: '1.0.0' } },
      { body: { data: [{ message: 'b' }], has_more: false, cursor: '2.0.0' } },
    ]);

    const lines = await collect(client.paginate('/api/v1/jobs/{job_id}/logs', { params: { path: { job_id: 'j' } } }));

    expect(lines.map(({ message }) => message)).toEqual(['a', 'b']);
    expect(paths()).toEqual(['/api/v1/jobs/j/logs?after=start', '/api/v1/jobs/j/logs?after=1.0.0']);
  });

  it('requests no page that the caller does not read', async () => {
    const client = await clientOfPages([{ body: { runs: rows('b', 'a'), next_cursor: 'x' } }]);

    const runs = client.paginate('/runs');
    const first = await runs.next();
    await runs.return();

    expect(first.value).toEqual({ run_id: 'b' });
    expect(server.received).toHaveLength(1);
  });

  const CURSOR_LISTS = [
    {
      path: '/audit',
      pages: [{ body: { audit: [], next: 'c' } }, { body: { audit: [{ id: 'a' }], next: null } }],
    },
    {
      path: '/runs',
      pages: [{ body: { runs: [], next_cursor: 'c' } }, { body: { runs: [{ id: 'a' }], next_cursor: null } }],
    },
    {
      path: '/failures',
      pages: [{ body: { causes: [], next: 'c' } }, { body: { causes: [{ id: 'a' }], next: null } }],
    },
    {
      path: '/v1/flows',
      pages: [{ body: [], headers: { link: '</v1/flows?cursor=c>; rel="next"' } }, { body: [{ id: 'a' }] }],
    },
  ] as const;
  it.each(CURSOR_LISTS)('continues after an empty page of $path that names the next one', async ({ path, pages }) => {
    const client = await clientOfPages(pages);

    const items: readonly unknown[] = await collect(client.paginate(path as '/audit'));

    expect(items).toEqual([{ id: 'a' }]);
    expect(server.received).toHaveLength(2);
  });

  it('ends a list whose body has no cursor', async () => {
    const client = await clientOfPages([{ body: { runs: rows('a') } }]);

    expect(await collect(client.paginate('/runs'))).toEqual(rows('a'));
  });

  const SELF_NAMING_LISTS = [
    { path: '/audit', page: { body: { audit: [{ id: 'a' }], next: 'c' } }, requests: 2 },
    { path: '/v1/flows', page: { body: [], headers: { link: '</v1/flows?cursor=c>; rel="next"' } }, requests: 2 },
    { path: '/api/v1/pipelines', page: { body: { data: [], has_more: true } }, requests: 2 },
  ] as const;
  it.each(SELF_NAMING_LISTS)('rejects a page of $path that names itself as the next one', async (list) => {
    const client = await clientOfPages([list.page, list.page]);

    await expect(collect(client.paginate(list.path as '/audit'))).rejects.toThrow(/names itself as the next one/);
    expect(server.received).toHaveLength(list.requests);
  });

  it('rejects a page that is not JSON', async () => {
    const client = await clientOfPages([{ body: 'a,b\n' }]);
    const input = { params: { path: { job_id: 'j' }, query: { format: 'csv' as const } } };

    await expect(client.paginate('/api/v1/jobs/{job_id}/output', input).next()).rejects.toThrow(TypeError);
  });

  it('rejects with the error of a page', async () => {
    const client = await clientOfPages([{ body: { runs: rows('b'), next_cursor: 'x' } }, { status: 403 }]);

    await expect(collect(client.paginate('/runs'))).rejects.toMatchObject({ status: 403 });
  });
});

describe('parseNextLink', () => {
  it('finds the next page among several links', async () => {
    server = await startApiServer(() => ({}));

    expect(parseNextLink('</a?x=1>; rel="prev", </a?x=3>; rel="next"')).toEqual({ x: '3' });
    expect(parseNextLink('</a?x=1>; rel="prev"')).toBeUndefined();
    expect(parseNextLink(null)).toBeUndefined();
  });
});
