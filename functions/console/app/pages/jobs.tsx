import { useState } from 'preact/hooks';
import type { ListedJob, Run } from '../api/types.ts';
import { useApp, usePermission } from '../app-context.ts';
import { useAction } from '../hooks/use-action.ts';
import { usePoll } from '../hooks/use-poll.ts';
import { useVisible } from '../hooks/use-visible.ts';
import { navigate, setQuery, useLocation } from '../router.ts';
import { AsyncContent, Skeleton } from '../ui/async-content.tsx';
import { Button, LinkButton } from '../ui/button.tsx';
import { EmptyState } from '../ui/empty-state.tsx';
import { onText } from '../ui/field.tsx';
import { Icon } from '../ui/icon.tsx';
import { Link } from '../ui/link.tsx';
import { ErrorNotice } from '../ui/notice.tsx';
import { PageHeader } from '../ui/page-header.tsx';
import { RunHistoryBars } from '../ui/run-history-bars.tsx';
import { StatusPill } from '../ui/status-pill.tsx';
import { FireTime, RelativeTime } from '../ui/time.tsx';
import { pluralize } from '../view/format.ts';
import { FILTERS, filterJobs, isFilter, type JobFilter } from '../view/job-list.ts';
import { PATHS } from '../view/routes.ts';

const LIST_MS = 3_000;
const HISTORY_LENGTH = 24;
/** More rows take too long to render; the search finds the others. */
const MAX_SHOWN = 200;

/** `/console`: all jobs with their recent runs and next fires. */
export function JobsPage() {
  const { runner } = useApp();
  const mayDefine = usePermission('define');
  const { query } = useLocation();
  const text = query.get('q') ?? '';
  // A search adds one history entry, not one per letter.
  const search = (q: string) => setQuery({ q }, { replace: text !== '' });
  const requested = query.get('state');
  const filter: JobFilter = isFilter(requested) ? requested : 'all';
  const jobs = usePoll('jobs', (signal) => runner.listJobs(signal), LIST_MS);
  const newJob = mayDefine && (
    <LinkButton to={PATHS.newJob} tone="primary" icon="plus">
      New job
    </LinkButton>
  );
  return (
    <>
      <PageHeader title="Jobs" lead="Jobs of your organization with their recent and next runs." actions={newJob} />
      <search class="tools">
        <label class="search">
          <Icon name="search" />
          <span class="visually-hidden">Search jobs</span>
          <input type="search" value={text} placeholder="Name, ID, tag or integration" onInput={onText(search)} />
        </label>
        <label class="choice">
          <span>Status</span>
          <select value={filter} onChange={(event) => setQuery({ state: event.currentTarget.value })}>
            {Object.entries(FILTERS).map(([name, label]) => (
              <option key={name} value={name}>
                {label}
              </option>
            ))}
          </select>
        </label>
      </search>
      <AsyncContent source={jobs} label="the jobs" skeleton={<Skeleton lines={8} />}>
        {(all) => {
          if (all.length === 0) return <NoJobs mayDefine={mayDefine} />;
          const found = filterJobs(all, text, filter);
          return (
            <>
              <p class="count" role="status">
                {found.length === all.length
                  ? pluralize(all.length, 'job')
                  : `${found.length} of ${pluralize(all.length, 'job')}`}
              </p>
              {found.length === 0 ? (
                <EmptyState icon="search" title="No matching jobs">
                  <Button onClick={() => setQuery({ q: null, state: null })}>Clear filters</Button>
                </EmptyState>
              ) : (
                <ul class="jobs">
                  {found.slice(0, MAX_SHOWN).map((job) => (
                    <JobRow key={job.id} job={job} onChange={jobs.refresh} />
                  ))}
                </ul>
              )}
              {found.length > MAX_SHOWN && (
                <p class="muted">Showing the first {MAX_SHOWN} jobs. Use the search to find others.</p>
              )}
            </>
          );
        }}
      </AsyncContent>
    </>
  );
}

function NoJobs({ mayDefine }: { readonly mayDefine: boolean }) {
  return (
    <EmptyState icon="list" title="No jobs yet">
      {mayDefine ? (
        <>
          <p>A job defines what to run, on which schedule, and how to handle failures.</p>
          <LinkButton to={PATHS.newJob} tone="primary" icon="plus">
            Create a job
          </LinkButton>
        </>
      ) : (
        <p>Owners and administrators of your organization can create jobs.</p>
      )}
    </EmptyState>
  );
}

function JobRow({ job, onChange }: { readonly job: ListedJob; readonly onChange: () => Promise<void> }) {
  const { runner } = useApp();
  const mayOperate = usePermission('operate');
  const [row, isVisible] = useVisible<HTMLLIElement>();
  const start = useAction(async () => {
    const run = await runner.trigger(job.id);
    navigate(PATHS.run(job.id, run.run_id));
  });
  const toggle = useAction(async () => {
    await runner.setEnabled(job.id, job.enabled === 0);
    await onChange();
  });
  const error = start.error ?? toggle.error;
  return (
    <li ref={row} class={`job${job.enabled ? '' : ' disabled'}`}>
      <div class="job-name">
        <Link to={PATHS.job(job.id)}>
          <bdi>{job.name}</bdi>
        </Link>
        <span class="muted">
          <code>{job.id}</code>
          {job.integration_id && <span class="tag">{job.integration_id}</span>}
          {job.tags.map((tag) => (
            <span key={tag} class="tag">
              <bdi>{tag}</bdi>
            </span>
          ))}
        </span>
      </div>
      <div class="job-strip">{isVisible && job.last_status && <JobHistory job={job} />}</div>
      <div class="job-last">
        <small>Last run</small>
        {job.last_status ? (
          <span>
            <StatusPill status={job.last_status} /> {job.last_run && <RelativeTime time={job.last_run} />}
          </span>
        ) : (
          <span class="muted">never ran</span>
        )}
      </div>
      <div class="job-next">
        <small>Next run</small>
        <NextRun job={job} />
      </div>
      {mayOperate && (
        <div class="job-actions">
          <Button
            icon="play"
            label={`Run ${job.name} now`}
            busy={start.busy}
            disabled={!job.enabled}
            onClick={() => void start.run()}
          />
          <Button
            icon={job.enabled ? 'stop' : 'check'}
            label={job.enabled ? `Disable ${job.name}` : `Enable ${job.name}`}
            busy={toggle.busy}
            onClick={() => void toggle.run()}
          />
        </div>
      )}
      {error && (
        <div class="job-error">
          <ErrorNotice>{error}</ErrorNotice>
        </div>
      )}
    </li>
  );
}

function NextRun({ job }: { readonly job: ListedJob }) {
  if (!job.enabled) return <span class="tag">disabled</span>;
  if (job.paused) return <span class="tag">paused</span>;
  if (job.registration?.status === 'failed') return <span class="tag bad">schedule rejected</span>;
  if (job.next_run) return <FireTime time={Date.parse(job.next_run)} timezone={job.timezone} />;
  return <span class="muted">{job.schedule ? 'no fires left' : 'on demand'}</span>;
}

/** The recent runs of a job, loaded again when the list shows a newer run. */
function JobHistory({ job }: { readonly job: ListedJob }) {
  const { runner } = useApp();
  const [runs, setRuns] = useState<readonly Run[]>([]);
  usePoll(
    `strip ${job.id} ${job.last_run} ${job.last_status}`,
    async (signal) => setRuns((await runner.listRuns(job.id, { limit: HISTORY_LENGTH }, signal)).rows),
    undefined,
  );
  return <RunHistoryBars jobId={job.id} runs={runs} count={HISTORY_LENGTH} />;
}
