import type { Attempt, RunWithOutput } from '../api/types.ts';
import { plainText } from '../view/ansi.ts';
import { formatDuration } from '../view/format.ts';
import { Panel } from './panel.tsx';
import { StatusPill } from './status-pill.tsx';
import { AbsoluteTime, ElapsedTime } from './time.tsx';

/** The attempts of a retried run, one row each. Renders nothing for a run with one attempt. */
export function Attempts({ run }: { readonly run: RunWithOutput }) {
  const { attempts, status } = run;
  const waits = status === 'pending';
  if (attempts.length === 0 || (attempts.length === 1 && !waits)) return null;
  const newest = waits ? undefined : attempts.at(-1);
  return (
    <Panel title="Attempts">
      <table class="table attempts">
        <caption class="visually-hidden">Attempts of this run, oldest first</caption>
        <thead>
          <tr>
            <th scope="col">Attempt</th>
            <th scope="col">Status</th>
            <th scope="col">Started</th>
            <th scope="col">Ended</th>
            <th scope="col" class="right">
              Duration
            </th>
            <th scope="col">Reason and output</th>
          </tr>
        </thead>
        <tbody>
          {attempts.map((attempt) => (
            <tr key={attempt.attempt}>
              <td data-name="Attempt" class="number">
                {attempt.attempt}
              </td>
              <td data-name="Status">
                <StatusPill status={attempt.status} />
              </td>
              <td data-name="Started" class="cell-whole">
                {attempt.started_at ? <AbsoluteTime time={attempt.started_at} /> : '–'}
              </td>
              <td data-name="Ended" class="cell-whole">
                {attempt.finished_at ? <AbsoluteTime time={attempt.finished_at} /> : '–'}
              </td>
              <td data-name="Duration" class="right number cell-whole">
                <Took attempt={attempt} />
              </td>
              <td data-name="Message" class="cell-message">
                {attempt.reason && <bdi>{attempt.reason}</bdi>}
                {attempt === newest ? <p class="muted">The output is shown below.</p> : <LastLines of={attempt} />}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </Panel>
  );
}

function Took({ attempt }: { readonly attempt: Attempt }) {
  if (attempt.duration_ms !== null) return <>{formatDuration(attempt.duration_ms)}</>;
  return attempt.status === 'running' && attempt.started_at ? <ElapsedTime since={attempt.started_at} /> : <>–</>;
}

/** The last lines of an attempt's output, collapsed. */
function LastLines({ of: { attempt, stdout, stderr, output_truncated } }: { readonly of: Attempt }) {
  if (stdout === '' && stderr === '') return null;
  return (
    <details>
      <summary>Output of attempt {attempt}</summary>
      {output_truncated && <p class="muted">Only the last lines were stored.</p>}
      {[stdout, stderr].map(
        (text, i) => text !== '' && <pre key={i === 0 ? 'stdout' : 'stderr'}>{plainText(text)}</pre>,
      )}
    </details>
  );
}
