import type { Checkpoint } from '../api/pipeline-types.ts';
import { useApp, usePermission } from '../app-context.ts';
import { useAction } from '../hooks/use-action.ts';
import { usePoll } from '../hooks/use-poll.ts';
import { AsyncContent } from '../ui/async-content.tsx';
import { Button } from '../ui/button.tsx';
import { EmptyState } from '../ui/empty-state.tsx';
import { ErrorNotice } from '../ui/notice.tsx';
import { Panel } from '../ui/panel.tsx';
import { AbsoluteTime } from '../ui/time.tsx';
import { CHECKPOINT_CAUSES, CHECKPOINT_STATES } from '../view/checkpoints.ts';
import { formatBytes, formatDuration } from '../view/format.ts';
import type { FlowTabProps } from './flow-tab.ts';

/** The checkpoints of a flow run, with a button that requests one. */
export function FlowCheckpoints({ job, intervalMs }: FlowTabProps) {
  const { pipelines } = useApp();
  const mayOperate = usePermission('operate');
  const checkpoints = usePoll(`checkpoints ${job.id}`, (signal) => pipelines.checkpoints(job.id, signal), intervalMs);
  const take = useAction(async () => {
    await pipelines.takeCheckpoint(job.id);
    await checkpoints.refresh();
  });
  const pin = useAction(async ({ id, pinned }: Checkpoint) => {
    await pipelines.pin(job.id, id, !pinned);
    await checkpoints.refresh();
  });
  const error = take.error ?? pin.error;
  const isTakeable = job.state === 'Running' || job.state === 'Recovering';
  return (
    <Panel
      title="Checkpoints"
      aside={
        mayOperate &&
        isTakeable && (
          <Button icon="flag" busy={take.busy} onClick={() => void take.run()}>
            Create checkpoint
          </Button>
        )
      }
    >
      {error && <ErrorNotice>{error}</ErrorNotice>}
      <AsyncContent source={checkpoints} label="the checkpoints">
        {({ data }) =>
          data.length === 0 ? (
            <EmptyState icon="flag" title="No checkpoints">
              <p>Checkpoints are created on a timer, on request, and when a run is stopped gracefully.</p>
            </EmptyState>
          ) : (
            <CheckpointsTable
              checkpoints={data}
              {...(mayOperate && { onPin: (checkpoint) => void pin.run(checkpoint) })}
            />
          )
        }
      </AsyncContent>
    </Panel>
  );
}

interface CheckpointsTableProps {
  readonly checkpoints: readonly Checkpoint[];
  readonly onPin?: (checkpoint: Checkpoint) => void;
}

function CheckpointsTable({ checkpoints, onPin }: CheckpointsTableProps) {
  return (
    <table class="table">
      <caption class="visually-hidden">Checkpoints, newest first</caption>
      <thead>
        <tr>
          <th scope="col">Epoch</th>
          <th scope="col">Status</th>
          <th scope="col">Created</th>
          <th scope="col">Cause</th>
          <th scope="col" class="right">
            Duration
          </th>
          <th scope="col" class="right">
            Size
          </th>
          <th scope="col">Retention</th>
        </tr>
      </thead>
      <tbody>
        {checkpoints.map((checkpoint) => {
          const { id, epoch, state, start_time: start, finish_time: finish, pinned } = checkpoint;
          const [word, color] = CHECKPOINT_STATES[state];
          return (
            <tr key={id}>
              <td data-name="Epoch" class="number">
                {epoch}
              </td>
              <td data-name="Status">
                <span class={`pill status-${color}`}>
                  <i class="dot" aria-hidden="true" />
                  {word}
                </span>
              </td>
              <td data-name="Created">
                <AbsoluteTime time={new Date(start).toISOString()} />
              </td>
              <td data-name="Cause">{CHECKPOINT_CAUSES[checkpoint.cause]}</td>
              <td data-name="Duration" class="right number">
                {finish === null ? '–' : formatDuration(finish - start)}
              </td>
              <td data-name="Size" class="right number">
                {formatBytes(checkpoint.size_bytes)}
              </td>
              <td data-name="Retention">
                <span class="pin">
                  {pinned ? 'pinned' : 'automatic'}
                  {onPin && (
                    <Button
                      tone="quiet"
                      label={`${pinned ? 'Unpin' : 'Pin'} checkpoint ${epoch}`}
                      onClick={() => onPin(checkpoint)}
                    >
                      {pinned ? 'Unpin' : 'Pin'}
                    </Button>
                  )}
                </span>
              </td>
            </tr>
          );
        })}
      </tbody>
    </table>
  );
}
