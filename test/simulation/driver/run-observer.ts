import { type Counter, toMinute } from '../../../functions/core/domain/counters.ts';
import { isTerminal, type Run } from '../../../functions/core/domain/run.ts';
import { PENDING_DELIVERY_PREFIX, RUN_PREFIXES } from '../../../functions/core/store/keys.ts';
import { toRun } from '../../../functions/core/store/run-item.ts';
import type { Item } from '../../helpers/fakes/dynamodb-expressions.ts';
import type { ItemChange } from '../../helpers/fakes/memory-dynamodb.ts';
import { durationOf } from '../../helpers/oracles/recount.ts';
import { isMalformed, toPlainItem } from './table-reader.ts';

/** A run in the terminal state that its row reached. */
export interface Ending {
  readonly run: Run;
  /** Number of times that the run ended; more than 1 is a violation. */
  readonly times: number;
}

/** Tolerance for starts before the due time: 2 s, plus the maximum clock skew. */
const MAX_EARLY_MS = 2_000 + 5_000;

const nameOf = ({ tenant, jobId, incarnation, ulid }: Run) => [tenant, jobId, incarnation, ulid].join(' ');

function note(names: Set<string>, name: string, isIn: boolean): void {
  if (isIn) names.add(name);
  else names.delete(name);
}

/** Observes every change of the tables and checks the invariants that hold at all times. */
export class RunObserver {
  readonly endings = new Map<string, Ending>();
  /** Runs that were marked as late at their start or end. */
  readonly late: { readonly kind: 'late_start' | 'late_finish'; readonly run: Run }[] = [];
  /** Violations found while the simulation runs. */
  readonly observedViolations: string[] = [];
  /** Names of the runs that have not ended. */
  readonly activeRuns = new Set<string>();
  /** Keys of the pending deliveries. */
  readonly pendingDeliveries = new Set<string>();
  /** Active runs by job: at most one under every overlap policy except `allow`. */
  readonly #active = new Map<string, Set<string>>();
  /** Observed lifetime totals by counter, for comparison with the counters. */
  readonly totals = new Map<string, Record<string, number>>();
  readonly #mayOverlap: (run: Run) => boolean;

  readonly #now: () => number;

  constructor(mayOverlap: (run: Run) => boolean, now: () => number) {
    this.#mayOverlap = mayOverlap;
    this.#now = now;
  }

  readonly observe = ({ table, before, after }: ItemChange): void => {
    const { pk, sk: { S: sk } = {} } = (after ?? before) as Item;
    if (sk === undefined) return;
    if (table === 'Access' && sk.startsWith(PENDING_DELIVERY_PREFIX))
      note(this.pendingDeliveries, `${pk?.S} ${sk}`, after !== undefined);
    if (table !== 'Runs' || !sk.startsWith(RUN_PREFIXES.run) || isMalformed(pk?.S)) return;
    const [was, is] = [before && toRun(toPlainItem(before)), after && toRun(toPlainItem(after))];
    note(this.activeRuns, nameOf((is ?? was) as Run), is !== undefined && !isTerminal(is.state));
    if (was && is && isTerminal(was.state)) this.#seeEnded(was, is);
    if (was && !is && !isTerminal(was.state))
      this.observedViolations.push(`${nameOf(was)} was deleted while ${was.state}`);
    if (is && isTerminal(is.state) && !(was && isTerminal(was.state))) this.#seeEnd(is);
    if (is) this.#seeCompute(was, is);
    if (was && is) this.#seeClaim(was, is);
    if (was && is && !isTerminal(was.state)) this.#seeLate(was, is);
    if (is?.waiting && is.state !== 'queued') this.observedViolations.push(`${nameOf(is)} waits while ${is.state}`);
    if (is) this.#seeOverlap(is);
  };

  #seeLate(was: Run, is: Run): void {
    if (is.lateStartAt && !was.lateStartAt) {
      this.late.push({ kind: 'late_start', run: is });
      this.#add(is.tenant, { kind: 'tenant' }, { lateStarts: 1 });
    }
    if (is.lateFinishAt && !was.lateFinishAt) {
      this.late.push({ kind: 'late_finish', run: is });
      this.#add(is.tenant, { kind: 'tenant' }, { lateFinishes: 1 });
    }
    if (was.lateStartAt && was.lateStartAt !== is.lateStartAt)
      this.observedViolations.push(`${nameOf(is)} was marked as late twice`);
    if (was.lateFinishAt && was.lateFinishAt !== is.lateFinishAt)
      this.observedViolations.push(`${nameOf(is)} was marked as late twice`);
  }

  #seeCompute(was: Run | undefined, is: Run): void {
    const used = ({ priorComputeMs, executionMs }: Run) => priorComputeMs + (executionMs ?? 0);
    const ms = used(is) - (was ? used(was) : 0);
    if (ms < 0) this.observedViolations.push(`the compute time of ${nameOf(is)} fell by ${-ms} ms`);
    const added = is.finishedAt ?? is.computeDay;
    const time = is.flow ? added : (is.attemptStartedAt ?? is.startedAt);
    if (ms <= 0) return;
    const day = (time ?? 'never').slice(0, 10);
    this.#add(is.tenant, { kind: 'tenant' }, { [`compute_${day.slice(0, 7).replace('-', '_')}`]: ms });
    this.#add(is.tenant, { kind: 'day', day }, { busyMs: ms });
  }

  #seeClaim(was: Run, is: Run): void {
    if (was.state !== 'queued' || is.state !== 'running') return;
    const early = was.dueAt === null ? 0 : Date.parse(was.dueAt) - this.#now();
    if (early > MAX_EARLY_MS) this.observedViolations.push(`${nameOf(is)} was claimed ${early} ms before its due time`);
    if (was.waiting) this.observedViolations.push(`${nameOf(is)} was claimed while waiting for ${was.waiting}`);
  }

  #seeEnded(was: Run, is: Run): void {
    if (was.state !== is.state)
      this.observedViolations.push(`${nameOf(is)} ended as ${was.state}, then became ${is.state}`);
    if (was.finishedAt !== is.finishedAt) this.observedViolations.push(`${nameOf(is)} ended twice`);
  }

  #seeEnd(run: Run): void {
    const name = nameOf(run);
    this.endings.set(name, { run, times: (this.endings.get(name)?.times ?? 0) + 1 });
    const { tenant, jobId, integrationId, state, finishedAt } = run;
    const ms = durationOf(run);
    const timed = state !== 'canceled' && ms !== null;
    const counters: Counter[] = [
      { kind: 'tenant' },
      { kind: 'job', jobId, incarnation: run.incarnation },
      ...(integrationId === null ? [] : [{ kind: 'integration', integrationId } as const]),
    ];
    for (const counter of counters) {
      this.#add(tenant, counter, { [state]: 1, ...(timed && { timed: 1, ms }) });
    }
    if (state === 'canceled' || finishedAt === null) return;
    const records = run.itemsProcessed === 0 ? {} : { records: run.itemsProcessed };
    this.#add(tenant, { kind: 'day', day: finishedAt.slice(0, 10) }, { runs: 1, ...records });
    this.#add(
      tenant,
      { kind: 'minute', minute: toMinute(finishedAt) },
      { [state === 'completed' ? 'ok' : 'error']: 1 },
    );
  }

  #add(tenant: string, counter: Counter, add: Readonly<Record<string, number>>): void {
    const name = `${tenant} ${JSON.stringify(counter)}`;
    const totals = this.totals.get(name) ?? {};
    for (const [field, amount] of Object.entries(add)) totals[field] = (totals[field] ?? 0) + amount;
    this.totals.set(name, totals);
  }

  #seeOverlap(run: Run): void {
    if (this.#mayOverlap(run)) return;
    const job = [run.tenant, run.jobId, run.incarnation].join(' ');
    const active = this.#active.get(job) ?? new Set<string>();
    this.#active.set(job, active);
    if (run.state !== 'running' && run.state !== 'stopping') active.delete(run.ulid);
    else if (!active.has(run.ulid)) {
      active.add(run.ulid);
      if (active.size > 1)
        this.observedViolations.push(`${job} has ${active.size} runs at once: ${[...active].join(', ')}`);
    }
  }
}
