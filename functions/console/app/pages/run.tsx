import type { Run } from '../api/wire.ts';
import { useDeck, useMay } from '../context.ts';
import { useAction } from '../hooks/use-action.ts';
import { usePoll } from '../hooks/use-poll.ts';
import { navigate, PATHS } from '../router.ts';
import { Button } from '../ui/button.tsx';
import { Facts } from '../ui/facts.tsx';
import { Loaded, Skeleton } from '../ui/loaded.tsx';
import { Problem } from '../ui/notice.tsx';
import { Output } from '../ui/output.tsx';
import { PageHead } from '../ui/page-head.tsx';
import { Panel } from '../ui/panel.tsx';
import { StatusPill } from '../ui/status-pill.tsx';
import { Moment, Running } from '../ui/time.tsx';
import { Timeline } from '../ui/timeline.tsx';
import { formatDuration } from '../view/format.ts';
import { hasFailed, isActive } from '../view/status.ts';

/** While something may happen, and after that: a run that has ended does not change. */
const ACTIVE_MS = 1_000;

/** One run: what became of it, and what it said. */
export function RunPage({ id, runId }: { readonly id: string; readonly runId: string }) {
  const { runner } = useDeck();
  const run = usePoll(
    `run ${runId}`,
    (signal) => runner.getRun(id, runId, signal),
    (data) => (data === undefined || isActive(data.status) ? ACTIVE_MS : undefined),
  );
  return (
    <Loaded of={run} what="the run" skeleton={<Skeleton lines={8} />}>
      {(data) => <RunView run={data} onChange={run.refresh} />}
    </Loaded>
  );
}

function RunView({ run, onChange }: { readonly run: Run; readonly onChange: () => Promise<void> }) {
  const { runner } = useDeck();
  const mayOperate = useMay('operate');
  const cancel = useAction(async () => {
    await runner.cancelRun(run.job_id, run.run_id);
    await onChange();
  });
  const again = useAction(async () => navigate(PATHS.run(run.job_id, (await runner.trigger(run.job_id)).run_id)));
  const active = isActive(run.status);
  const problem = cancel.problem ?? again.problem;
  return (
    <>
      <PageHead
        title={`${run.job_id} #${run.id}`}
        up={{ to: PATHS.job(run.job_id), name: run.job_id }}
        lead={
          <span class="run-state" aria-live="polite">
            <StatusPill status={run.status} />
            <Took run={run} />
          </span>
        }
        actions={
          mayOperate && (
            <>
              {active && (
                <Button tone="danger" icon="stop" busy={cancel.busy} onClick={() => void cancel.run()}>
                  {cancel.busy ? 'Canceling …' : 'Cancel'}
                </Button>
              )}
              {!active && (
                <Button icon="again" busy={again.busy} onClick={() => void again.run()}>
                  Run again
                </Button>
              )}
            </>
          )
        }
      />
      {problem && <Problem>{problem}</Problem>}
      {run.reason && hasFailed(run.status) && <Problem>{run.reason}</Problem>}
      <div class="columns">
        <Panel title="What happened">
          <Timeline run={run} />
        </Panel>
        <Panel title="Details">
          <Facts of={factsOf(run)} />
        </Panel>
      </div>
      <Output run={run} />
    </>
  );
}

function Took({ run }: { readonly run: Run }) {
  if (run.duration_ms !== null) return <span class="number">{formatDuration(run.duration_ms)}</span>;
  if (run.status === 'running' && run.started_at) return <Running since={run.started_at} />;
  return null;
}

const TRIGGERS: Readonly<Record<string, string>> = { schedule: 'schedule', manual: 'by hand', restart: 'restart' };

function factsOf(run: Run) {
  return [
    ['Run', <code key="run">{run.run_id}</code>],
    ['Triggered', TRIGGERS[run.trigger] ?? run.trigger],
    ['Scheduled for', run.scheduled_at && <Moment key="scheduled" time={run.scheduled_at} />],
    ['Attempt', run.attempt > 0 ? String(run.attempt) : null],
    ['Exit code', run.exit_code === null ? null : String(run.exit_code)],
    ['Items processed', run.items_processed > 0 ? String(run.items_processed) : null],
    ['Reason', run.reason],
    ...Object.entries(run.meta ?? {}).map(([name, value]) => [name, textOf(value)] as const),
  ] as const;
}

const textOf = (value: unknown) => (typeof value === 'string' ? value : JSON.stringify(value));
