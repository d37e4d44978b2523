import type { Checkpoint } from '../api/pipeline-types.ts';
import { useApp, usePermission } from '../app-context.ts';
import { useAction } from '../hooks/use-action.ts';
import { usePoll } from '../hooks/use-poll.ts';
import { AsyncContent } from '../ui/async-content.tsx';
import { Button } from '../ui/button.tsx';
import { type Column, DataTable } from '../ui/data-table.tsx';
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
    <DataTable
      caption="Checkpoints, newest first"
      rows={checkpoints}
      rowKey={({ id }) => id}
      columns={[
        ...COLUMNS,
        {
          name: 'Retention',
          cell: (checkpoint) => <Retention of={checkpoint} {...(onPin && { onPin: () => onPin(checkpoint) })} />,
        },
      ]}
    />
  );
}

const COLUMNS: readonly Column<Checkpoint>[] = [
  { name: 'Epoch', cell: ({ epoch }) => epoch, class: 'number' },
  { name: 'Status', cell: ({ state }) => <StatePill state={state} /> },
  { name: 'Created', cell: ({ start_time: start }) => <AbsoluteTime time={new Date(start).toISOString()} /> },
  { name: 'Cause', cell: ({ cause }) => CHECKPOINT_CAUSES[cause] },
  {
    name: 'Duration',
    cell: ({ start_time: start, finish_time: finish }) => (finish === null ? '–' : formatDuration(finish - start)),
    class: 'right number',
  },
  { name: 'Size', cell: ({ size_bytes: size }) => formatBytes(size), class: 'right number' },
];

function StatePill({ state }: Pick<Checkpoint, 'state'>) {
  const [word, color] = CHECKPOINT_STATES[state];
  return (
    <span class={`pill status-${color}`}>
      <i class="dot" aria-hidden="true" />
      {word}
    </span>
  );
}

function Retention({ of: { pinned, epoch }, onPin }: { readonly of: Checkpoint; readonly onPin?: () => void }) {
  return (
    <span class="pin">
      {pinned ? 'pinned' : 'automatic'}
      {onPin && (
        <Button tone="quiet" label={`${pinned ? 'Unpin' : 'Pin'} checkpoint ${epoch}`} onClick={onPin}>
          {pinned ? 'Unpin' : 'Pin'}
        </Button>
      )}
    </span>
  );
}
