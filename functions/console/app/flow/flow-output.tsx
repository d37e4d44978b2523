import type { FlowOutput as Output } from '../api/pipeline-types.ts';
import { useApp } from '../app-context.ts';
import { usePoll } from '../hooks/use-poll.ts';
import { AsyncContent } from '../ui/async-content.tsx';
import { EmptyState } from '../ui/empty-state.tsx';
import { Panel } from '../ui/panel.tsx';
import { formatCell, recordColumns, recordingOperators, toFields } from '../view/flow.ts';
import { browserTimeZone, formatCount, formatTimeOfDay } from '../view/format.ts';
import type { FlowTabProps } from './flow-tab.ts';

/** The records that preview sinks and tapped operators store. */
export function FlowOutput({ job, operator, intervalMs }: FlowTabProps) {
  const recording = recordingOperators(job.configuration);
  const isRecorded = operator === null ? recording.length > 0 : recording.some(({ id }) => id === operator);
  if (isRecorded) return <Records job={job} operator={operator} intervalMs={intervalMs} />;
  return (
    <Panel title="Output">
      <EmptyState icon="search" title={operator ? `${operator} stores no records` : 'No operator stores records'}>
        <p>
          Operators with <code>"tap": true</code> and <code>preview</code> sinks store records
          {recording.length > 0 && `: ${recording.map(({ id }) => id).join(', ')}`}.
        </p>
      </EmptyState>
    </Panel>
  );
}

function Records({ job, operator, intervalMs }: FlowTabProps) {
  const { pipelines } = useApp();
  const output = usePoll(
    `output ${job.id} ${operator}`,
    (signal) => pipelines.output(job.id, operator, signal),
    intervalMs,
  );
  const shown = output.data?.data.length ?? 0;
  return (
    <Panel
      title="Output"
      aside={
        shown > 0 && (
          <span class="muted">
            first {formatCount(shown)} of {formatCount(Math.max(shown, output.data?.total_records ?? 0))}
          </span>
        )
      }
    >
      <AsyncContent source={output} label="the output">
        {({ data }) => (data.length === 0 ? <p class="muted pad">No records yet</p> : <RecordsTable rows={data} />)}
      </AsyncContent>
    </Panel>
  );
}

type Rows = Output['data'];

/** @returns whether a column holds numbers only; such columns are right-aligned */
const isNumeric = (rows: Rows, name: string): boolean =>
  rows.every(({ record }) => ['number', 'undefined'].includes(typeof toFields(record)[name]));

function RecordsTable({ rows }: { readonly rows: Rows }) {
  const columns = recordColumns(rows.map(({ record }) => record));
  const alignmentOf = (name: string) => (isNumeric(rows, name) ? 'number right' : '');
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls has to be reached by keyboard (WCAG 2.1.1)
    <section class="scroll" tabIndex={0} aria-label="Output records">
      <table class="table records">
        <thead>
          <tr>
            <th scope="col">Emitted</th>
            {columns.map((name) => (
              <th key={name} scope="col" class={alignmentOf(name)}>
                <bdi>{name}</bdi>
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map(({ timestamp, record }, i) => {
            const fields = toFields(record);
            return (
              <tr key={i}>
                <td class="number muted">{formatTimeOfDay(timestamp, browserTimeZone())}</td>
                {columns.map((name) => (
                  <td key={name} class={alignmentOf(name)}>
                    <bdi>{formatCell(fields[name])}</bdi>
                  </td>
                ))}
              </tr>
            );
          })}
        </tbody>
      </table>
    </section>
  );
}
