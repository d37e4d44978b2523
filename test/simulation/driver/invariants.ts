import './environment.ts';
import { satisfies } from '../../../functions/core/domain/after.ts';
import { chainKeyOf, followerUlid } from '../../../functions/core/domain/chain.ts';
import type { Counter } from '../../../functions/core/domain/counters.ts';
import type { Job } from '../../../functions/core/domain/job.ts';
import { timetableOf } from '../../../functions/core/domain/job-timetable.ts';
import { desiredSchedules, scheduleNames } from '../../../functions/core/domain/registration.ts';
import { isTerminal, type Run } from '../../../functions/core/domain/run.ts';
import { publicRunId } from '../../../functions/core/domain/run-id.ts';
import { ticksBetween } from '../../../functions/core/domain/schedule/index.ts';
import { DUE_TOLERANCE_MS } from '../../../functions/core/domain/timing.ts';
import { recount as recountOfAudit } from '../../../functions/core/engine/reconciliation/recount.ts';
import type { Objects } from '../../../functions/core/platform/objects.ts';
import type { Platform } from '../../../functions/core/platform/platform.ts';
import { getCounter, getPlatformCounter } from '../../../functions/core/store/counters.ts';
import { toJob } from '../../../functions/core/store/job-item.ts';
import { DELIVERY_PREFIX } from '../../../functions/core/store/keys.ts';
import { listTasks } from '../../../functions/core/store/tasks.ts';
import type { SimulatedServices } from './external-services.ts';
import type { RunObserver } from './run-observer.ts';
import { type Simulator, START } from './simulator.ts';
import { findMiscounts } from './surfaces.ts';
import { isMalformed, type PlainItem, type TableReader } from './table-reader.ts';
import { ACTIVE_MS, CALLING_JOB, RECORDS_PER_RUN, TENANTS, type Workload } from './workload.ts';

export interface Simulation {
  readonly simulator: Simulator;
  readonly tables: TableReader;
  readonly observer: RunObserver;
  readonly services: SimulatedServices;
  readonly workload: Workload;
  readonly platform: Platform & { readonly objects: Objects };
}

/**
 * Checks all invariants of an idle simulation.
 *
 * @returns a description of each violation
 */
export async function findViolations(simulation: Simulation): Promise<readonly string[]> {
  return [
    ...simulation.observer.observedViolations,
    ...simulation.services.observedViolations,
    ...ends(simulation),
    ...ticks(simulation),
    ...delays(simulation),
    ...followers(simulation),
    ...scriptStarts(simulation),
    ...numbers(simulation),
    ...skips(simulation),
    ...executions(simulation),
    ...leftovers(simulation),
    ...history(simulation),
    ...slots(simulation),
    ...schedules(simulation),
    ...sinks(simulation),
    ...notifications(simulation),
    ...keys(simulation),
    ...(await counters(simulation)),
    ...(await computeTimes(simulation)),
    ...(await surfaces(simulation)),
    ...(await simulation.workload.issuer.violations()),
  ];
}

const nameOf = ({ tenant, jobId, incarnation, ulid }: Run) => [tenant, jobId, incarnation, ulid].join(' ');
const keyOf = ({ tenant, id, incarnation }: Job) => `${tenant}#${id}#${incarnation}`;

/** Checks that each run ended exactly once. */
function ends({ tables: rows, observer: witness }: Simulation): string[] {
  const open = rows.runs().filter(({ state }) => !isTerminal(state));
  const many = [...witness.endings].filter(([, { times }]) => times !== 1);
  return [
    ...open.map(
      (run) => `${nameOf(run)} is ${run.state}${run.waiting ? `, waiting for ${run.waiting}` : ''} and never ends`,
    ),
    ...many.map(([name, { times }]) => `${name} ended ${times} times`),
  ];
}

/** Checks that each expected tick has exactly one row. */
function ticks({ simulator: world, tables: rows, workload }: Simulation): string[] {
  const byTick = new Map<string, number>();
  const note = (partition: string, at: string) => {
    const tick = `${partition} ${at}`;
    byTick.set(tick, (byTick.get(tick) ?? 0) + 1);
  };
  for (const run of rows.runs()) {
    if (run.trigger === 'schedule' && run.scheduledAt) {
      note(`${run.tenant}#${run.jobId}#${run.incarnation}`, run.scheduledAt);
    }
  }
  for (const { pk, scheduledAt, trigger } of rows.skipped()) if (trigger === 'schedule') note(pk, scheduledAt);
  const doubled = [...byTick].filter(([, count]) => count > 1).map(([tick, count]) => `${tick} has ${count} rows`);
  const registrations = new Map(rows.list('Jobs').map((item) => [`${item.pk} ${item.sk}`, item]));
  const lost = workload.jobs.flatMap((job) => {
    if (job.schedule === null || workload.changedJobs.has(`${job.tenant} ${job.id}`)) return [];
    const registered = registrations.get(`${job.tenant} REG#${job.id}`)?.updatedAt as string | undefined;
    if (registered === undefined) return [`${keyOf(job)} was never registered`];
    const expected = ticksBetween(timetableOf(job), {
      from: registered,
      to: Math.min(START + ACTIVE_MS, world.now - 12 * 60_000),
      limit: 1_000,
    }).map((time) => new Date(time).toISOString());
    return expected
      .filter((tick) => !byTick.has(`${keyOf(job)} ${tick}`))
      .map((tick) => `${keyOf(job)} ${tick} has no row`);
  });
  return [...doubled, ...lost];
}

/** Maximum clock skew of an invocation, and the tolerance of a message that is early. */
const DELAY_TOLERANCE_MS = 5_000 + DUE_TOLERANCE_MS;

/** Checks that no delayed run started before its time. */
function delays({ tables: rows }: Simulation): string[] {
  const isEarly = ({ runAt, startedAt }: Run) =>
    runAt !== null && startedAt !== null && Date.parse(startedAt) < Date.parse(runAt) - 2 * DELAY_TOLERANCE_MS;
  return rows
    .runs()
    .filter(isEarly)
    .map((run) => `${nameOf(run)} started at ${run.startedAt}, before ${run.runAt}`);
}

/**
 * Checks that the ends of upstream runs started each job once for each chain key, and no other runs of jobs with a condition
 * exist.
 */
function followers({ tables: rows, workload }: Simulation): string[] {
  const [runs, skipped] = [rows.runs(), rows.skipped()];
  return workload.jobs.flatMap((job) => {
    if (!job.after) return [];
    const { jobs } = job.after;
    /** Upstream jobs with a fitting end, by chain key. */
    const satisfied = new Map<string, Set<string>>();
    for (const run of runs) {
      const upstream = jobs.find((one) => one.job === run.jobId);
      if (run.tenant !== job.tenant || !upstream || !isTerminal(run.state) || !satisfies(run.state, upstream.on))
        continue;
      satisfied.set(chainKeyOf(run), (satisfied.get(chainKeyOf(run)) ?? new Set()).add(run.jobId));
    }
    const expected = new Map(
      [...satisfied].flatMap(([key, ended]) => (ended.size === jobs.length ? [[followerUlid(job, key), key]] : [])),
    );
    const ofJob = runs.filter((run) => run.tenant === job.tenant && run.jobId === job.id && run.trigger === 'after');
    const started = ofJob.filter(({ redrivenFrom }) => redrivenFrom === null);
    const found = [
      ...started.map(({ ulid }) => ulid),
      ...skipped.filter(({ pk, trigger }) => pk === keyOf(job) && trigger === 'after').map(({ ulid }) => ulid),
    ];
    return [
      ...[...expected]
        .filter(([ulid]) => !found.includes(ulid))
        .map(([, key]) => `${keyOf(job)} did not follow ${key}`),
      ...found.filter((ulid) => !expected.has(ulid)).map((ulid) => `${keyOf(job)} ${ulid} follows no end`),
      ...found.filter((ulid, i) => found.indexOf(ulid) !== i).map((ulid) => `${keyOf(job)} ${ulid} has two rows`),
    ];
  });
}

/** Checks that each call of a script started one run in all attempts, and that each run that it was told of exists. */
function scriptStarts({ tables: rows, services: outside, workload }: Simulation): string[] {
  const runs = rows.runs();
  const callers = new Map(runs.filter(({ jobId }) => jobId === CALLING_JOB).map((run) => [publicRunId(run), run]));
  const started = runs.filter(
    ({ chain, trigger, redrivenFrom }) =>
      trigger === 'manual' && redrivenFrom === null && chain?.parent && callers.has(chain.parent),
  );
  const doubled = [
    ...Map.groupBy(started, ({ tenant, chain, jobId, incarnation }) =>
      [tenant, chain?.parent, jobId, incarnation].join(' '),
    ),
  ]
    .filter(([, { length }]) => length > 2)
    .map(([name, { length }]) => `${name} was started ${length} times`);
  const ids = new Map<string, Set<string>>();
  for (const { tenant, parent, job, key, run } of outside.triggered) {
    const incarnation = run.split('.')[1] ?? '';
    const name = [tenant, parent, job, incarnation, key].join(' ');
    ids.set(name, (ids.get(name) ?? new Set()).add(run));
  }
  const known = new Set(runs.map((run) => `${run.tenant} ${publicRunId(run)}`));
  const lost = outside.triggered.filter(
    ({ tenant, job, run }) => !workload.changedJobs.has(`${tenant} ${job}`) && !known.has(`${tenant} ${run}`),
  );
  return [
    ...doubled,
    ...[...ids].filter(([, { size }]) => size > 1).map(([name, all]) => `${name} started ${[...all].join(', ')}`),
    ...lost.map(({ parent, run }) => `${parent} started ${run}, which does not exist`),
  ];
}

/** Checks that run numbers of a job are unique. In the short scenario they are also consecutive from 1. */
function numbers({ tables: rows, workload }: Simulation): string[] {
  const byJob = new Map<string, number[]>();
  const note = (job: string, number: number) => byJob.set(job, [...(byJob.get(job) ?? []), number]);
  for (const { tenant, jobId, incarnation, number } of rows.runs()) note(`${tenant}#${jobId}#${incarnation}`, number);
  for (const { pk, number } of rows.skipped()) note(pk, number);
  return [...byJob].flatMap(([job, found]) => {
    const sorted = found.sort((a, b) => a - b);
    const twice = sorted.filter((number, i) => number === sorted[i - 1]);
    const gaps = workload.scenario === 'short' && job.includes('#skip#') && sorted.at(-1) !== sorted.length;
    return [
      ...twice.map((number) => `${job} has two rows with the number ${number}`),
      ...(gaps ? [`the rows of ${job} are numbered ${sorted.join(', ')}`] : []),
    ];
  });
}

/** Checks that a tick was skipped for overlap only if a run of the job was active (short scenario only). */
function skips({ tables: rows, workload }: Simulation): string[] {
  if (workload.scenario !== 'short') return [];
  return rows.skipped().flatMap(({ pk, scheduledAt, reason }) => {
    const lived = rows
      .runs()
      .filter(({ tenant, jobId, incarnation }) => `${tenant}#${jobId}#${incarnation}` === pk)
      .some(({ finishedAt }) => finishedAt !== null && finishedAt >= scheduledAt);
    return reason !== 'overlap' || lived ? [] : [`${pk} skipped ${scheduledAt} although no run was active`];
  });
}

/** Checks that no attempt was executed twice. */
function executions({ services: outside }: Simulation): string[] {
  const made = new Map<string, number>();
  for (const { runId, attempt, tenant } of outside.executed) {
    const name = `${tenant} ${runId} attempt ${attempt}`;
    made.set(name, (made.get(name) ?? 0) + 1);
  }
  return [...made].filter(([, times]) => times > 1).map(([name, times]) => `${name} was executed ${times} times`);
}

/** Checks that no message, waiting run or active step is left, and no lock that is not free. */
function leftovers({ simulator: world, tables: rows, workload }: Simulation): string[] {
  const messages = [...world.queues].flatMap(([name, queue]) => queue.all().map(({ body }) => `${name} holds ${body}`));
  const states = rows.list('Jobs').filter(({ sk }) => sk.startsWith('STATE#'));
  const active = new Set(rows.runs().flatMap(({ state, ulid }) => (isTerminal(state) ? [] : [ulid])));
  const locks = states.flatMap(({ pk, sk, ...state }) => {
    const { lockUlid, nextUlid } = state as { readonly lockUlid?: string; readonly nextUlid?: string };
    return [
      ...(lockUlid && active.has(lockUlid) ? [`${pk} ${sk} keeps its lock for ${lockUlid}`] : []),
      ...(nextUlid ? [`${pk} ${sk} keeps its queue place for ${nextUlid}`] : []),
    ];
  });
  const children = rows
    .list('Runs')
    .filter(({ sk, state }) => /^[EI]#/.test(sk) && !['completed', 'failed', 'canceled'].includes(state as string))
    .map(({ pk, sk, state }) => `${pk} ${sk} is still ${String(state)}`);
  const missing = workload.jobs.length === 0 ? ['no job was defined'] : [];
  return [...messages, ...locks, ...children, ...missing];
}

/** Chains contain runs of several jobs; DynamoDB removes their lists. */
const isChainRow = ({ pk }: { readonly pk: string }) => pk.split('#')[1] === 'CHAIN';

const isSlotRow = ({ pk }: { readonly pk: string }) => pk.endsWith('#TASKS');

/** Checks that no task holds a slot or waits for one. */
function slots({ simulator: world, tables: rows }: Simulation): string[] {
  return rows
    .list('Records')
    .filter(isSlotRow)
    .filter(({ until }) => until === undefined || (until as number) > world.now)
    .map(({ pk, sk, holder }) => `${pk} ${sk} ${holder === undefined ? 'waits' : `is held by ${holder as string}`}`);
}

/** Checks that no row of a deleted job is left. */
function history({ tables: rows }: Simulation): string[] {
  const jobs = rows.list('Jobs');
  const defined = new Set(jobs.filter(({ sk }) => sk.startsWith('DEF#')).map((item) => keyOf(toJob(item))));
  const left = [...rows.list('Runs'), ...rows.list('Records')].filter(({ pk }) => {
    const job = pk.split('#').slice(0, 3).join('#');
    return !isMalformed(pk) && !defined.has(job) && !isSlotRow({ pk }) && !isChainRow({ pk });
  });
  const notes = jobs.filter(({ sk }) => sk.startsWith('GONE#'));
  return [
    ...left.map(({ pk, sk }) => `${pk} ${sk} is left of a deleted job`),
    ...notes.map(({ pk, sk }) => `${pk} ${sk} is still listed as deleted`),
  ];
}

/** Checks that EventBridge Scheduler holds exactly the schedules of the current jobs. */
function schedules({ simulator: world, tables: rows }: Simulation): string[] {
  const jobs = rows
    .list('Jobs')
    .filter(({ sk }) => sk.startsWith('DEF#'))
    .map(toJob);
  const known = new Set(jobs.flatMap((job) => scheduleNames(job)));
  const stray = world.scheduler.names.filter((name) => !known.has(name));
  const versions = new Map(rows.list('Jobs').map(({ pk, sk, version }) => [`${pk} ${sk}`, version]));
  const behind = jobs.filter(({ tenant, id, version }) => versions.get(`${tenant} REG#${id}`) !== version);
  const wanted = jobs.flatMap((job) => desiredSchedules(job, START).map(({ name }) => [job, name] as const));
  const missing = wanted.filter(
    ([job, name]) => desiredSchedules(job, world.now).length > 0 && !world.scheduler.names.includes(name),
  );
  return [
    ...stray.map((name) => `schedule ${name} belongs to no job`),
    ...behind.map((job) => `${keyOf(job)} has an outdated registration`),
    ...missing.map(([job]) => `${keyOf(job)} has no schedule`),
  ];
}

/** Checks that sinks hold no record of a lineage twice, and hold all records of completed runs. */
function sinks({ simulator: world, tables: rows, services: outside }: Simulation): string[] {
  const found = outside.contradictions.map((name) => `${name} was received again with other records`);
  const held = {
    web: [...outside.received.values()].map(({ tenant, lineage, values }) => ({ tenant, lineage, values })),
    files: world.bucket.keys.flatMap((key) => {
      const [, tenant = '', lineage = ''] = /^data\/([^/]+)\/[^/]+\/([0-9A-Z]{26})-/.exec(key) ?? [];
      const lines = (world.bucket.text(key) ?? '').split('\n').filter(Boolean);
      return lineage === '' ? [] : [{ tenant, lineage, values: lines.map((line) => JSON.parse(line) as unknown) }];
    }),
    rows: rows.list('Collections').map((item: PlainItem) => {
      const [lineage = ''] = item.sk.split('#');
      return { tenant: item.pk.split('#')[0] ?? '', lineage, values: [recordOf(item)] };
    }),
  };
  const flows = rows.runs().filter(({ flow }) => flow !== null);
  for (const [sink, pages] of Object.entries(held)) {
    const byLineage = new Map<string, unknown[]>();
    for (const { tenant, lineage, values } of pages) {
      const name = `${tenant} ${lineage}`;
      byLineage.set(name, [...(byLineage.get(name) ?? []), ...values]);
    }
    for (const [lineage, values] of byLineage) {
      const numbers = values.map((value) =>
        JSON.stringify((value as { n?: number; number?: number }).n ?? (value as { number?: number }).number),
      );
      if (new Set(numbers).size < numbers.length) found.push(`${sink} holds records of ${lineage} twice`);
    }
    for (const run of flows.filter(({ state }) => state === 'completed')) {
      const expected = RECORDS_PER_RUN[run.jobId] ?? 0;
      const count = byLineage.get(`${run.tenant} ${run.flow?.lineage}`)?.length ?? 0;
      if (count !== expected)
        found.push(`${sink} holds ${count} of ${expected} records of the completed run ${nameOf(run)}`);
    }
  }
  for (const run of flows) {
    const expected = (RECORDS_PER_RUN[run.jobId] ?? 0) * 3;
    const restarted = run.flow?.restart !== undefined;
    if (run.state !== 'completed' || restarted) continue;
    const counted = run.flow?.ended?.records.success;
    if (counted !== expected && counted !== expected / 3)
      found.push(`${nameOf(run)} completed with ${counted} of ${expected} records`);
  }
  return found;
}

const recordOf = (item: PlainItem): unknown =>
  typeof item.record === 'string' ? (JSON.parse(item.record) as unknown) : (item.record ?? item);

/** Checks that each event with a configured receiver was notified exactly once. */
function notifications({ tables: rows, observer: witness, workload, services: outside }: Simulation): string[] {
  const notes = rows.list('Access').filter(({ sk }) => sk.startsWith(DELIVERY_PREFIX));
  const found: string[] = [];
  for (const { pk, sk, state, lastError } of notes) {
    if (state !== 'delivered') found.push(`${pk} ${sk} is ${String(state)} (${String(lastError)})`);
  }
  const contents = new Map<string, string>();
  for (const { delivery, content } of outside.notifications) {
    const before = contents.get(delivery);
    if (before !== undefined && before !== content) found.push(`delivery ${delivery} changed after it was sent`);
    contents.set(delivery, content);
  }
  const events = [
    ...[...witness.endings.values()].map(({ run }) => ({ kind: run.state === 'failed' ? 'failure' : 'success', run })),
    ...witness.late,
  ].filter(({ kind, run }) => kind !== 'success' || run.state === 'completed');
  for (const job of workload.jobs) {
    if (job.onFailure === null || workload.changedJobs.has(`${job.tenant} ${job.id}`)) continue;
    const isOfJob = (run: Run) => run.tenant === job.tenant && run.jobId === job.id;
    for (const kind of ['failure', 'success', 'late_start', 'late_finish']) {
      const happened = events.filter((event) => event.kind === kind && isOfJob(event.run)).length;
      const notified = notes
        .filter(({ pk, jobId, kind: of }) => pk === job.tenant && jobId === job.id && of === kind)
        .reduce((sum, { runs }) => sum + (runs as number), 0);
      if (notified !== happened) found.push(`${keyOf(job)}: ${happened} events ${kind}, ${notified} notified`);
    }
  }
  return found;
}

/** Checks that all triggers with the same idempotency key returned the same run. */
function keys({ workload }: Simulation): string[] {
  const runs = new Map<string, Set<string>>();
  for (const { tenant, jobId, key, ulid, incarnation } of workload.keyedTriggers) {
    const name = `${tenant} ${jobId} ${incarnation} ${key}`;
    runs.set(name, (runs.get(name) ?? new Set()).add(ulid));
  }
  return [...runs]
    .filter(([, ulids]) => ulids.size > 1)
    .map(([name, ulids]) => `${name} started ${[...ulids].join(', ')}`);
}

/** Checks counters against a recount of the rows, and lifetime totals against the observed events. */
async function counters({ platform, observer: witness, tables: rows }: Simulation): Promise<string[]> {
  const found: string[] = [];
  for (const tenant of TENANTS) {
    const recount = await recountOfAudit(platform, tenant, () => true);
    for (const { name, differences } of recount.found) found.push(`${tenant} ${name}: ${JSON.stringify(differences)}`);
    if (recount.compared === 0 && rows.runs().some((run) => run.tenant === tenant))
      found.push(`no counter of ${tenant} was compared`);
  }
  for (const [name, expected] of witness.totals) {
    const [tenant = '', ...text] = name.split(' ');
    const counter = JSON.parse(text.join(' ')) as Counter;
    const values = await getCounter(platform.db, tenant as never, counter);
    const counted = counter.kind === 'minute' ? values.current : values.total;
    for (const field of new Set([...Object.keys(expected), ...Object.keys(counted)])) {
      const [is, was] = [counted[field] ?? 0, expected[field] ?? 0];
      if (is !== was) found.push(`${name} counts ${is} ${field} instead of ${was}`);
    }
  }
  const platformCounts = await getPlatformCounter(platform.db);
  const { failedRegistrations = 0 } = platformCounts.current;
  if (failedRegistrations !== 0) found.push(`the platform's counter holds ${failedRegistrations} failed registrations`);
  return found;
}

/** Checks that the compute time of each flow run is that of all slices of its tasks. */
async function computeTimes({ platform, tables: rows }: Simulation): Promise<string[]> {
  const found: string[] = [];
  for (const run of rows.runs()) {
    if (!run.flow?.plan || !isTerminal(run.state)) continue;
    const tasks = await listTasks(platform.db, run, run.flow.plan.tasks);
    const busyMs = tasks.reduce((sum, task) => sum + task.busyMs, 0);
    if (tasks.length > 0 && run.priorComputeMs !== busyMs)
      found.push(`${nameOf(run)} counts ${run.priorComputeMs} ms of compute time instead of ${busyMs}`);
  }
  return found;
}

/** Checks the counts that the five API surfaces return. */
async function surfaces({ platform, tables: rows, observer: witness }: Simulation): Promise<string[]> {
  const jobs = rows
    .list('Jobs')
    .filter(({ sk }) => sk.startsWith('DEF#'))
    .map(toJob);
  const [runs, endings] = [rows.runs(), [...witness.endings.values()]];
  const found: string[] = [];
  for (const tenant of TENANTS) {
    const ofTenant = <Of extends { readonly tenant: string }>(all: readonly Of[]) =>
      all.filter((one) => one.tenant === tenant);
    const ended = endings.filter(({ run }) => run.tenant === tenant);
    if (ofTenant(jobs).length === 0) continue;
    found.push(
      ...(await findMiscounts(platform, { tenant, jobs: ofTenant(jobs), runs: ofTenant(runs), endings: ended })),
    );
  }
  return found;
}
