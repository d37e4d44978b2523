import type { FlowError } from '../api/pipeline-wire.ts';
import { useDeck } from '../context.ts';
import { usePoll } from '../hooks/use-poll.ts';
import { CopyButton } from '../ui/copy-button.tsx';
import { Empty } from '../ui/empty.tsx';
import { Loaded } from '../ui/loaded.tsx';
import { Panel } from '../ui/panel.tsx';
import { pretty } from '../view/flow.ts';
import { formatClock, viewerZone } from '../view/format.ts';
import type { FlowPartProps } from './flow-run.tsx';

/** Records that failed, with what their operator got, and warnings. */
export function FlowErrors({ job, operator, everyMs }: FlowPartProps) {
  const { pipelines } = useDeck();
  const errors = usePoll(
    `errors ${job.id} ${operator}`,
    (signal) => pipelines.errors(job.id, operator, signal),
    everyMs,
  );
  return (
    <Panel
      title="Errors and warnings"
      aside={errors.data?.has_more && <span class="muted">the newest {errors.data.data.length}</span>}
    >
      <Loaded of={errors} what="the errors">
        {({ data }) =>
          data.length === 0 ? (
            <Empty icon="check" title="Nothing has gone wrong" />
          ) : (
            <ul class="flow-errors">
              {data.map((error) => (
                <ErrorItem key={error.id} error={error} />
              ))}
            </ul>
          )
        }
      </Loaded>
    </Panel>
  );
}

function ErrorItem({ error }: { readonly error: FlowError }) {
  return (
    <li>
      <p class="line-head">
        <span class={`pill tone-${error.level === 'error' ? 'error' : 'warn'}`}>{error.level}</span>
        <code>{error.operator_id ?? 'the run'}</code>
        <span class="muted number">
          {error.task_index !== null && `task ${error.task_index}, `}
          {formatClock(error.timestamp, viewerZone())}
        </span>
      </p>
      <p>
        <bdi>{error.message}</bdi>
      </p>
      {error.details && (
        <p class="muted">
          <bdi>{error.details}</bdi>
        </p>
      )}
      {error.record !== null && (
        <details>
          <summary>The record</summary>
          <div class="record">
            <pre>{pretty(error.record)}</pre>
            <CopyButton text={error.record} />
          </div>
        </details>
      )}
    </li>
  );
}
