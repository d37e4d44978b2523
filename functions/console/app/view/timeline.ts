import type { Run } from '../api/wire.ts';
import { STATUS_WORDS } from './status.ts';

/** One step in the life of a run. */
export interface Step {
  readonly name: string;
  /** Epoch milliseconds; null: not known, or not come to yet. */
  readonly at: number | null;
  /** Milliseconds since the step before it. */
  readonly since: number | null;
  readonly state: 'done' | 'now' | 'ahead';
  readonly note: string | null;
}

const TRIGGERS: Readonly<Record<string, string>> = {
  schedule: 'by its schedule',
  manual: 'by hand',
  restart: 'as a restart',
};

/** What happened to a run, in order, and what is still to come. */
export function timelineOf(run: Run): readonly Step[] {
  const made = Date.parse(run.created_at);
  const started = run.started_at === null ? null : Date.parse(run.started_at);
  const ended = run.finished_at === null ? null : Date.parse(run.finished_at);
  const by = TRIGGERS[run.trigger] ?? run.trigger;
  if (run.status === 'skipped') {
    return [{ name: 'Skipped', at: made, since: null, state: 'done', note: run.reason }];
  }
  const isOver = ended !== null;
  const attempt = run.attempt > 1 ? `Attempt ${run.attempt}; the times are those of the last one.` : null;
  return [
    { name: 'Queued', at: made, since: null, state: run.status === 'pending' ? 'now' : 'done', note: by },
    {
      name: 'Started',
      at: started,
      since: started === null ? null : started - made,
      state: started !== null ? (run.status === 'running' ? 'now' : 'done') : isOver ? 'done' : 'ahead',
      note: started === null && isOver ? 'It never started.' : attempt,
    },
    {
      name: isOver ? STATUS_WORDS[run.status][0] : 'Ends',
      at: ended,
      since: ended === null ? null : ended - (started ?? made),
      state: isOver ? 'done' : 'ahead',
      note: null,
    },
  ];
}
