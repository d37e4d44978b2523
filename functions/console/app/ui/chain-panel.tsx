import { serverNow } from '../api/server-clock.ts';
import type { ChainedRun, Run } from '../api/types.ts';
import { useApp } from '../app-context.ts';
import { usePoll } from '../hooks/use-poll.ts';
import { chainInterval } from '../view/chain.ts';
import { formatDuration } from '../view/format.ts';
import { PATHS } from '../view/routes.ts';
import { isActive } from '../view/status.ts';
import { Link } from './link.tsx';
import { Panel } from './panel.tsx';
import { StatusPill } from './status-pill.tsx';

/** The runs before and after a run in its chain. Renders nothing for a run that no other run started or follows. */
export function ChainPanel({ run }: { readonly run: Run }) {
  const { runner } = useApp();
  // Loaded again when the run has ended, because others start then.
  const chain = usePoll(
    `chain of ${run.run_id} ${isActive(run.status)}`,
    (signal) => runner.getChain(run.run_id, signal),
    (data) => chainInterval(data, serverNow()),
  );
  if (!chain.data || (chain.data.children.length === 0 && run.parent_run_id === null)) return null;
  return (
    <Panel title="Chain" aside={chain.data.truncated ? <span class="muted">first runs only</span> : null}>
      <ul class="chain pad">
        <ChainItem of={chain.data} current={run.run_id} />
      </ul>
    </Panel>
  );
}

function ChainItem({ of: { run, children }, current }: { readonly of: ChainedRun; readonly current: string }) {
  const name = `${run.job_id} #${run.id}`;
  return (
    <li>
      <span class="chain-run">
        {run.run_id === current ? (
          <b aria-current="true">
            <bdi>{name}</bdi>
          </b>
        ) : (
          <Link to={PATHS.run(run.job_id, run.run_id)}>
            <bdi>{name}</bdi>
          </Link>
        )}
        <StatusPill status={run.status} />
        {run.duration_ms !== null && <span class="muted number">{formatDuration(run.duration_ms)}</span>}
      </span>
      {children.length > 0 && (
        <ul class="chain">
          {children.map((child) => (
            <ChainItem key={child.run.run_id} of={child} current={current} />
          ))}
        </ul>
      )}
    </li>
  );
}
