import { useMemo, useState } from 'preact/hooks';
import { parsePublicRunId } from '../../../core/domain/public-run-id.ts';
import { createRunReader } from '../api/run-reader.ts';
import type { Job, JobVersion, Run, RunWithOutput } from '../api/types.ts';
import { useApp, usePermission } from '../app-context.ts';
import { useAction } from '../hooks/use-action.ts';
import { usePoll } from '../hooks/use-poll.ts';
import { navigate } from '../router.ts';
import { AsyncContent, Skeleton } from '../ui/async-content.tsx';
import { Attempts } from '../ui/attempts.tsx';
import { Button } from '../ui/button.tsx';
import { ChainPanel } from '../ui/chain-panel.tsx';
import { executionItems, scheduleItems } from '../ui/definition-items.tsx';
import { DescriptionList } from '../ui/description-list.tsx';
import { lazyComponent } from '../ui/lazy-component.tsx';
import { Link } from '../ui/link.tsx';
import { ErrorNotice } from '../ui/notice.tsx';
import { PageHeader } from '../ui/page-header.tsx';
import { Panel } from '../ui/panel.tsx';
import { RunInputDialog } from '../ui/run-input-dialog.tsx';
import { RunOutput } from '../ui/run-output.tsx';
import { StatusPill } from '../ui/status-pill.tsx';
import { AbsoluteTime, ElapsedTime } from '../ui/time.tsx';
import { Timeline } from '../ui/timeline.tsx';
import { plainText } from '../view/ansi.ts';
import { formatDuration } from '../view/format.ts';
import { PATHS } from '../view/routes.ts';
import { bodyFromRun, formFromRun } from '../view/run-input.ts';
import { hasFailed, isActive } from '../view/status.ts';

/** Poll interval while the run is active. A run that has ended does not change. */
const ACTIVE_MS = 1_000;

const FlowRun = lazyComponent('the flow', async () => (await import('../flow/chunk.ts')).FlowRun);
const StopDialog = lazyComponent('the dialog', async () => (await import('../flow/chunk.ts')).StopDialog, '');
const RestartDialog = lazyComponent('the dialog', async () => (await import('../flow/chunk.ts')).RestartDialog, '');

/** A run: its progress, output and definition. */
export function RunPage({ id, runId }: { readonly id: string; readonly runId: string }) {
  const { runner } = useApp();
  const read = useMemo(
    () => createRunReader((after, signal) => runner.getRun(id, runId, after, signal)),
    [runner, id, runId],
  );
  const run = usePoll(`run ${runId}`, read, (data) =>
    data === undefined || isActive(data.status) ? ACTIVE_MS : undefined,
  );
  const job = usePoll(`job of ${runId}`, (signal) => runner.getJob(id, signal), undefined);
  const version = run.data?.job_version ?? null;
  const defined = usePoll(
    `definition of ${runId} ${version}`,
    async (signal) => (version === null ? null : runner.getJobVersion(id, version, signal)),
    undefined,
  );
  return (
    <AsyncContent
      source={run}
      label="the run"
      standalone
      parent={{ to: PATHS.job(id), name: id }}
      skeleton={<Skeleton lines={8} />}
    >
      {(data) => (
        <RunView
          run={data}
          job={job.data}
          defined={defined.error === undefined ? defined.data : null}
          onChange={run.refresh}
        />
      )}
    </AsyncContent>
  );
}

interface RunViewProps {
  readonly run: RunWithOutput;
  /** The current definition; `undefined` while it loads. */
  readonly job: Job | undefined;
  /** The definition that the run started with; `null` before the start, and if that version is no longer stored. */
  readonly defined: JobVersion | null | undefined;
  readonly onChange: () => Promise<void>;
}

function RunView({ run, job, defined, onChange }: RunViewProps) {
  const { runner } = useApp();
  const mayOperate = usePermission('operate');
  const cancel = useAction(async () => {
    await runner.cancelRun(run.job_id, run.run_id);
    await onChange();
  });
  const runAgain = useAction(async () =>
    navigate(PATHS.run(run.job_id, (await runner.trigger(run.job_id, bodyFromRun(run))).run_id)),
  );
  const [openDialog, setOpenDialog] = useState<'stop' | 'restart' | 'input'>();
  const active = isActive(run.status);
  const definition = defined === undefined ? undefined : (defined?.definition ?? job);
  const isFlow = definition?.type === 'flow' && run.status !== 'skipped';
  const error = cancel.error ?? runAgain.error;
  return (
    <>
      <PageHeader
        title={`${run.job_id} #${run.id}`}
        parent={{ to: PATHS.job(run.job_id), name: job?.name ?? run.job_id }}
        lead={
          <span class="run-state" aria-live="polite">
            <StatusPill status={run.status} />
            <Took run={run} />
          </span>
        }
        actions={
          mayOperate && (
            <>
              {active && isFlow && (
                <Button tone="danger" icon="stop" onClick={() => setOpenDialog('stop')}>
                  Stop
                </Button>
              )}
              {active && definition && !isFlow && (
                <Button tone="danger" icon="stop" busy={cancel.busy} onClick={() => void cancel.run()}>
                  {cancel.busy ? 'Canceling …' : 'Cancel'}
                </Button>
              )}
              {isFlow && !active && run.status !== 'ok' && (
                <Button tone="primary" icon="play" onClick={() => setOpenDialog('restart')}>
                  Restart
                </Button>
              )}
              {!active && (
                <Button icon="again" busy={runAgain.busy} onClick={() => void runAgain.run()}>
                  Run again
                </Button>
              )}
              {!active && definition && (
                <Button icon="edit" onClick={() => setOpenDialog('input')}>
                  Run with input…
                </Button>
              )}
            </>
          )
        }
      />
      {error && <ErrorNotice>{error}</ErrorNotice>}
      {run.reason && hasFailed(run.status) && (
        <ErrorNotice>
          <bdi>{plainText(run.reason)}</bdi>
        </ErrorNotice>
      )}
      <div class="columns">
        <Panel title="Timeline">
          <Timeline run={run} />
        </Panel>
        <Panel title="Details">
          <DescriptionList of={[...runItems(run), ...(isFlow ? [] : metaItems(run))]} />
        </Panel>
      </div>
      <Attempts run={run} />
      <ChainPanel run={run} />
      {hasInput(run) && (
        <Panel title="Input">
          <DescriptionList of={inputItems(run)} />
        </Panel>
      )}
      {definition && (isFlow ? <FlowRun run={run} /> : <RunOutput run={run} />)}
      {definition && run.status !== 'skipped' && (
        <Panel title="Definition of this run" aside={<VersionNote run={run} defined={defined} />}>
          <DescriptionList of={[...executionItems(definition), ...scheduleItems(definition)]} />
        </Panel>
      )}
      {openDialog === 'input' && definition && (
        <RunInputDialog
          job={{ id: run.job_id, type: definition.type }}
          initial={formFromRun(run)}
          onClose={() => setOpenDialog(undefined)}
        />
      )}
      {openDialog === 'stop' && (
        <StopDialog id={run.run_id} onClose={() => setOpenDialog(undefined)} onStopped={onChange} />
      )}
      {openDialog === 'restart' && <RestartDialog run={run} onClose={() => setOpenDialog(undefined)} />}
    </>
  );
}

/** The version of the definition that is shown. */
function VersionNote({ run, defined }: Pick<RunViewProps, 'run' | 'defined'>) {
  if (run.job_version === null) return <span class="muted">current definition</span>;
  if (!defined)
    return <span class="muted">version {run.job_version} is no longer stored; this is the current definition</span>;
  return (
    <span class="muted">
      version {defined.version}
      {!defined.current && (
        <>
          , <Link to={PATHS.job(run.job_id)}>changed since</Link>
        </>
      )}
    </span>
  );
}

function Took({ run }: { readonly run: Run }) {
  if (run.duration_ms !== null) return <span class="number">{formatDuration(run.duration_ms)}</span>;
  if (run.status === 'running' && run.started_at) return <ElapsedTime since={run.started_at} />;
  return null;
}

function RunLink({ runId }: { readonly runId: string }) {
  const jobId = parsePublicRunId(runId)?.jobId ?? '';
  return <Link to={PATHS.run(jobId, runId)}>a run of {jobId}</Link>;
}

function runItems(run: Run) {
  return [
    ['Run ID', <code key="run">{run.run_id}</code>],
    ['Trigger', run.trigger],
    ['Scheduled for', run.scheduled_at && <AbsoluteTime key="scheduled" time={run.scheduled_at} />],
    ['Starts at', run.run_at && <AbsoluteTime key="run-at" time={run.run_at} />],
    ['Priority', run.priority === null ? null : String(run.priority)],
    ['Expires at', run.expires_at && <AbsoluteTime key="expires" time={run.expires_at} />],
    ['Attempt', run.attempt > 0 ? String(run.attempt) : null],
    ['Late start', run.late_start_at && <AbsoluteTime key="late-start" time={run.late_start_at} />],
    ['Late finish', run.late_finish_at && <AbsoluteTime key="late-end" time={run.late_finish_at} />],
    ['Exit code', run.exit_code === null ? null : String(run.exit_code)],
    ['Items processed', run.items_processed > 0 ? String(run.items_processed) : null],
    ['Reason', hasFailed(run.status) ? null : run.reason && plainText(run.reason)],
    ['Tags', run.tags.join(', ')],
    ['Note', run.note],
    ['Acknowledged', run.acknowledged_by && `by ${run.acknowledged_by}${formatNote(run)}`],
    [
      'Backfill',
      run.backfill_id && (
        <Link key="backfill" to={PATHS.job(run.job_id)}>
          of the job
        </Link>
      ),
    ],
    ['Execution', run.execution && <code key="execution">{run.execution.reference ?? 'not confirmed yet'}</code>],
    ['Started after', run.parent_run_id && <RunLink key="parent" runId={run.parent_run_id} />],
    [
      'Retry of',
      run.redriven_from && (
        <Link key="redriven" to={PATHS.run(run.job_id, run.redriven_from)}>
          a failed run
        </Link>
      ),
    ],
  ] as const;
}

const hasInput = ({ payload, args, env }: Run) => payload !== null || args !== null || env !== null;

const inputItems = ({ payload, args, env }: Run) =>
  [
    [
      'Payload',
      payload !== null && (
        <pre key="payload" class="code">
          {JSON.stringify(payload, null, 2)}
        </pre>
      ),
    ],
    ['Arguments', args && <code key="args">{args.join(' ')}</code>],
    [
      'Environment',
      env && (
        <code key="env">
          {Object.entries(env)
            .map(([name, value]) => `${name}=${value}`)
            .join(' ')}
        </code>
      ),
    ],
  ] as const;

const formatNote = ({ acknowledged_note: note }: Run) => (note ? `: ${note}` : '');

/** Returns the metadata that a script reported. Flows report metadata per step. */
const metaItems = ({ meta }: Run) => Object.entries(meta ?? {}).map(([name, value]) => [name, toText(value)] as const);

const toText = (value: unknown) => (typeof value === 'string' ? value : JSON.stringify(value));
