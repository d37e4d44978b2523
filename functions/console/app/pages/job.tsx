import { useState } from 'preact/hooks';
import type { Job } from '../api/types.ts';
import { useApp, usePermission } from '../app-context.ts';
import { useAction } from '../hooks/use-action.ts';
import { usePagedList } from '../hooks/use-paged-list.ts';
import { usePoll } from '../hooks/use-poll.ts';
import { navigate, setQuery, useLocation } from '../router.ts';
import { AsyncContent, Skeleton } from '../ui/async-content.tsx';
import { Backfills } from '../ui/backfills.tsx';
import { Button, LinkButton } from '../ui/button.tsx';
import { executionItems, scheduleItems } from '../ui/definition-items.tsx';
import { DescriptionList } from '../ui/description-list.tsx';
import { ConfirmDialog } from '../ui/dialog.tsx';
import { EmptyState } from '../ui/empty-state.tsx';
import { FilterSelect } from '../ui/filter-select.tsx';
import { FlowCursors } from '../ui/flow-cursors.tsx';
import { JobChainPanel } from '../ui/job-chain.tsx';
import { LoadMore } from '../ui/load-more.tsx';
import { ErrorNotice } from '../ui/notice.tsx';
import { PageHeader } from '../ui/page-header.tsx';
import { Panel } from '../ui/panel.tsx';
import { PauseDialog } from '../ui/pause-dialog.tsx';
import { RunHistoryBars } from '../ui/run-history-bars.tsx';
import { RunInputDialog } from '../ui/run-input-dialog.tsx';
import { RunsTable } from '../ui/runs-table.tsx';
import { AbsoluteTime, FireTime } from '../ui/time.tsx';
import { formatLabels } from '../view/format.ts';
import { PATHS } from '../view/routes.ts';
import { ALL_STATUSES, isActive, isStatus, STATUS_LABELS } from '../view/status.ts';

const JOB_MS = 5_000;
const PAGE = 50;

/** A job and its runs. */
export function JobPage({ id }: { readonly id: string }) {
  const { runner } = useApp();
  const job = usePoll(`job ${id}`, (signal) => runner.getJob(id, signal), JOB_MS);
  return (
    <>
      <AsyncContent source={job} label="the job" standalone skeleton={<Skeleton lines={6} />}>
        {(data) => <JobHead job={data} onChange={job.refresh} />}
      </AsyncContent>
      {job.data && <JobChainPanel job={job.data} />}
      {job.data && <FlowCursors job={job.data} />}
      {job.data && <Backfills job={job.data} />}
      {job.data && <Runs job={job.data} />}
    </>
  );
}

function JobHead({ job, onChange }: { readonly job: Job; readonly onChange: () => Promise<void> }) {
  const { runner } = useApp();
  const [mayOperate, mayDefine] = [usePermission('operate'), usePermission('define')];
  const [removing, setRemoving] = useState(false);
  const [entering, setEntering] = useState(false);
  const [pausing, setPausing] = useState(false);
  const start = useAction(async () => navigate(PATHS.run(job.id, (await runner.trigger(job.id)).run_id)));
  const toggle = useAction(async () => {
    await runner.setEnabled(job.id, job.enabled === 0);
    await onChange();
  });
  const endPause = useAction(async () => {
    await runner.resumeJob(job.id);
    await onChange();
  });
  const remove = useAction(async () => {
    await runner.deleteJob(job.id);
    navigate(PATHS.jobs, { replace: true });
  });
  const error = start.error ?? toggle.error ?? endPause.error ?? remove.error;
  return (
    <>
      <PageHeader
        title={job.name}
        parent={{ to: PATHS.jobs, name: 'Jobs' }}
        lead={job.description === null ? <code>{job.id}</code> : <bdi>{job.description}</bdi>}
        actions={
          <>
            {mayOperate && (
              <Button
                tone="primary"
                icon="play"
                busy={start.busy}
                disabled={!job.enabled}
                onClick={() => void start.run()}
              >
                Run now
              </Button>
            )}
            {mayOperate && (
              <Button disabled={!job.enabled} onClick={() => setEntering(true)}>
                Run with input…
              </Button>
            )}
            {mayOperate && (
              <Button icon={job.enabled ? 'stop' : 'check'} busy={toggle.busy} onClick={() => void toggle.run()}>
                {job.enabled ? 'Disable' : 'Enable'}
              </Button>
            )}
            {mayOperate && job.paused && (
              <Button icon="play" busy={endPause.busy} onClick={() => void endPause.run()}>
                Resume
              </Button>
            )}
            {mayOperate && !job.paused && job.schedule !== null && job.enabled === 1 && (
              <Button icon="pause" onClick={() => setPausing(true)}>
                Pause until…
              </Button>
            )}
            {mayDefine && (
              <LinkButton to={PATHS.editJob(job.id)} icon="edit">
                Edit
              </LinkButton>
            )}
            {mayDefine && <Button tone="quiet" icon="trash" label="Delete job" onClick={() => setRemoving(true)} />}
          </>
        }
      />
      {error && <ErrorNotice>{error}</ErrorNotice>}
      {job.registration?.status === 'failed' && (
        <ErrorNotice>The scheduler rejected the schedule: {job.registration.error}</ErrorNotice>
      )}
      <Panel title="Definition">
        <DescriptionList of={jobItems(job)} />
      </Panel>
      {pausing && <PauseDialog jobId={job.id} onClose={() => setPausing(false)} onPaused={onChange} />}
      {entering && <RunInputDialog job={job} onClose={() => setEntering(false)} />}
      {removing && (
        <ConfirmDialog
          title={
            <>
              Delete <bdi>{job.name}</bdi>?
            </>
          }
          confirmLabel="Delete job"
          busy={remove.busy}
          onClose={() => setRemoving(false)}
          onConfirm={() => void remove.run()}
        >
          <p>Deletes the schedule, cancels queued and running runs, and removes the history. This cannot be undone.</p>
        </ConfirmDialog>
      )}
    </>
  );
}

function jobItems(job: Job) {
  const [schedule, ...more] = scheduleItems(job);
  return [
    ['ID', <code key="id">{job.id}</code>],
    ...(schedule ? [schedule] : []),
    ['Next run', formatNextRun(job)],
    ['Schedule paused', formatPause(job)],
    ...more,
    ...executionItems(job),
    ['Tags', job.tags.join(', ')],
    ['Labels', formatLabels(job.labels)],
    ['Searchable payload fields', job.searchable.join(', ')],
    ['Notify on failure', job.on_failure && <code key="failure">{job.on_failure}</code>],
    ['Notify on success', job.on_success && <code key="success">{job.on_success}</code>],
    ['Notify when late', job.on_late && <code key="late">{job.on_late}</code>],
    ['Last changed', <AbsoluteTime key="changed" time={job.updated_at} />],
  ] as const;
}

function formatPause({ paused, paused_until: until }: Job) {
  if (!paused) return null;
  if (until === null) return 'until it is resumed';
  return (
    <>
      until <AbsoluteTime time={until} />
    </>
  );
}

function formatNextRun(job: Job) {
  if (!job.enabled) return 'disabled';
  return job.next_run ? <FireTime time={Date.parse(job.next_run)} timezone={job.timezone} /> : null;
}

function Runs({ job }: { readonly job: Job }) {
  const { runner } = useApp();
  const requested = useLocation().query.get('status');
  const status = isStatus(requested) ? requested : null;
  const runs = usePagedList(
    `runs ${job.id} ${status}`,
    (before, signal) =>
      runner.listRuns(job.id, { limit: PAGE, ...(status && { status: [status] }), ...(before && { before }) }, signal),
    (data) => (data?.rows.some((run) => isActive(run.status)) ? 1_000 : 4_000),
    (run) => run.run_id,
  );
  return (
    <Panel
      title="Runs"
      aside={
        <FilterSelect
          label="Status"
          value={status ?? ''}
          options={[['', 'All statuses'], ...ALL_STATUSES.map((name) => [name, STATUS_LABELS[name][0]] as const)]}
          onSelect={(name) => setQuery({ status: name })}
        />
      }
    >
      <AsyncContent source={runs.polled} label="the runs" skeleton={<Skeleton lines={6} />}>
        {({ rows, next }) =>
          rows.length === 0 ? (
            <EmptyState icon="clock" title={status ? 'No matching runs' : 'No runs yet'}>
              {!status && <p>{job.schedule ? 'The first run starts on schedule.' : 'The job runs on demand.'}</p>}
            </EmptyState>
          ) : (
            <>
              <div class="pad">
                <RunHistoryBars jobId={job.id} runs={rows} count={60} />
              </div>
              <RunsTable runs={rows} caption={`Runs of ${job.name}, newest first`} />
              {next !== null && <LoadMore list={runs}>Older runs</LoadMore>}
            </>
          )
        }
      </AsyncContent>
    </Panel>
  );
}
