import type { RunWithOutput } from '../api/types.ts';
import { browserTimeZone, formatDuration, formatTimeOfDay } from '../view/format.ts';
import { runTimeline } from '../view/timeline.ts';
import { ElapsedTime } from './time.tsx';

/** The steps of a run. */
export function Timeline({ run }: { readonly run: RunWithOutput }) {
  return (
    <ol class={`timeline status-${run.status}`}>
      {runTimeline(run).map(({ name, at, since, state, note }) => (
        <li key={name} class={`step ${state}`}>
          <b>{name}</b>
          <span class="number">
            {at !== null && <time dateTime={new Date(at).toISOString()}>{formatTimeOfDay(at, browserTimeZone())}</time>}
            {since !== null && <small>after {formatDuration(since)}</small>}
            {state === 'now' && (
              <small>
                for <ElapsedTime since={new Date(at ?? Date.parse(run.created_at)).toISOString()} />
              </small>
            )}
          </span>
          {note && <bdi class="muted">{note}</bdi>}
        </li>
      ))}
    </ol>
  );
}
