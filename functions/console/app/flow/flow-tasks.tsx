import type { OperatorMetrics } from '../api/pipeline-types.ts';
import { useApp } from '../app-context.ts';
import { usePoll } from '../hooks/use-poll.ts';
import { AsyncContent } from '../ui/async-content.tsx';
import { type Column, DataTable } from '../ui/data-table.tsx';
import { Panel } from '../ui/panel.tsx';
import { formatBytes, formatCount, formatPercent } from '../view/format.ts';
import type { FlowTabProps } from './flow-tab.ts';

/** The metrics of each task of one operator. */
export function FlowTasks({ job, operator, intervalMs }: FlowTabProps) {
  const { pipelines } = useApp();
  const of = operator ?? job.configuration.sources[0]?.id ?? '';
  const metrics = usePoll(`tasks ${job.id} ${of}`, (signal) => pipelines.operator(job.id, of, signal), intervalMs);
  return (
    <Panel title={`Tasks of ${of}`} aside={metrics.data && <span class="muted">{waits(metrics.data)}</span>}>
      <AsyncContent source={metrics} label="the tasks">
        {({ subtask_metrics: subtasks }) =>
          subtasks.length === 0 ? (
            <p class="muted pad">No tasks yet</p>
          ) : (
            <DataTable
              caption={`Tasks of ${of}`}
              rows={subtasks}
              rowKey={(task) => task.subtask_index}
              columns={COLUMNS}
            />
          )
        }
      </AsyncContent>
    </Panel>
  );
}

const waits = ({ metrics: { backpressure, idle_time_percent: idle } }: OperatorMetrics) =>
  `backpressure ${formatPercent(backpressure)}, idle ${formatPercent(idle === null ? null : idle / 100)} of the time`;

const COLUMNS: readonly Column<OperatorMetrics['subtask_metrics'][number]>[] = [
  { name: 'Task', cell: (task) => task.subtask_index, class: 'number' },
  { name: 'In', cell: (task) => formatCount(task.records_in), class: 'right number' },
  { name: 'Out', cell: (task) => formatCount(task.records_out), class: 'right number' },
  { name: 'Bytes in', cell: (task) => formatBytes(task.bytes_in), class: 'right number' },
  { name: 'Bytes out', cell: (task) => formatBytes(task.bytes_out), class: 'right number' },
  { name: 'Errors', cell: (task) => formatCount(task.errors), class: 'right number' },
  { name: 'Warnings', cell: (task) => formatCount(task.warnings), class: 'right number' },
];
