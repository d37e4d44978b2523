import type { FlowOutput as Output } from '../api/pipeline-wire.ts';
import { useDeck } from '../context.ts';
import { usePoll } from '../hooks/use-poll.ts';
import { Empty } from '../ui/empty.tsx';
import { Loaded } from '../ui/loaded.tsx';
import { Panel } from '../ui/panel.tsx';
import { asObject, cellOf, columnsOf, keepersOf } from '../view/flow.ts';
import { formatClock, formatCount, viewerZone } from '../view/format.ts';
import type { FlowPartProps } from './flow-run.tsx';

/** The records that preview sinks and tapped operators keep. */
export function FlowOutput({ job, operator, everyMs }: FlowPartProps) {
  const keepers = keepersOf(job.configuration);
  const isKept = operator === null ? keepers.length > 0 : keepers.some(({ id }) => id === operator);
  if (isKept) return <Records job={job} operator={operator} everyMs={everyMs} />;
  return (
    <Panel title="Output">
      <Empty icon="search" title={operator ? `${operator} keeps no records` : 'No operator keeps records'}>
        <p>
          Those do that have <code>"tap": true</code>, and sinks of the type <code>preview</code>
          {keepers.length > 0 && `: ${keepers.map(({ id }) => id).join(', ')}`}.
        </p>
      </Empty>
    </Panel>
  );
}

function Records({ job, operator, everyMs }: FlowPartProps) {
  const { pipelines } = useDeck();
  const output = usePoll(
    `output ${job.id} ${operator}`,
    (signal) => pipelines.output(job.id, operator, signal),
    everyMs,
  );
  const shown = output.data?.data.length ?? 0;
  return (
    <Panel
      title="Output"
      aside={
        shown > 0 && (
          <span class="muted">
            the first {formatCount(shown)} of {formatCount(Math.max(shown, output.data?.total_records ?? 0))}
          </span>
        )
      }
    >
      <Loaded of={output} what="the output">
        {({ data }) =>
          data.length === 0 ? <p class="muted pad">No record has come this far yet.</p> : <RecordsTable rows={data} />
        }
      </Loaded>
    </Panel>
  );
}

type Rows = Output['data'];

/** Numbers stand under each other; a column that has texts, too, is one of texts. */
const isNumeric = (rows: Rows, name: string): boolean =>
  rows.every(({ record }) => ['number', 'undefined'].includes(typeof asObject(record)[name]));

function RecordsTable({ rows }: { readonly rows: Rows }) {
  const columns = columnsOf(rows.map(({ record }) => record));
  const sideOf = (name: string) => (isNumeric(rows, name) ? 'number right' : '');
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls has to be reached by keyboard (WCAG 2.1.1)
    <section class="scroll" tabIndex={0} aria-label="Output: the records">
      <table class="table records">
        <thead>
          <tr>
            <th scope="col">Came out</th>
            {columns.map((name) => (
              <th key={name} scope="col" class={sideOf(name)}>
                <bdi>{name}</bdi>
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map(({ timestamp, record }, i) => {
            const fields = asObject(record);
            return (
              <tr key={i}>
                <td class="number muted">{formatClock(timestamp, viewerZone())}</td>
                {columns.map((name) => (
                  <td key={name} class={sideOf(name)}>
                    <bdi>{cellOf(fields[name])}</bdi>
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
