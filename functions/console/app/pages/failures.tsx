import { useState } from 'preact/hooks';
import { listTenantRuns } from '../api/tenant-runs.ts';
import type { Run } from '../api/wire.ts';
import { useDeck, useMay } from '../context.ts';
import { useAction } from '../hooks/use-action.ts';
import { usePoll } from '../hooks/use-poll.ts';
import { PATHS } from '../router.ts';
import { Button } from '../ui/button.tsx';
import { Empty } from '../ui/empty.tsx';
import { Link } from '../ui/link.tsx';
import { Loaded, Skeleton } from '../ui/loaded.tsx';
import { Hint, Problem } from '../ui/notice.tsx';
import { PageHead } from '../ui/page-head.tsx';
import { Panel } from '../ui/panel.tsx';
import { RunsTable } from '../ui/runs-table.tsx';
import { Ago } from '../ui/time.tsx';
import { type Cause, groupByCause } from '../view/failures.ts';
import { plural } from '../view/format.ts';

const LIST_MS = 15_000;
const DAYS = 7;
const MOST_ROWS = 10;

/** `/console/failures`: what failed in the last week, by cause. */
export function FailuresPage() {
  const { runner } = useDeck();
  const failures = usePoll(
    'failures',
    (signal) => listTenantRuns(runner, { since: Date.now() - DAYS * 86_400_000, status: ['error', 'timeout'] }, signal),
    LIST_MS,
  );
  return (
    <>
      <PageHead title="Failures" lead={`What failed in the last ${DAYS} days, by cause.`} />
      <Loaded of={failures} what="the failures" skeleton={<Skeleton lines={8} />}>
        {({ runs }) =>
          runs.length === 0 ? (
            <Empty icon="check" title="Nothing has failed">
              <p>Runs that fail, or take too long, show here with what they said.</p>
            </Empty>
          ) : (
            <Causes causes={groupByCause(runs)} onRetried={failures.refresh} />
          )
        }
      </Loaded>
    </>
  );
}

function Causes({ causes, onRetried }: { readonly causes: readonly Cause[]; readonly onRetried: () => Promise<void> }) {
  const { runner } = useDeck();
  const mayOperate = useMay('operate');
  const [chosen, setChosen] = useState<ReadonlySet<string>>(new Set());
  const [said, setSaid] = useState<string>();
  const jobIds = jobsOf(causes, chosen);
  const retry = useAction(async () => {
    setSaid(undefined);
    const answers = await Promise.allSettled(jobIds.map((id) => runner.trigger(id)));
    const refused = answers.flatMap((answer, i) =>
      answer.status === 'rejected' ? [`${jobIds[i]}: ${String((answer.reason as Error).message)}`] : [],
    );
    setSaid(`Started ${plural(jobIds.length - refused.length, 'job')} again.`);
    setChosen(new Set());
    await onRetried();
    if (refused.length > 0) throw new Error(refused.join('; '));
  });
  const turn = (runId: string) => {
    const next = new Set(chosen);
    if (!next.delete(runId)) next.add(runId);
    setChosen(next);
  };
  return (
    <>
      {retry.problem && <Problem>{retry.problem}</Problem>}
      {said && !retry.problem && <Hint>{said}</Hint>}
      {mayOperate && (
        <div class="tools">
          <Button
            tone="primary"
            icon="again"
            busy={retry.busy}
            disabled={jobIds.length === 0}
            onClick={() => void retry.run()}
          >
            {jobIds.length === 0 ? 'Run again' : `Run ${plural(jobIds.length, 'job')} again`}
          </Button>
          <span class="muted">
            {jobIds.length === 0 ? 'Select failed runs; each job runs once.' : jobIds.join(', ')}
          </span>
        </div>
      )}
      {causes.map((cause) => (
        <CausePanel key={cause.key} cause={cause} chosen={chosen} {...(mayOperate && { onTurn: turn })} />
      ))}
    </>
  );
}

function jobsOf(causes: readonly Cause[], chosen: ReadonlySet<string>): readonly string[] {
  const runs = causes.flatMap((cause) => cause.runs).filter(({ run_id: runId }) => chosen.has(runId));
  return [...new Set(runs.map(({ job_id: jobId }) => jobId))];
}

interface CausePanelProps {
  readonly cause: Cause;
  readonly chosen: ReadonlySet<string>;
  readonly onTurn?: (runId: string) => void;
}

function CausePanel({ cause, chosen, onTurn }: CausePanelProps) {
  const [newest] = cause.runs;
  const check = (run: Run) => (
    <input
      type="checkbox"
      aria-label={`Select run ${run.id} of ${run.job_id}`}
      checked={chosen.has(run.run_id)}
      onChange={() => onTurn?.(run.run_id)}
    />
  );
  return (
    <Panel
      title={cause.message}
      class="cause"
      aside={
        <span class="muted">
          {plural(cause.runs.length, 'run')}
          {newest && (
            <>
              , last <Ago time={newest.finished_at ?? newest.created_at} />
            </>
          )}
        </span>
      }
    >
      <p class="pad muted">
        In{' '}
        {cause.jobIds.map((id, i) => (
          <span key={id}>
            {i > 0 && ', '}
            <Link to={PATHS.job(id)}>{id}</Link>
          </span>
        ))}
      </p>
      <RunsTable
        runs={cause.runs.slice(0, MOST_ROWS)}
        withJob
        caption={`Runs that failed so: ${cause.message}`}
        {...(onTurn && { lead: check })}
      />
      {cause.runs.length > MOST_ROWS && <p class="pad muted">And {cause.runs.length - MOST_ROWS} before these.</p>}
    </Panel>
  );
}
