import type { FlowError } from '../api/pipeline-types.ts';
import { useApp } from '../app-context.ts';
import { usePoll } from '../hooks/use-poll.ts';
import { AsyncContent } from '../ui/async-content.tsx';
import { CopyButton } from '../ui/copy-button.tsx';
import { EmptyState } from '../ui/empty-state.tsx';
import { Panel } from '../ui/panel.tsx';
import { formatJson } from '../view/flow.ts';
import { browserTimeZone, formatTimeOfDay } from '../view/format.ts';
import type { FlowTabProps } from './flow-tab.ts';

/** Failed records as their operator received them, and warnings. */
export function FlowErrors({ job, operator, intervalMs }: FlowTabProps) {
  const { pipelines } = useApp();
  const errors = usePoll(
    `errors ${job.id} ${operator}`,
    (signal) => pipelines.errors(job.id, operator, signal),
    intervalMs,
  );
  return (
    <Panel
      title="Errors and warnings"
      aside={errors.data?.has_more && <span class="muted">newest {errors.data.data.length}</span>}
    >
      <AsyncContent source={errors} label="the errors">
        {({ data }) =>
          data.length === 0 ? (
            <EmptyState icon="check" title="No errors or warnings" />
          ) : (
            <ul class="flow-errors">
              {data.map((error) => (
                <ErrorItem key={error.id} error={error} />
              ))}
            </ul>
          )
        }
      </AsyncContent>
    </Panel>
  );
}

function ErrorItem({ error }: { readonly error: FlowError }) {
  return (
    <li>
      <p class="line-head">
        <span class={`pill tone-${error.level === 'error' ? 'error' : 'warn'}`}>{error.level}</span>
        <code>{error.operator_id ?? 'run'}</code>
        <span class="muted number">
          {error.task_index !== null && `task ${error.task_index}, `}
          {formatTimeOfDay(error.timestamp, browserTimeZone())}
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
          <summary>Failed record</summary>
          <div class="record">
            <pre>{formatJson(error.record)}</pre>
            <CopyButton text={error.record} />
          </div>
        </details>
      )}
    </li>
  );
}
