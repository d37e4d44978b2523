import type { RunWithOutput } from '../api/wire.ts';
import { formatClock, formatDuration, viewerZone } from '../view/format.ts';
import { timelineOf } from '../view/timeline.ts';
import { Running } from './time.tsx';

/** What happened to a run, step by step. */
export function Timeline({ run }: { readonly run: RunWithOutput }) {
  return (
    <ol class={`timeline status-${run.status}`}>
      {timelineOf(run).map(({ name, at, since, state, note }) => (
        <li key={name} class={`step ${state}`}>
          <b>{name}</b>
          <span class="number">
            {at !== null && <time dateTime={new Date(at).toISOString()}>{formatClock(at, viewerZone())}</time>}
            {since !== null && <small>after {formatDuration(since)}</small>}
            {state === 'now' && (
              <small>
                for <Running since={new Date(at ?? Date.parse(run.created_at)).toISOString()} />
              </small>
            )}
          </span>
          {note && <bdi class="muted">{note}</bdi>}
        </li>
      ))}
    </ol>
  );
}
