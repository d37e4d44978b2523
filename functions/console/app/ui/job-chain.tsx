import type { Job } from '../api/types.ts';
import { useApp } from '../app-context.ts';
import { usePoll } from '../hooks/use-poll.ts';
import { type ChainedJob, findJobChain, formatUpstream } from '../view/job-chain.ts';
import { PATHS } from '../view/routes.ts';
import { hasFailed } from '../view/status.ts';
import { LimitedList } from './limited-list.tsx';
import { Link } from './link.tsx';
import { Panel } from './panel.tsx';
import { StatusPill } from './status-pill.tsx';

/**
 * The jobs after which a job starts and those that start after it, as the steps of a graph. Renders nothing for a job
 * without dependencies. The list of jobs is loaded once, and again when the job changes.
 */
export function JobChainPanel({ job }: { readonly job: Job }) {
  const { runner } = useApp();
  const jobs = usePoll(`chain ${job.id} ${job.updated_at}`, (signal) => runner.listJobs(signal), undefined);
  if (!jobs.data) return null;
  const { upstream, downstream } = findJobChain(job.id, jobs.data);
  if (upstream.length === 0 && downstream.length === 0) return null;
  return (
    <Panel title="Chain of jobs">
      <ol class="job-chain pad">
        {upstream.map((step, i) => (
          <Step key={`before ${i}`} of={step} />
        ))}
        <li class="job-step">
          <b aria-current="true">
            <bdi>{job.id}</bdi>
          </b>
          <Conditions of={job.after?.jobs ?? []} />
        </li>
        {downstream.map((step, i) => (
          <Step key={`after ${i}`} of={step} />
        ))}
      </ol>
    </Panel>
  );
}

const Step = ({ of: jobs }: { readonly of: readonly ChainedJob[] }) => (
  <li class="job-step">
    <LimitedList
      items={jobs}
      itemKey={({ id }) => id}
      isImportant={({ job }) => typeof job?.last_status === 'string' && hasFailed(job.last_status)}
    >
      {({ id, job, after }) => (
        <>
          <Link to={PATHS.job(id)}>
            <bdi>{id}</bdi>
          </Link>{' '}
          {job?.last_status && <StatusPill status={job.last_status} />}
          {job?.enabled === 0 && <span class="tag">disabled</span>}
          <Conditions of={after} />
        </>
      )}
    </LimitedList>
  </li>
);

/** The conditions under which a job starts after others. */
const Conditions = ({ of: upstream }: { readonly of: ChainedJob['after'] }) =>
  upstream.length > 0 && (
    <span class="muted">
      <bdi>{upstream.map(formatUpstream).join(', ')}</bdi>
    </span>
  );
