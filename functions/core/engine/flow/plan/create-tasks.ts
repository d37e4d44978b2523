import { assignSplits } from '../../../domain/flow/assign-splits.ts';
import { NO_COUNTS, NO_RECORDS } from '../../../domain/flow/counts.ts';
import { type Flow, operatorsOf } from '../../../domain/flow/flow.ts';
import type { Plan } from '../../../domain/flow/plan.ts';
import type { Task } from '../../../domain/flow/task.ts';
import type { Run } from '../../../domain/run.ts';
import { putChild } from '../../../store/children.ts';
import { stateTtlOf } from '../../../store/run-item.ts';
import type { FlowPlatform } from '../flow-platform.ts';

/** Creates the tasks of a run, positioned at the start of their first split. */
export function createTasks(platform: Pick<FlowPlatform, 'now'>, run: Run, { flow, splits, unbounded }: Plan): Task[] {
  const shares = assignSplits(splits, unbounded, flow.parallelism);
  const now = platform.now();
  const sentAt = new Date(now).toISOString();
  return shares.map((share, index) => {
    const first = splits[share[0] ?? 0]?.from;
    return {
      run: { tenant: run.tenant, jobId: run.jobId, incarnation: run.incarnation, ulid: run.ulid },
      index,
      state: 'active',
      splits: share,
      at: 0,
      turn: null,
      resumePoints: {},
      page: first?.page ?? 0,
      position: first?.position ?? null,
      staged: first?.staged ?? null,
      part: first?.part ?? null,
      open: [...new Set(share.map((split) => splits[split]?.source ?? 0))],
      operators: operatorsOf(flow).map(() => NO_COUNTS),
      records: NO_RECORDS,
      idleMs: 0,
      blockedMs: 0,
      busyMs: 0,
      countedMs: 0,
      rates: [],
      slice: 0,
      lease: null,
      expiresAt: stateTtlOf(run, now),
      dueAt: null,
      waitingSince: null,
      sentAt,
      resends: 0,
      failures: 0,
      failure: null,
      healthySince: null,
      keptBytes: 0,
    };
  });
}

/** Creates the rows of the run's steps: one export per source and one import per sink. */
export async function createSteps(platform: Pick<FlowPlatform, 'db' | 'now'>, run: Run, flow: Flow): Promise<void> {
  const createdAt = new Date(platform.now()).toISOString();
  const { tenant, jobId, incarnation, ulid, integrationId, purgeAt } = run;
  const step = {
    run: { tenant, jobId, incarnation, ulid },
    state: 'running',
    createdAt,
    finishedAt: null,
    purgeAt,
    integrationId,
    counts: null,
    doneExporting: false,
    transforms: [],
  } as const;
  const firstSink = flow.sources.length + flow.transforms.length;
  await Promise.all([
    ...flow.sources.map(({ id }, index) => putChild(platform.db, { ...step, kind: 'export', operator: id, index })),
    ...flow.sinks.map(({ id }, i) =>
      putChild(platform.db, {
        ...step,
        kind: 'import',
        operator: id,
        index: firstSink + i,
        transforms: i === 0 ? flow.transforms.map((transform) => transform.id) : [],
      }),
    ),
  ]);
}
