import type { ComponentChildren } from 'preact';
import type { Run } from '../api/types.ts';
import { plainText } from '../view/ansi.ts';
import { formatDuration } from '../view/format.ts';
import { terminalLines } from '../view/output-lines.ts';
import { PATHS } from '../view/routes.ts';
import { Link } from './link.tsx';
import { StatusPill } from './status-pill.tsx';
import { ElapsedTime, RelativeTime } from './time.tsx';

export interface RunsTableProps {
  readonly runs: readonly Run[];
  /** Adds a column with the job. */
  readonly withJob?: boolean;
  readonly caption: string;
  /** First cell of each row, for example a checkbox. */
  readonly lead?: (run: Run) => ComponentChildren;
}

export function RunsTable({ runs, withJob = false, caption, lead }: RunsTableProps) {
  return (
    <table class="table runs">
      <caption class="visually-hidden">{caption}</caption>
      <thead>
        <tr>
          {lead && (
            <th scope="col">
              <span class="visually-hidden">Select</span>
            </th>
          )}
          {withJob && <th scope="col">Job</th>}
          <th scope="col">Run</th>
          <th scope="col">Status</th>
          <th scope="col">Started</th>
          <th scope="col" class="right">
            Duration
          </th>
          <th scope="col">Message</th>
        </tr>
      </thead>
      <tbody>
        {runs.map((run) => (
          <tr key={run.run_id}>
            {lead && <td class="cell-lead">{lead(run)}</td>}
            {withJob && (
              <td data-name="Job">
                <Link to={PATHS.job(run.job_id)}>{run.job_id}</Link>
              </td>
            )}
            <td data-name="Run">
              <Link to={PATHS.run(run.job_id, run.run_id)} class="number">
                #{run.id}
              </Link>
            </td>
            <td data-name="Status">
              <StatusPill status={run.status} />
            </td>
            <td data-name="Started">
              <RelativeTime time={run.started_at ?? run.created_at} />
            </td>
            <td data-name="Duration" class="right number">
              {formatTook(run)}
            </td>
            <td data-name="Message" class="cell-message">
              <bdi>{plainText(run.reason ?? lastLine(run.stdout))}</bdi>
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function formatTook(run: Run) {
  if (run.duration_ms !== null) return formatDuration(run.duration_ms);
  return run.status === 'running' && run.started_at ? <ElapsedTime since={run.started_at} /> : '–';
}

const lastLine = (text: string) => terminalLines(text.trimEnd()).at(-1) ?? '';
