import type { FlowLogLine } from '../api/pipeline-types.ts';
import { useApp } from '../app-context.ts';
import { usePoll } from '../hooks/use-poll.ts';
import { setQuery, useLocation } from '../router.ts';
import { AsyncContent } from '../ui/async-content.tsx';
import { Panel } from '../ui/panel.tsx';
import { formatCell } from '../view/flow.ts';
import { browserTimeZone, formatTimeOfDay } from '../view/format.ts';
import type { FlowTabProps } from './flow-tab.ts';

const LEVELS = ['info', 'warn', 'error'] as const;

/** Log of the run and its operators, newest first. */
export function FlowLog({ job, operator, intervalMs }: FlowTabProps) {
  const { pipelines } = useApp();
  const requested = useLocation().query.get('level');
  const level = LEVELS.find((known) => known === requested) ?? null;
  const log = usePoll(
    `log ${job.id} ${operator} ${level}`,
    (signal) => pipelines.logs(job.id, operator, level, signal),
    intervalMs,
  );
  return (
    <Panel
      title="Log"
      aside={
        <label class="choice">
          <span>Level</span>
          <select value={level ?? ''} onChange={(event) => setQuery({ level: event.currentTarget.value })}>
            <option value="">All</option>
            {LEVELS.map((name) => (
              <option key={name}>{name}</option>
            ))}
          </select>
        </label>
      }
    >
      <AsyncContent source={log} label="the log">
        {({ data, has_more: hasMore }) =>
          data.length === 0 ? (
            <p class="muted pad">No log lines</p>
          ) : (
            <>
              {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls has to be reached by keyboard */}
              <section class="output" tabIndex={0} aria-label="Log lines, newest first">
                <ol class="log">
                  {data.map((line) => (
                    <Line key={line.id} line={line} />
                  ))}
                </ol>
              </section>
              {hasMore && <p class="muted pad log-more">Newest {data.length} lines</p>}
            </>
          )
        }
      </AsyncContent>
    </Panel>
  );
}

function Line({ line }: { readonly line: FlowLogLine }) {
  const details = Object.entries(line.details)
    .map(([name, value]) => `${name}=${formatCell(value)}`)
    .sort();
  return (
    <li class={`log-line ${line.level}`}>
      <time class="muted" dateTime={new Date(line.timestamp).toISOString()}>
        {formatTimeOfDay(line.timestamp, browserTimeZone())}
      </time>
      <b>{line.level}</b>
      <span class="muted">{line.operator_id === null ? 'run' : `${line.operator_id} #${line.task_index}`}</span>
      <span>
        <bdi>{line.message}</bdi> <bdi class="muted">{details.join(' ')}</bdi>
      </span>
    </li>
  );
}
