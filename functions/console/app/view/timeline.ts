import type { RunWithOutput } from '../api/types.ts';
import { STATUS_LABELS } from './status.ts';

/** A step in the life of a run. */
export interface Step {
  readonly name: string;
  /** Epoch milliseconds; `null` if the time is unknown or the step is upcoming. */
  readonly at: number | null;
  /** Milliseconds since the previous step. */
  readonly since: number | null;
  readonly state: 'done' | 'now' | 'upcoming';
  readonly note: string | null;
}

const TRIGGERS: Readonly<Record<string, string>> = {
  schedule: 'by schedule',
  manual: 'manually',
  restart: 'by restart',
  after: 'after another job',
};

/** Returns the past and upcoming steps of a run, in order. */
export function runTimeline(run: RunWithOutput): readonly Step[] {
  const createdAt = Date.parse(run.created_at);
  const trigger = TRIGGERS[run.trigger] ?? run.trigger;
  if (run.status === 'skipped') {
    return [{ name: 'Skipped', at: createdAt, since: null, state: 'done', note: run.reason }];
  }
  const startedAt = parseTime(run.started_at);
  const endedAt = parseTime(run.finished_at);
  const isOver = endedAt !== null;
  const attempts = retrySteps(run);
  const current = run.status === 'running' && attempts.length === 0;
  const steps: readonly Omit<Step, 'since'>[] = [
    {
      name: 'Queued',
      at: createdAt,
      state: run.status === 'pending' && startedAt === null ? 'now' : 'done',
      note: trigger,
    },
    {
      name: 'Started',
      at: startedAt,
      state: startedAt !== null ? (current ? 'now' : 'done') : isOver ? 'done' : 'upcoming',
      note: startedAt === null && isOver ? 'The run never started.' : null,
    },
    ...attempts,
    {
      name: isOver ? STATUS_LABELS[run.status][0] : 'End',
      at: endedAt,
      state: isOver ? 'done' : 'upcoming',
      note: null,
    },
  ];
  return steps.map((step, i) => ({ ...step, since: durationSince(steps.slice(0, i), step.at) }));
}

/** Returns the milliseconds since the last known time of the previous steps. */
function durationSince(steps: readonly Omit<Step, 'since'>[], at: number | null): number | null {
  const last = steps.map((step) => step.at).filter((time) => time !== null);
  const from = last.at(-1);
  return at === null || from === undefined ? null : at - from;
}

/** Returns a step for each attempt after the first, including one that is waited for. */
function retrySteps({ attempts, status }: RunWithOutput): readonly Omit<Step, 'since'>[] {
  const after = (i: number) => {
    const previous = attempts[i - 1];
    return previous && `Attempt ${previous.attempt} failed: ${previous.reason ?? 'unknown'}`;
  };
  const started = attempts.slice(1).map((attempt, i) => ({
    name: `Attempt ${attempt.attempt}`,
    at: parseTime(attempt.started_at),
    state: attempt.status === 'running' ? ('now' as const) : ('done' as const),
    note: after(i + 1) ?? null,
  }));
  const newest = attempts.at(-1);
  if (status !== 'pending' || !newest) return started;
  const at = parseTime(newest.finished_at);
  const note = after(attempts.length) ?? null;
  return [...started, { name: 'Waiting for the next attempt', at, state: 'now', note }];
}

const parseTime = (time: string | null): number | null => (time === null ? null : Date.parse(time));
