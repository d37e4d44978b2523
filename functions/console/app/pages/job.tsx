import { useState } from 'preact/hooks';
import type { Job } from '../api/wire.ts';
import { useDeck, useMay } from '../context.ts';
import { useAction } from '../hooks/use-action.ts';
import { usePages } from '../hooks/use-pages.ts';
import { usePoll } from '../hooks/use-poll.ts';
import { navigate, setQuery, usePlace } from '../router.ts';
import { Button, LinkButton } from '../ui/button.tsx';
import { Choice } from '../ui/choice.tsx';
import { rulesFacts, scheduleFacts } from '../ui/definition.tsx';
import { Confirm } from '../ui/dialog.tsx';
import { Empty } from '../ui/empty.tsx';
import { Facts } from '../ui/facts.tsx';
import { Loaded, Skeleton } from '../ui/loaded.tsx';
import { Problem } from '../ui/notice.tsx';
import { Older } from '../ui/older.tsx';
import { PageHead } from '../ui/page-head.tsx';
import { Panel } from '../ui/panel.tsx';
import { RunStrip } from '../ui/run-strip.tsx';
import { RunsTable } from '../ui/runs-table.tsx';
import { Fire, Moment } from '../ui/time.tsx';
import { PATHS } from '../view/routes.ts';
import { ALL_STATUSES, isActive, isStatus, STATUS_WORDS } from '../view/status.ts';

const JOB_MS = 5_000;
const PAGE = 50;

/** A job and its runs. */
export function JobPage({ id }: { readonly id: string }) {
  const { runner } = useDeck();
  const job = usePoll(`job ${id}`, (signal) => runner.getJob(id, signal), JOB_MS);
  return (
    <>
      <Loaded of={job} what="the job" whole skeleton={<Skeleton lines={6} />}>
        {(data) => <JobHead job={data} onChange={job.refresh} />}
      </Loaded>
      {job.data && <Runs job={job.data} />}
    </>
  );
}

function JobHead({ job, onChange }: { readonly job: Job; readonly onChange: () => Promise<void> }) {
  const { runner } = useDeck();
  const [mayOperate, mayDefine] = [useMay('operate'), useMay('define')];
  const [removing, setRemoving] = useState(false);
  const start = useAction(async () => navigate(PATHS.run(job.id, (await runner.trigger(job.id)).run_id)));
  const turn = useAction(async () => {
    await runner.setEnabled(job.id, job.enabled === 0);
    await onChange();
  });
  const remove = useAction(async () => {
    await runner.deleteJob(job.id);
    navigate(PATHS.jobs, { replace: true });
  });
  const problem = start.problem ?? turn.problem ?? remove.problem;
  return (
    <>
      <PageHead
        title={job.name}
        up={{ to: PATHS.jobs, name: 'Jobs' }}
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
              <Button icon={job.enabled ? 'pause' : 'again'} busy={turn.busy} onClick={() => void turn.run()}>
                {job.enabled ? 'Pause' : 'Resume'}
              </Button>
            )}
            {mayDefine && (
              <LinkButton to={PATHS.editJob(job.id)} icon="edit">
                Edit
              </LinkButton>
            )}
            {mayDefine && <Button tone="quiet" icon="trash" label="Delete the job" onClick={() => setRemoving(true)} />}
          </>
        }
      />
      {problem && <Problem>{problem}</Problem>}
      {job.registration?.status === 'failed' && (
        <Problem>The scheduler refused this job's schedule: {job.registration.error}</Problem>
      )}
      <Panel title="Definition">
        <Facts of={factsOf(job)} />
      </Panel>
      {removing && (
        <Confirm
          title={
            <>
              Delete <bdi>{job.name}</bdi>?
            </>
          }
          verb="Delete the job"
          busy={remove.busy}
          onClose={() => setRemoving(false)}
          onConfirm={() => void remove.run()}
        >
          <p>Its schedule ends, what is queued or running is canceled, and its history is gone from every page.</p>
        </Confirm>
      )}
    </>
  );
}

function factsOf(job: Job) {
  const [schedule, ...more] = scheduleFacts(job);
  return [
    ['Id', <code key="id">{job.id}</code>],
    ...(schedule ? [schedule] : []),
    ['Next run', nextRunOf(job)],
    ...more,
    ...rulesFacts(job),
    ['Tags', job.tags.join(', ')],
    ['Told of failures', job.on_failure && <code key="failure">{job.on_failure}</code>],
    ['Told of successes', job.on_success && <code key="success">{job.on_success}</code>],
    ['Told of lateness', job.on_late && <code key="late">{job.on_late}</code>],
    ['Changed', <Moment key="changed" time={job.updated_at} />],
  ] as const;
}

function nextRunOf(job: Job) {
  if (!job.enabled) return 'paused';
  return job.next_run ? <Fire time={Date.parse(job.next_run)} timezone={job.timezone} /> : null;
}

function Runs({ job }: { readonly job: Job }) {
  const { runner } = useDeck();
  const wanted = usePlace().query.get('status');
  const status = isStatus(wanted) ? wanted : null;
  const runs = usePages(
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
        <Choice
          name="State"
          value={status ?? ''}
          options={[['', 'All'], ...ALL_STATUSES.map((name) => [name, STATUS_WORDS[name][0]] as const)]}
          onChoose={(name) => setQuery({ status: name })}
        />
      }
    >
      <Loaded of={runs.of} what="the runs" skeleton={<Skeleton lines={6} />}>
        {({ rows: shown, next }) =>
          shown.length === 0 ? (
            <Empty icon="clock" title={status ? 'No run is like that' : 'It has not run yet'}>
              {!status && <p>{job.schedule ? 'Its first run comes with its schedule.' : 'It runs on demand.'}</p>}
            </Empty>
          ) : (
            <>
              <div class="pad">
                <RunStrip jobId={job.id} runs={shown} count={60} />
              </div>
              <RunsTable runs={shown} caption={`Runs of ${job.name}, newest first`} />
              {next !== null && <Older list={runs}>Older runs</Older>}
            </>
          )
        }
      </Loaded>
    </Panel>
  );
}
