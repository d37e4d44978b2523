import type { ComponentChildren } from 'preact';
import type { Run } from '../api/types.ts';
import { plainText } from '../view/ansi.ts';
import { formatDuration } from '../view/format.ts';
import { terminalLines } from '../view/output-lines.ts';
import { PATHS } from '../view/routes.ts';
import { type Column, DataTable } from './data-table.tsx';
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

const JOB: Column<Run> = { name: 'Job', cell: (run) => <Link to={PATHS.job(run.job_id)}>{run.job_id}</Link> };

const COLUMNS: readonly Column<Run>[] = [
  {
    name: 'Run',
    cell: (run) => (
      <Link to={PATHS.run(run.job_id, run.run_id)} class="number">
        #{run.id}
      </Link>
    ),
  },
  { name: 'Status', cell: (run) => <StatusPill status={run.status} /> },
  { name: 'Started', cell: (run) => <RelativeTime time={run.started_at ?? run.created_at} /> },
  { name: 'Duration', cell: formatTook, class: 'right number' },
  {
    name: 'Message',
    cell: (run) => <bdi>{plainText(run.reason ?? lastLine(run.stdout))}</bdi>,
    class: 'cell-message',
  },
];

export function RunsTable({ runs, withJob = false, caption, lead }: RunsTableProps) {
  return (
    <DataTable
      class="runs"
      caption={caption}
      rows={runs}
      rowKey={(run) => run.run_id}
      columns={[
        ...(lead ? [{ name: 'Select', cell: lead, isUnnamed: true, class: 'cell-lead' }] : []),
        ...(withJob ? [JOB] : []),
        ...COLUMNS,
      ]}
    />
  );
}

function formatTook(run: Run) {
  if (run.duration_ms !== null) return formatDuration(run.duration_ms);
  return run.status === 'running' && run.started_at ? <ElapsedTime since={run.started_at} /> : '–';
}

const lastLine = (text: string) => terminalLines(text.trimEnd()).at(-1) ?? '';
