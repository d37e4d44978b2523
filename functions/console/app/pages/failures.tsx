import { useState } from 'preact/hooks';
import type { Cause, Causes, Run } from '../api/wire.ts';
import { useDeck, useMay } from '../context.ts';
import { usePoll } from '../hooks/use-poll.ts';
import { useSeen } from '../hooks/use-seen.ts';
import { Button } from '../ui/button.tsx';
import { DeadLetters } from '../ui/dead-letters.tsx';
import { Empty } from '../ui/empty.tsx';
import { AcknowledgeDialog, RedriveDialog } from '../ui/failure-dialogs.tsx';
import { Link } from '../ui/link.tsx';
import { Loaded, Skeleton } from '../ui/loaded.tsx';
import { Hint } from '../ui/notice.tsx';
import { PageHead } from '../ui/page-head.tsx';
import { Panel } from '../ui/panel.tsx';
import { RunsTable } from '../ui/runs-table.tsx';
import { Ago } from '../ui/time.tsx';
import { countChosen, isChosen, NOTHING, type Selection, turnCause, turnRun } from '../view/failures.ts';
import { formatCount, plural } from '../view/format.ts';
import { PATHS } from '../view/routes.ts';

const LIST_MS = 15_000;
const MOST_ROWS = 10;

/** `/console/failures`: failed runs that nobody has dealt with, by cause. */
export function FailuresPage() {
  const { runner } = useDeck();
  const mayOperate = useMay('operate');
  const failures = usePoll('failures', (signal) => runner.causes(signal), LIST_MS);
  return (
    <>
      <PageHead title="Failures" lead="Failed runs that nobody has acknowledged, by job and cause." />
      <Loaded of={failures} what="the failures" skeleton={<Skeleton lines={8} />}>
        {(data) => <CausesView {...data} onDone={failures.refresh} />}
      </Loaded>
      {mayOperate && <DeadLetters />}
    </>
  );
}

interface CausesViewProps extends Causes {
  readonly onDone: () => Promise<void>;
}

function CausesView({ causes, runs, left, onDone }: CausesViewProps) {
  const mayOperate = useMay('operate');
  const [selection, setSelection] = useState<Selection>(NOTHING);
  const [said, setSaid] = useState<string>();
  const [asking, setAsking] = useState<'redrive' | 'acknowledge'>();
  const count = countChosen(selection, causes);
  const ask = (what: typeof asking) => {
    setSaid(undefined);
    setAsking(what);
  };
  const dialog = {
    selection,
    onClose: () => setAsking(undefined),
    onDone: async (text: string) => {
      setAsking(undefined);
      setSaid(text);
      setSelection(NOTHING);
      await onDone();
    },
  };
  return (
    <>
      {said && <Hint>{said}</Hint>}
      {causes.length === 0 && (
        <Empty icon="check" title="Nothing has failed">
          <p>Runs that fail, or take too long, show here with what they said, until somebody acknowledges them.</p>
        </Empty>
      )}
      {mayOperate && causes.length > 0 && (
        <div class="tools">
          <Button tone="primary" icon="again" disabled={count === 0} onClick={() => ask('redrive')}>
            Retry …
          </Button>
          <Button icon="check" disabled={count === 0} onClick={() => ask('acknowledge')}>
            Acknowledge …
          </Button>
          <span class="muted" role="status">
            {count === 0 ? 'Select failed runs, or all of a cause.' : `${plural(count, 'run')} selected`}
          </span>
        </div>
      )}
      {causes.map((cause) => (
        <CausePanel
          key={cause.cause}
          cause={cause}
          selection={selection}
          {...(mayOperate && { onSelect: setSelection })}
        />
      ))}
      {left > 0 && (
        <p class="muted">
          These are the causes of the newest {formatCount(runs)} failed runs; there are {formatCount(left)} more.
        </p>
      )}
      {asking === 'redrive' && <RedriveDialog {...dialog} />}
      {asking === 'acknowledge' && <AcknowledgeDialog {...dialog} count={count} />}
    </>
  );
}

interface CausePanelProps {
  readonly cause: Cause;
  readonly selection: Selection;
  readonly onSelect?: (selection: Selection) => void;
}

function CausePanel({ cause, selection, onSelect }: CausePanelProps) {
  const { cause: id, job_id: jobId, message, count, newest } = cause;
  return (
    <Panel
      title={message}
      class="cause"
      aside={
        <span class="muted">
          {plural(count, 'run')}
          {newest && (
            <>
              , last <Ago time={newest} />
            </>
          )}
        </span>
      }
    >
      <p class="pad cause-of">
        <span class="muted">
          In <Link to={PATHS.job(jobId)}>{jobId}</Link>
        </span>
        {onSelect && (
          <label class="pin">
            <input
              type="checkbox"
              checked={selection.causes.has(id)}
              onChange={() => onSelect(turnCause(selection, id))}
            />
            {count === 1 ? 'Select it' : `Select all ${formatCount(count)}`}
          </label>
        )}
      </p>
      <CauseRuns cause={cause} selection={selection} {...(onSelect && { onSelect })} />
    </Panel>
  );
}

/** The newest runs of a cause: asked for when they come into sight. */
function CauseRuns({ cause, selection, onSelect }: CausePanelProps) {
  const [element, seen] = useSeen<HTMLDivElement>();
  return (
    <div ref={element}>{seen && <SeenRuns cause={cause} selection={selection} {...(onSelect && { onSelect })} />}</div>
  );
}

function SeenRuns({ cause: { cause, message, count, newest }, selection, onSelect }: CausePanelProps) {
  const { runner } = useDeck();
  const runs = usePoll(
    `failures of ${cause} ${count} ${newest}`,
    (signal) => runner.failuresOf(cause, Math.min(count, MOST_ROWS), signal),
    undefined,
  );
  const check = (shown: readonly Run[]) => (run: Run) => (
    <input
      type="checkbox"
      aria-label={`Select run ${run.id} of ${run.job_id}`}
      checked={isChosen(selection, run.run_id, cause)}
      onChange={() => {
        const ids = shown.map(({ run_id: runId }) => runId);
        onSelect?.(turnRun(selection, run.run_id, cause, ids));
      }}
    />
  );
  return (
    <Loaded of={runs} what="the runs" skeleton={<Skeleton lines={2} />}>
      {(shown) => (
        <>
          <RunsTable
            runs={shown}
            caption={`Runs that failed so: ${message}`}
            {...(onSelect && { lead: check(shown) })}
          />
          {count > shown.length && <p class="pad muted">And {formatCount(count - shown.length)} before these.</p>}
        </>
      )}
    </Loaded>
  );
}
