import { useState } from 'preact/hooks';
import type { Job, Run, RunStatus } from '../api/wire.ts';
import { useDeck, useMay } from '../context.ts';
import { useAction } from '../hooks/use-action.ts';
import { usePoll } from '../hooks/use-poll.ts';
import { navigate, setQuery, usePlace } from '../router.ts';
import { Button, LinkButton } from '../ui/button.tsx';
import { Confirm } from '../ui/dialog.tsx';
import { Empty } from '../ui/empty.tsx';
import { Facts } from '../ui/facts.tsx';
import { Loaded, Skeleton } from '../ui/loaded.tsx';
import { Problem } from '../ui/notice.tsx';
import { PageHead } from '../ui/page-head.tsx';
import { Panel } from '../ui/panel.tsx';
import { RunStrip } from '../ui/run-strip.tsx';
import { RunsTable } from '../ui/runs-table.tsx';
import { targetFacts } from '../ui/target.tsx';
import { Fire, Moment } from '../ui/time.tsx';
import { formatDuration } from '../view/format.ts';
import { PATHS } from '../view/routes.ts';
import { ALL_STATUSES, isActive, STATUS_WORDS } from '../view/status.ts';

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
    navigate(PATHS.jobs);
  });
  const problem = start.problem ?? turn.problem ?? remove.problem;
  return (
    <>
      <PageHead
        title={job.name}
        up={{ to: PATHS.jobs, name: 'Jobs' }}
        lead={job.description ?? <code>{job.id}</code>}
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
          title={`Delete ${job.name}?`}
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

const OVERLAPS: Readonly<Record<string, string>> = {
  skip: 'skip: no second run while one is alive',
  queue: 'queue: the next one waits',
  allow: 'allow: runs side by side',
  replace: 'replace: the older run is canceled',
};

function factsOf(job: Job) {
  const { retry } = job;
  const retries = `${retry.attempts} attempts, ${retry.backoff}, first after ${formatDuration(retry.delay_seconds * 1_000)}`;
  return [
    ['Id', <code key="id">{job.id}</code>],
    ['Schedule', job.schedule ? <code key="schedule">{job.schedule}</code> : 'on demand'],
    ['Next run', nextRunOf(job)],
    ['Timezone', job.schedule ? job.timezone : null],
    ['Not before', job.start_at && <Moment key="start" time={job.start_at} />],
    ['Not after', job.end_at && <Moment key="end" time={job.end_at} />],
    ['Jitter', job.jitter_seconds > 0 ? formatDuration(job.jitter_seconds * 1_000) : null],
    ...targetFacts(job),
    ['Timeout', job.timeout_ms === null ? 'none' : formatDuration(job.timeout_ms)],
    ['When runs overlap', OVERLAPS[job.overlap_policy] ?? job.overlap_policy],
    ['Retries', retry.attempts > 1 ? retries : 'none'],
    ['Integration', job.integration_id],
    ['Tags', job.tags.join(', ')],
    ['Told of failures', job.on_failure && <code key="failure">{job.on_failure}</code>],
    ['Told of successes', job.on_success && <code key="success">{job.on_success}</code>],
    ['Changed', <Moment key="changed" time={job.updated_at} />],
  ] as const;
}

function nextRunOf(job: Job) {
  if (!job.enabled) return 'paused';
  return job.next_run ? <Fire time={Date.parse(job.next_run)} timezone={job.timezone} /> : null;
}

const isStatus = (text: string | null): text is RunStatus => ALL_STATUSES.some((status) => status === text);

function Runs({ job }: { readonly job: Job }) {
  const { runner } = useDeck();
  const wanted = usePlace().query.get('status');
  const status = isStatus(wanted) ? wanted : null;
  const [older, setOlder] = useState<readonly Run[]>([]);
  const query = { limit: PAGE, ...(status && { status: [status] }) };
  const newest = usePoll(
    `runs ${job.id} ${status}`,
    (signal) => runner.listRuns(job.id, query, signal),
    (runs) => (runs?.some((run) => isActive(run.status)) ? 1_000 : 4_000),
  );
  const more = useAction(async (before: string) => {
    setOlder([...older, ...(await runner.listRuns(job.id, { ...query, before }))]);
  });
  const choose = (value: string) => {
    setOlder([]);
    setQuery({ status: value });
  };
  return (
    <Panel
      title="Runs"
      aside={
        <label class="choice">
          <span>State</span>
          <select value={status ?? ''} onChange={(event) => choose(event.currentTarget.value)}>
            <option value="">All</option>
            {ALL_STATUSES.map((name) => (
              <option key={name} value={name}>
                {STATUS_WORDS[name][0]}
              </option>
            ))}
          </select>
        </label>
      }
    >
      <Loaded of={newest} what="the runs" skeleton={<Skeleton lines={6} />}>
        {(runs) => {
          if (runs.length === 0) {
            return (
              <Empty icon="clock" title={status ? 'No run is like that' : 'It has not run yet'}>
                {!status && <p>{job.schedule ? 'Its first run comes with its schedule.' : 'It runs on demand.'}</p>}
              </Empty>
            );
          }
          // Newer runs push the last ones of the first page out of it, into what was read as older.
          const known = new Set(runs.map(({ run_id: runId }) => runId));
          const all = [...runs, ...older.filter(({ run_id: runId }) => !known.has(runId))];
          const last = all.at(-1);
          return (
            <>
              <div class="pad">
                <RunStrip jobId={job.id} runs={all} count={60} />
              </div>
              <RunsTable runs={all} caption={`Runs of ${job.name}, newest first`} />
              {more.problem && <Problem>{more.problem}</Problem>}
              {last && all.length % PAGE === 0 && (
                <div class="more">
                  <Button busy={more.busy} onClick={() => void more.run(last.run_id)}>
                    Older runs
                  </Button>
                </div>
              )}
            </>
          );
        }}
      </Loaded>
    </Panel>
  );
}
