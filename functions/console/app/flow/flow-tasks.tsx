import type { OperatorMetrics } from '../api/pipeline-types.ts';
import { useApp } from '../app-context.ts';
import { usePoll } from '../hooks/use-poll.ts';
import { AsyncContent } from '../ui/async-content.tsx';
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
            <TasksTable subtasks={subtasks} caption={`Tasks of ${of}`} />
          )
        }
      </AsyncContent>
    </Panel>
  );
}

const waits = ({ metrics: { backpressure, idle_time_percent: idle } }: OperatorMetrics) =>
  `backpressure ${formatPercent(backpressure)}, idle ${formatPercent(idle === null ? null : idle / 100)} of the time`;

interface TasksTableProps {
  readonly subtasks: OperatorMetrics['subtask_metrics'];
  readonly caption: string;
}

function TasksTable({ subtasks, caption }: TasksTableProps) {
  return (
    <table class="table">
      <caption class="visually-hidden">{caption}</caption>
      <thead>
        <tr>
          <th scope="col">Task</th>
          {['In', 'Out', 'Bytes in', 'Bytes out', 'Errors', 'Warnings'].map((name) => (
            <th key={name} scope="col" class="right">
              {name}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {subtasks.map((task) => {
          const figures = [
            ['In', formatCount(task.records_in)],
            ['Out', formatCount(task.records_out)],
            ['Bytes in', formatBytes(task.bytes_in)],
            ['Bytes out', formatBytes(task.bytes_out)],
            ['Errors', formatCount(task.errors)],
            ['Warnings', formatCount(task.warnings)],
          ] as const;
          return (
            <tr key={task.subtask_index}>
              <td data-name="Task" class="number">
                {task.subtask_index}
              </td>
              {figures.map(([name, text]) => (
                <td key={name} data-name={name} class="right number">
                  {text}
                </td>
              ))}
            </tr>
          );
        })}
      </tbody>
    </table>
  );
}
