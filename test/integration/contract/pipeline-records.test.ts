import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { publicRunId } from '../../../functions/core/domain/run-id.ts';
import type { Db } from '../../../functions/core/store/db.ts';
import { putLogLines } from '../../../functions/core/store/flow-logs.ts';
import { createJob } from '../../../functions/core/store/jobs.ts';
import { putRecordErrors } from '../../../functions/core/store/record-errors.ts';
import { putRun } from '../../../functions/core/store/runs.ts';
import { aFlowJob, aFlowRun } from '../../helpers/builders/flow-rows.ts';
import { type Page, pacedFlow, pipelineError, pipelinesClient } from '../../helpers/clients/pipelines.ts';
import { startHttpServer } from '../../helpers/fakes/http-server.ts';
import { shareTestSystem } from '../../helpers/system/shared-system.ts';
import { systemDb } from '../../helpers/system/system-db.ts';
import { tenantFiles } from '../../helpers/system/tenant-files.ts';
import { freshTenant, type TestSystem, tenantId } from '../../helpers/system/test-system.ts';

interface ErrorBody {
  readonly id: string;
  readonly timestamp: number;
  readonly level: string;
  readonly operator_id: string | null;
  readonly task_index: number;
  readonly message: string;
  readonly details: string | null;
  readonly record: string | null;
}
interface LogBody {
  readonly id: string;
  readonly timestamp: number;
  readonly level: string;
  readonly operator_id: string | null;
  readonly task_index: number;
  readonly message: string;
  readonly details: object;
}
interface OutputBody extends Page<{ readonly timestamp: number; readonly record: unknown }> {
  readonly operator_id: string | null;
  readonly total_records: number;
}

let system: TestSystem;
let db: Db;
let close: () => void;
beforeAll(async () => {
  system = await shareTestSystem();
  ({ db, close } = systemDb(system));
});
const cleanup: (() => unknown)[] = [];
afterEach(async () => {
  for (const step of cleanup.splice(0)) await step();
});
afterAll(async () => {
  close?.();
  await system?.stop();
});

async function given(tenant = freshTenant()) {
  return { tenant, ...pipelinesClient(await system.as(tenant, ['OWNER'], 'ana@acme.test')) };
}

const invalid = (message: unknown) => pipelineError(400, 'input.invalid', message);
const message = { id: 1, message: 'Test message', value: 99.99 };
const inline = (records: readonly unknown[]) => ({ id: 'source_1', type: 'inline', records });
const preview = { id: 'sink_1', type: 'preview' };

/** Runs a pipeline's job to its end. */
async function finished(flow: object, tenant?: string) {
  const client = await given(tenant);
  await client.define('p', flow);
  const id = await client.start('p');
  await client.reaches(id, 'Finished');
  return { ...client, id, output: (query = '') => client.of<OutputBody>(id, `output${query}`) };
}

/** Creates a job with these stored records. */
async function aJobThatLeft(rows: {
  readonly lines?: Parameters<typeof putLogLines>[2];
  readonly errors?: Parameters<typeof putRecordErrors>[2];
}) {
  const client = await given();
  const job = aFlowJob({
    tenant: tenantId(client.tenant),
    target: {
      type: 'flow',
      flow: {
        pageSize: 100,
        parallelism: 1,
        onError: 'continue',
        checkpoints: { everySeconds: null, keep: 5 },
        sources: [{ id: 'source_1', name: 'KafkaSource', type: 'inline', records: [] }],
        transforms: [],
        sinks: [{ id: 'sink_1', name: 'Look', type: 'preview' }],
      },
    },
  });
  await createJob(db, job);
  const at = new Date(system.clock.now()).toISOString();
  const run = aFlowRun(job, system.clock.now(), { state: 'failed', startedAt: at, finishedAt: at });
  await putRun(db, run);
  await putLogLines(db, run, rows.lines ?? []);
  await putRecordErrors(db, run, rows.errors ?? []);
  return { ...client, id: publicRunId(run) };
}

describe('output', () => {
  test('equals the contract’s example for a preview', async () => {
    const begun = system.clock.now();

    const { output } = await finished({ sources: [inline([message])], sinks: [preview] });

    const body = await output();
    expect(body).toEqual({
      data: [{ timestamp: expect.any(Number), record: message }],
      operator_id: 'sink_1',
      total_records: 1,
      has_more: false,
    });
    expect(body.data[0]?.timestamp).toBeGreaterThanOrEqual(begun);
    expect(body.data[0]?.timestamp).toBeLessThanOrEqual(system.clock.now());
  });

  test('has pages and a total', async () => {
    const numbers = Array.from({ length: 250 }, (_, n) => n);
    const { output, api, id } = await finished({ pageSize: 7, sources: [inline(numbers)], sinks: [preview] });
    const page = async (query: string) => {
      const { data, has_more, total_records } = await output(query);
      expect(total_records).toBe(250);
      return [data.map(({ record }) => record), has_more];
    };

    expect(await page('')).toEqual([numbers.slice(0, 100), true]);
    expect(await page('?limit=60&offset=190')).toEqual([numbers.slice(190), false]);
    expect(await page('?limit=1000')).toEqual([numbers, false]);
    expect(await page('?limit=250')).toEqual([numbers, false]);
    expect(await page('?limit=249')).toEqual([numbers.slice(0, 249), true]);
    expect(await page('?offset=250&wait=25')).toEqual([[], false]);
    for (const query of ['limit=0', 'limit=1001', 'offset=x', 'format=xml', 'wait=26', 'page=1']) {
      expect(await api.get(`/api/v1/jobs/${id}/output?${query}`)).toMatchObject({ status: 400 });
    }
  });

  test('has a CSV format', async () => {
    const records = [message, { id: 2, message: 'a "b", c\nd', more: { deep: [1] } }, 7];
    const { api, id } = await finished({ sources: [inline(records)], sinks: [preview] });
    const empty = await finished({
      sources: [inline(records)],
      transforms: [{ type: 'filter', where: 'false' }],
      sinks: [preview],
    });

    const { status, headers, body } = await api.get<string>(`/api/v1/jobs/${id}/output?format=csv`);

    expect(status).toBe(200);
    expect(headers.get('content-type')).toBe('text/csv; charset=utf-8; header=present');
    expect(body).toBe(
      'id,message,value,more\r\n' +
        '1,Test message,99.99,\r\n' +
        '2,"a ""b"", c\nd",,"{""deep"":[1]}"\r\n' +
        ',,7,\r\n',
    );
    expect(headers.get('link')).toBeNull();
    const first = await api.get<string>(`/api/v1/jobs/${id}/output?format=csv&limit=2&operator_id=sink_1`);
    const [, next = ''] = /^<(.+)>; rel="next"$/.exec(first.headers.get('link') ?? '') ?? [];
    const second = await api.get<string>(next);
    expect([second.body, second.headers.get('link')]).toEqual(['value\r\n7\r\n', null]);
    const none = await empty.api.get(`/api/v1/jobs/${empty.id}/output?format=csv`);
    expect(none).toMatchObject({ status: 200, body: undefined });
    expect(none.headers.get('content-type')).toMatch(/^text\/csv/);
  });

  test('covers every tapped operator: source, transforms and sink', async () => {
    const { output, api, id, job } = await finished({
      pageSize: 2,
      sources: [{ ...inline([1, 2, 3, 4, 5]), tap: true }],
      transforms: [
        { id: 'odd', type: 'filter', where: '$ % 2 = 1', tap: true },
        { id: 'twice', type: 'flatMap', to: '[$, $]', tap: true },
        { id: 'last', type: 'map', to: '$ * 10', tap: false },
      ],
      sinks: [{ id: 'files', type: 's3', key: '{page}.ndjson', tap: true }, preview],
    });
    const of = async (operator: string) => {
      const { data, operator_id, total_records } = await output(`?operator_id=${operator}`);
      expect(operator_id).toBe(operator);
      expect(total_records).toBe(data.length);
      return data.map(({ record }) => record);
    };

    expect(await of('source_1')).toEqual([1, 2, 3, 4, 5]);
    expect(await of('odd')).toEqual([1, 3, 5]);
    expect(await of('twice')).toEqual([1, 1, 3, 3, 5, 5]);
    expect(await of('files')).toEqual([10, 10, 30, 30, 50, 50]);
    expect(await of('sink_1')).toEqual([10, 10, 30, 30, 50, 50]);
    const all = await output();
    expect(all).toMatchObject({ operator_id: null, total_records: 26 });
    expect(all.data).toHaveLength(26);
    expect((await job(id)).configuration.transforms).toMatchObject([
      { tap: true },
      { tap: true },
      { id: 'last', name: 'last', type: 'map', to: '$ * 10' },
    ]);
    expect((await job(id)).configuration.transforms[2]).not.toHaveProperty('tap');
    expect(await api.get(`/api/v1/jobs/${id}/output?operator_id=last`)).toMatchObject(
      invalid(
        "operator_id: 'last' keeps no records; only preview sinks and tapped operators do " +
          '(this job has source_1, odd, twice, files, sink_1)',
      ),
    );
    expect(await api.get(`/api/v1/jobs/${id}/output?operator_id=sink_2`)).toMatchObject(
      invalid(
        "operator_id: must be one of the job's operators (source_1, odd, twice, last, files, sink_1), got 'sink_2'",
      ),
    );
  });

  test('arrives at a waiting request as soon as it exists', async () => {
    const { api, define, start, of, reaches } = await given();
    await define('slow', { ...pacedFlow(2), pageSize: 1 });
    const id = await start('slow');

    const first = await of<OutputBody>(id, 'output?wait=20');
    const seen = first.data.length;
    const next = await of<OutputBody>(id, `output?wait=20&offset=${seen}`);

    expect(seen).toBeGreaterThan(0);
    expect(next.data.length).toBeGreaterThan(0);
    await api.post(`/api/v1/jobs/${id}/stop`, { mode: 'force' });
    await reaches(id, 'Stopped');
  });
});

describe('errors', () => {
  test('equal the contract’s example for a failed record', async () => {
    const timestamp = 1704067200000;
    const { id, of } = await aJobThatLeft({
      errors: [
        {
          operator: 'source_1',
          split: 0,
          page: 2,
          index: 7,
          task: 0,
          message: 'Failed to parse JSON',
          input: '{"bad json',
          occurredAt: new Date(timestamp).toISOString(),
        },
      ],
    });

    expect(await of(id, 'errors')).toEqual({
      data: [
        {
          id: 'err_source_1.0.2.7',
          timestamp,
          level: 'error',
          operator_id: 'source_1',
          task_index: 0,
          message: 'Failed to parse JSON',
          details: 'record 7 of page 2 in split 0',
          record: '{"bad json',
        },
      ],
      has_more: false,
    });
  });

  test('include operators’ errors and warnings, newest first, by level and operator', async () => {
    const answers = [503, 422];
    const erp = await startHttpServer((_, response) => response.writeHead(answers.shift() ?? 200).end('no'));
    cleanup.push(() => erp.close());
    const tenant = freshTenant();
    const files = tenantFiles(system, tenantId(tenant));
    await files.put('in/orders.ndjson', '{"n":1}\n{"bad json\n{"n":"x"}\n{"n":2}\n');
    files.close();

    const { api, id, of } = await finished(
      {
        sources: [{ id: 'source_1', type: 's3', prefix: 'in/' }],
        transforms: [{ id: 'map_1', type: 'map', to: "{ 'n': $number(n) }" }],
        sinks: [{ id: 'erp', type: 'http', url: `${erp.url}/orders`, mode: 'single', concurrency: 1 }],
      },
      tenant,
    );

    const errors = async (query = '') => (await of<Page<ErrorBody>>(id, `errors${query}`)).data;
    const all = await errors();
    expect(all.map(({ timestamp }) => timestamp)).toEqual(
      all.map(({ timestamp }) => timestamp).toSorted((a, b) => b - a),
    );
    expect(new Set(all.map((error) => error.id)).size).toBe(5);
    const failed = (await errors('?level=error')).map(({ operator_id, record }) => `${operator_id} ${record}`);
    expect(new Set(failed)).toEqual(new Set(['erp {"n":1}', 'map_1 {"n":"x"}', 'source_1 {"bad json']));
    expect(failed).toHaveLength(3);
    const warnings = await errors('?level=warning');
    expect(warnings).toMatchObject([
      { level: 'warning', operator_id: 'erp', task_index: 0, message: 'refused 1 of 2 records', record: null },
      { operator_id: 'erp', message: expect.stringMatching(/^HTTP 503 from .*: tried again$/) },
    ]);
    expect(warnings[0]?.details).toBe('offered: 2, refused: 1');
    expect(await errors('?operator_id=map_1')).toMatchObject([
      { operator_id: 'map_1', level: 'error', message: expect.stringContaining('number') },
    ]);
    expect(await of(id, 'errors?limit=4')).toMatchObject({ data: all.slice(0, 4), has_more: true });
    expect(await of(id, 'errors?limit=5')).toMatchObject({ data: all, has_more: false });
    for (const query of ['level=warn', 'level=info', 'limit=0', 'limit=1001', 'operator_id=none', 'offset=1']) {
      expect(await api.get(`/api/v1/jobs/${id}/errors?${query}`)).toMatchObject({ status: 400 });
    }
  });

  test('state the reason of a failed job', async () => {
    const { define, start, reaches, of } = await given();
    const transforms = [{ type: 'map', to: "$error('no')" }];
    await define('strict', { onError: 'stop', sources: [inline([1])], transforms, sinks: [preview] });
    const id = await start('strict');
    await reaches(id, 'Failed');

    const { data } = await of<Page<ErrorBody>>(id, 'errors');

    expect(data).toHaveLength(2);
    expect(data).toMatchObject([
      { operator_id: null, level: 'error', message: 'a record failed at map_1: no', record: null },
      { operator_id: 'map_1', level: 'error', message: 'no', record: '1' },
    ]);
  });
});

describe('logs', () => {
  test('equal the contract’s example', async () => {
    const details = { broker: 'localhost:9092', topic: 'events' };
    const line = { time: 1704067200000, line: 1, operator: 'source_1', task: 0, details } as const;
    const { id, of } = await aJobThatLeft({
      lines: [{ ...line, level: 'info', message: 'Connected to Kafka broker' }],
    });

    expect(await of(id, 'logs')).toEqual({
      data: [
        {
          id: 'log_1704067200000_0_1',
          timestamp: 1704067200000,
          level: 'info',
          operator_id: 'source_1',
          task_index: 0,
          message: 'Connected to Kafka broker',
          details,
        },
      ],
      has_more: false,
      cursor: expect.stringMatching(/^\d+\.\d+\.\d+$/),
    });
  });

  test('support filters by level, operator, task and time, newest first', async () => {
    const lines = [1, 2, 3, 4, 5, 6].map((n) => ({
      time: 1704067200000 + n,
      line: n,
      level: n === 3 ? 'warn' : n === 5 ? 'error' : 'info',
      operator: n % 2 === 0 ? 'sink_1' : n === 1 ? null : 'source_1',
      task: n > 4 ? 1 : 0,
      message: `line ${n}`,
      details: {},
    })) satisfies Parameters<typeof putLogLines>[2];
    const { api, id, of } = await aJobThatLeft({ lines });
    const logs = async (query = '') => {
      const { data, has_more } = await of<Page<LogBody>>(id, `logs?${query}`);
      return [data.map(({ message }) => Number(message.slice(5))), has_more];
    };

    expect(await logs()).toEqual([[6, 5, 4, 3, 2, 1], false]);
    expect(await logs('level=info')).toEqual([[6, 4, 2, 1], false]);
    expect(await logs('level=warn')).toEqual([[3], false]);
    expect(await logs('level=error')).toEqual([[5], false]);
    expect(await logs('operator_id=source_1')).toEqual([[5, 3], false]);
    expect(await logs('task_index=1')).toEqual([[6, 5], false]);
    expect(await logs('since=1704067200003&until=1704067200005')).toEqual([[5, 4, 3], false]);
    expect(await logs('since=1704067200003&until=1704067200002')).toEqual([[], false]);
    expect(await logs('limit=2')).toEqual([[6, 5], true]);
    expect(await logs('limit=6')).toEqual([[6, 5, 4, 3, 2, 1], false]);
    expect(await logs('limit=1&level=warn')).toEqual([[3], false]);
    expect(await logs('limit=2&level=info&operator_id=sink_1&until=1704067200004')).toEqual([[4, 2], false]);
    expect(await logs('since=1704067300000&wait=25')).toEqual([[], false]);
    const bad = ['level=warning', 'since=now', 'limit=1001', 'task_index=64', 'operator_id=none', 'wait=5'];
    for (const query of [...bad, 'after=1', 'after=start&since=1', 'after=1.2.3&until=4']) {
      expect(await api.get(`/api/v1/jobs/${id}/logs?${query}`)).toMatchObject({ status: 400 });
    }
  });

  test('arrive at a waiting request as operators write them', async () => {
    const tenant = freshTenant();
    const files = tenantFiles(system, tenantId(tenant));
    await files.put('in/orders.ndjson', '{"n":1}\n');
    files.close();
    const { define, start, of, reaches } = await given(tenant);
    await define('files', { sources: [{ id: 'orders', type: 's3', prefix: 'in/' }], sinks: [preview] });
    const id = await start('files');

    const first = await of<Page<LogBody>>(id, `logs?since=0&wait=20`);
    await reaches(id, 'Finished');

    expect(first.data.length).toBeGreaterThan(0);
    const { data } = await of<Page<LogBody>>(id, 'logs');
    expect(data).toMatchObject([
      { level: 'info', operator_id: null, task_index: 0, message: 'task 0 has read all of its splits' },
      {
        level: 'info',
        operator_id: 'orders',
        message: 'opened in/orders.ndjson',
        details: { object: 'in/orders.ndjson', from: 0, to: 8 },
      },
      { level: 'info', operator_id: null, message: 'task 0 begins' },
    ]);
  });

  test('continue from cursor to cursor, each line once, to the end', async () => {
    const { define, start, of, api } = await given();
    await define('slow', { ...pacedFlow(20), parallelism: 3 });
    const id = await start('slow');
    const tailed: LogBody[] = [];
    const follow = async (cursor: string): Promise<string> => {
      const page = await of<Page<LogBody> & { cursor: string }>(id, `logs?after=${cursor}&wait=20&limit=2`);
      tailed.push(...page.data);
      return page.cursor;
    };

    // A task that has not begun ends without a line.
    const hasBegun = (task: number) => tailed.some(({ message }) => message === `task ${task} begins`);
    let cursor = 'start';
    while (![0, 1, 2].every(hasBegun)) cursor = await follow(cursor);
    await api.post(`/api/v1/jobs/${id}/stop`, { mode: 'checkpoint' });
    for (let before = -1; before !== tailed.length; ) {
      before = tailed.length;
      cursor = await follow(cursor);
    }

    const all = (await of<Page<LogBody>>(id, 'logs')).data;
    const byId = (a: LogBody, b: LogBody) => a.id.localeCompare(b.id);
    expect(tailed.toSorted(byId)).toEqual(all.toSorted(byId));
    expect(new Set(tailed.map(({ message }) => message))).toEqual(
      new Set([0, 1, 2].flatMap((task) => [`task ${task} begins`, `task ${task} was stopped`])),
    );
  });

  test('state, like errors, why a job could not be planned', async () => {
    const { define, start, of, reaches } = await given();
    const source = { id: 'orders', type: 'http', url: 'https://orders.test/', headers: { x: '{{secret:none}}' } };
    await define('secretive', { sources: [source], sinks: [preview] });
    const id = await start('secretive');
    const { failure_message: message } = await reaches(id, 'Failed');

    const { data: logs } = await of<Page<LogBody>>(id, 'logs');
    const { data: errors } = await of<Page<ErrorBody>>(id, 'errors?level=error');

    expect(message).toContain("secret 'none' does not exist");
    expect(logs).toMatchObject([
      { level: 'error', operator_id: null, task_index: null, message, details: { attempt: 1, permanent: true } },
    ]);
    expect(errors).toMatchObject([{ level: 'error', operator_id: null, task_index: null, message, record: null }]);
  });
});

test('require an existing job', async () => {
  const { api } = await given();

  for (const what of ['output', 'errors', 'logs', 'checkpoints']) {
    expect(await api.get(`/api/v1/jobs/job_9876543210/${what}`)).toMatchObject(
      pipelineError(404, 'job.not_found', 'Job not found'),
    );
  }
});
