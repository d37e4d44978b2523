import type { Attempt, RunWithOutput } from '../api/types.ts';
import { plainText } from '../view/ansi.ts';
import { formatDuration } from '../view/format.ts';
import { DataTable } from './data-table.tsx';
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
      <DataTable
        class="attempts"
        caption="Attempts of this run, oldest first"
        rows={attempts}
        rowKey={({ attempt }) => attempt}
        columns={[
          { name: 'Attempt', cell: ({ attempt }) => attempt, class: 'number' },
          { name: 'Status', cell: (attempt) => <StatusPill status={attempt.status} /> },
          { name: 'Started', cell: (attempt) => formatTime(attempt.started_at), class: 'cell-whole' },
          { name: 'Ended', cell: (attempt) => formatTime(attempt.finished_at), class: 'cell-whole' },
          { name: 'Duration', cell: (attempt) => <Took attempt={attempt} />, class: 'right number cell-whole' },
          {
            name: 'Reason and output',
            cell: (attempt) => (
              <>
                {attempt.reason && <bdi>{attempt.reason}</bdi>}
                {attempt === newest ? <p class="muted">The output is shown below.</p> : <LastLines of={attempt} />}
              </>
            ),
            class: 'cell-message',
          },
        ]}
      />
    </Panel>
  );
}

const formatTime = (time: string | null) => (time === null ? '–' : <AbsoluteTime time={time} />);

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
