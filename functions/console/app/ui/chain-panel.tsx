import { ApiError } from '../api/errors.ts';
import { serverNow } from '../api/server-clock.ts';
import type { ChainedRun, Run } from '../api/types.ts';
import { useApp } from '../app-context.ts';
import { usePoll } from '../hooks/use-poll.ts';
import { chainInterval, isNotable, listFollowing } from '../view/chain.ts';
import { formatDuration } from '../view/format.ts';
import { PATHS } from '../view/routes.ts';
import { isActive } from '../view/status.ts';
import { AsyncContent } from './async-content.tsx';
import { LimitedList } from './limited-list.tsx';
import { Link } from './link.tsx';
import { Panel } from './panel.tsx';
import { StatusPill } from './status-pill.tsx';

/**
 * Levels of a chain that are indented. Later runs are one list, each with the name of the run before: an indentation leaves
 * no room on narrow screens, and the browser cannot render hundreds of nested components.
 */
const MAX_INDENTED = 5;
const NOT_FOUND = 404;

/** The runs before and after a run in its chain. Renders nothing for a run that no other run started or follows. */
export function ChainPanel({ run }: { readonly run: Run }) {
  const { runner } = useApp();
  // Loaded again when the run has ended, because others start then.
  const chain = usePoll(
    `chain of ${run.run_id} ${isActive(run.status)}`,
    (signal) => runner.getChain(run.run_id, signal),
    (data) => chainInterval(data, serverNow()),
  );
  const { data, error } = chain;
  if (data ? data.children.length === 0 && run.parent_run_id === null : isNothing(error)) return null;
  return (
    <Panel title="Chain" aside={data?.truncated ? <span class="muted">first runs only</span> : null}>
      <AsyncContent source={chain} label="the chain">
        {(tree) => (
          <ul class="chain pad">
            <li>
              <ChainItem of={tree} current={run.run_id} depth={0} />
            </li>
          </ul>
        )}
      </AsyncContent>
    </Panel>
  );
}

/** @returns whether nothing is known to show: the chain is not loaded yet, or the run was removed */
const isNothing = (error: unknown): boolean =>
  error === undefined || (error instanceof ApiError && error.status === NOT_FOUND);

interface ChainItemProps {
  readonly of: ChainedRun;
  /** `run_id` of the run whose page shows the chain. */
  readonly current: string;
  readonly depth: number;
}

const nameOf = (run: Run) => `${run.job_id} #${run.id}`;

function ChainItem({ of: chain, current, depth }: ChainItemProps) {
  return (
    <>
      <ChainRun run={chain.run} current={current} />
      {depth < MAX_INDENTED && chain.children.length > 0 && (
        <LimitedList
          class="chain"
          items={chain.children}
          itemKey={(child) => child.run.run_id}
          isImportant={(child) => isNotable(child, current)}
        >
          {(child) => <ChainItem of={child} current={current} depth={depth + 1} />}
        </LimitedList>
      )}
      {depth === MAX_INDENTED && chain.children.length > 0 && (
        <LimitedList
          class="chain"
          items={listFollowing(chain)}
          itemKey={({ run }) => run.run_id}
          isImportant={({ run }) => isNotable({ run, children: [] }, current)}
        >
          {({ run, before }) => <ChainRun run={run} current={current} before={before} />}
        </LimitedList>
      )}
    </>
  );
}

interface ChainRunProps {
  readonly run: Run;
  readonly current: string;
  /** The run before, if the place of the run does not show it. */
  readonly before?: Run;
}

function ChainRun({ run, current, before }: ChainRunProps) {
  const name = nameOf(run);
  return (
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
      {before && (
        <span class="muted">
          after <bdi>{nameOf(before)}</bdi>
        </span>
      )}
    </span>
  );
}
