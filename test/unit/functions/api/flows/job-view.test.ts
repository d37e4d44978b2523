import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { toFlowJobView, toStepJobView } from '../../../../../functions/api/flows/job-view.ts';
import { NO_RECORDS } from '../../../../../functions/core/domain/flow/counts.ts';
import { parseChildId, publicChildId } from '../../../../../functions/core/domain/run-id.ts';
import { LEASE_MS } from '../../../../../functions/core/domain/timing.ts';
import { endedRun } from '../../../../helpers/builders/ended-run.ts';
import { aChild, aFlowJob, aFlowRun, aTask, counts, iso } from '../../../../helpers/builders/flow-rows.ts';
import { START } from '../../../../helpers/fakes/platform.ts';

const job = aFlowJob();
const records = { exported: 107, success: 100, error: 2, ignored: 5, pagesGenerated: 2, pagesProcessed: 2 };
const plan = { attempt: 1, tasks: 2 };

/** Creates a run with two tasks. */
function running(second: Parameters<typeof aTask>[2] = {}) {
  const run = aFlowRun(job, START, { state: 'running', startedAt: iso(START + 100), flow: { plan } });
  const tasks = [
    aTask(run, START + 200, {
      operators: [counts({ in: 60, out: 59, errors: 1, pages: 1 }), counts({ in: 50, out: 48, errors: 2, pages: 1 })],
      records: { ...NO_RECORDS, exported: 60, success: 47, error: 3, ignored: 9, pagesGenerated: 1, pagesProcessed: 1 },
    }),
    aTask(run, START + 300, {
      index: 1,
      operators: [counts({ in: 40, out: 40, pages: 1 }), counts({ in: 0 })],
      records: { ...NO_RECORDS, exported: 40, pagesGenerated: 1 },
      ...second,
    }),
  ];
  return { run, tasks };
}

describe('toFlowJobView', () => {
  test('returns zero counts for a queued run', () => {
    expect(toFlowJobView(aFlowRun(job, START), [])).toMatchObject({
      status: 'queued',
      numSuccess: 0,
      numError: 0,
      numIgnore: 0,
      numExport: 0,
      numPagesGenerated: 0,
      numPagesProcessed: 0,
      doneExporting: false,
      startedAt: null,
      endedAt: null,
      lastModified: iso(START),
    });
  });

  test('sums the tasks of a running run', () => {
    const { run, tasks } = running();
    expect(toFlowJobView(run, tasks)).toMatchObject({
      status: 'running',
      numSuccess: 47,
      numError: 3,
      numIgnore: 9,
      numExport: 100,
      numPagesGenerated: 2,
      numPagesProcessed: 1,
      doneExporting: false,
    });
  });

  test('sets doneExporting when the last task has read its sources', () => {
    const { run, tasks } = running({ open: [] });
    const [first, second] = tasks;
    expect(toFlowJobView(run, tasks).doneExporting).toBe(false);
    expect(toFlowJobView(run, [{ ...first, open: [] }, second] as typeof tasks).doneExporting).toBe(true);
  });

  test('returns the final counts of an ended run and ignores its tasks', () => {
    const { run, tasks } = running();
    const ended = {
      ...run,
      state: 'failed',
      failure: { kind: 'error', message: 'sink imp123: 410' },
      finishedAt: iso(START + 9_000),
      flow: { ...run.flow, ended: { records, doneExporting: true } },
    } as const;
    expect(toFlowJobView(ended, tasks)).toMatchObject({
      status: 'failed',
      numSuccess: 100,
      numError: 2,
      numIgnore: 5,
      numExport: 107,
      doneExporting: true,
      endedAt: iso(START + 9_000),
      lastModified: iso(START + 9_000),
      message: 'sink imp123: 410',
    });
  });

  test('reports a run that is stopping after a failure as running, without a message', () => {
    const { run, tasks } = running();
    const stopping = { ...run, state: 'stopping', failure: { kind: 'error', message: 'bad record' } } as const;
    expect(toFlowJobView(stopping, tasks)).toMatchObject({ status: 'running', message: null });
  });

  test('shares the execution group with the runs of the lineage', () => {
    const first = aFlowRun(job, START);
    const again = aFlowRun(job, START + 1, { trigger: 'restart', flow: { lineage: first.ulid } });
    const group = toFlowJobView(first, []).flowExecutionGroupId;
    expect(group).toBe(toFlowJobView(first, [])._id);
    expect(toFlowJobView(again, [])).toMatchObject({ flowExecutionGroupId: group });
    expect(toFlowJobView(again, [])._id).not.toBe(group);
  });

  test('uses the newest heartbeat as lastModified', () => {
    const lease = (at: number) => ({ token: 'x', until: iso(at + LEASE_MS) });
    const planning = aFlowRun(job, START, {
      state: 'running',
      startedAt: iso(START + 100),
      lease: lease(START + 20_000),
    });
    const { run, tasks } = running({ lease: lease(START + 40_000) });
    expect(toFlowJobView(planning, []).lastModified).toBe(iso(START + 20_000));
    expect(toFlowJobView(run, tasks).lastModified).toBe(iso(START + 40_000));
    expect(toFlowJobView(run, [tasks[0] as (typeof tasks)[number]]).lastModified).toBe(iso(START + 200));
  });

  test('throws for the run of a script', () => {
    expect(() => toFlowJobView(endedRun(job, 1), [])).toThrow(/is not of a flow/);
  });
});

describe('toStepJobView', () => {
  test('uses the run and its tasks until the step has its final counts', () => {
    const { run, tasks } = running();
    const source = toStepJobView(run, aChild(run, 'export', START + 150), tasks);
    const sink = toStepJobView(run, aChild(run, 'import', START + 150), tasks);
    const shared = { status: 'running', doneExporting: false, startedAt: iso(START + 150), endedAt: null };
    expect(source).toMatchObject({
      ...shared,
      numExport: 100,
      numSuccess: 99,
      numError: 1,
      numIgnore: 0,
      numPagesGenerated: 2,
      numPagesProcessed: 0,
    });
    expect(sink).toMatchObject({
      ...shared,
      numExport: 50,
      numSuccess: 48,
      numError: 2,
      numPagesGenerated: 0,
      numPagesProcessed: 1,
    });
  });

  test('agrees with the run in every order of reads', () => {
    const states = ['queued', 'running', 'stopping', 'completed', 'failed', 'canceled'] as const;
    fc.assert(
      fc.property(
        fc.constantFrom(...states),
        fc.constantFrom('completed', 'failed', 'canceled'),
        fc.boolean(),
        (state, end, finished) => {
          const isEnded = !['queued', 'running', 'stopping'].includes(state);
          const { run: base, tasks } = running();
          const run = { ...base, state, finishedAt: isEnded ? iso(START + 9_000) : null };
          const known = isEnded ? (state as typeof end) : end;
          const child = aChild(run, 'import', START + 150, {
            ...(finished && { state: known, counts: counts({ in: 50 }), finishedAt: iso(START + 9_000) }),
          });
          const [flow, step] = [toFlowJobView(run, tasks), toStepJobView(run, child, tasks)];
          expect(step).toMatchObject({ status: flow.status, endedAt: flow.endedAt, purgeAt: flow.purgeAt });
        },
      ),
    );
  });

  test('sets doneExporting for a source that ends before the others', () => {
    const { run, tasks } = running({ open: [] });
    const both = [{ ...tasks[0], open: [1] }, tasks[1]] as typeof tasks;
    expect(toStepJobView(run, aChild(run, 'export', START), both).doneExporting).toBe(true);
    expect(toStepJobView(run, aChild(run, 'export', START, { operator: 'b', index: 1 }), both).doneExporting).toBe(
      false,
    );
    expect(toStepJobView(run, aChild(run, 'import', START, { index: 2 }), both).doneExporting).toBe(false);
  });

  test('returns zero counts for a run without a plan', () => {
    const run = aFlowRun(job, START, {
      state: 'failed',
      startedAt: iso(START),
      finishedAt: iso(START + 1),
      failure: { kind: 'error', message: 'source exp123: 503' },
    });
    expect(toStepJobView(run, aChild(run, 'export', START), [])).toMatchObject({
      status: 'failed',
      doneExporting: false,
      numExport: 0,
      message: 'source exp123: 503',
    });
  });
});

describe('publicChildId', () => {
  test('joins the run id, the kind and the operator', () => {
    const run = aFlowRun({ ...job, id: 'a.E.b' }, START);
    for (const kind of ['export', 'import'] as const) {
      const child = aChild(run, kind, START, { operator: 'source_1-b' });
      const id = publicChildId(child);
      expect(id).toBe(`a.E.b.abc12345.${run.ulid}.${kind === 'export' ? 'E' : 'I'}.source_1-b`);
      expect(parseChildId(job.tenant, id)).toEqual({ run: child.run, kind, operator: 'source_1-b' });
    }
  });

  test.each(['', 'a.E.b', 'x.abc12345.01JNXA3V5T9YV0Q2Z6W8M4R7B1', 'x.abc12345.01JNXA3V5T9YV0Q2Z6W8M4R7B1.X.b'])(
    'rejects %j',
    (id) => {
      expect(parseChildId(job.tenant, id)).toBeUndefined();
    },
  );
});
