import { useEffect, useState } from 'preact/hooks';
import type { FailureGroups } from '../api/runner.ts';
import type { Run } from '../api/types.ts';
import { useApp, usePermission } from '../app-context.ts';
import { usePoll } from '../hooks/use-poll.ts';
import { useVisible } from '../hooks/use-visible.ts';
import { setQuery, useLocation } from '../router.ts';
import { AsyncContent, Skeleton } from '../ui/async-content.tsx';
import { Button } from '../ui/button.tsx';
import { DeadLetterPanel } from '../ui/dead-letter-panel.tsx';
import { EmptyState } from '../ui/empty-state.tsx';
import { AcknowledgeDialog, RedriveDialog } from '../ui/failure-dialogs.tsx';
import { FilterSelect } from '../ui/filter-select.tsx';
import { Link } from '../ui/link.tsx';
import { InfoNotice } from '../ui/notice.tsx';
import { PageHeader } from '../ui/page-header.tsx';
import { Panel } from '../ui/panel.tsx';
import { RunsTable } from '../ui/runs-table.tsx';
import { RelativeTime } from '../ui/time.tsx';
import { plainText } from '../view/ansi.ts';
import {
  EMPTY_SELECTION,
  type FailureGroup,
  isSelected,
  resolveSelection,
  type SelectedFailures,
  type Selection,
  toggleGroup,
  toggleRun,
} from '../view/failures.ts';
import { formatCount, pluralize } from '../view/format.ts';
import { PATHS } from '../view/routes.ts';

const LIST_MS = 15_000;
const MAX_ROWS = 10;
/** Initial number of groups, and the increment of "Show more". */
const GROUPS_PER_PAGE = 50;
/** Maximum number of groups that the API lists. */
const MAX_GROUPS = 1_000;
/** Maximum number of jobs shown for a group. */
const MAX_JOBS = 5;

const GROUPINGS = { message: 'Message', cause: 'Job and message' } as const;
type Grouping = keyof typeof GROUPINGS;

/** `/console/failures`: unacknowledged failed runs, grouped by message, or by job and message. */
export function FailuresPage() {
  const mayOperate = usePermission('operate');
  const grouping: Grouping = useLocation().query.get('group') === 'cause' ? 'cause' : 'message';
  return (
    <>
      <PageHeader title="Failures" lead="Unacknowledged failed runs, the most frequent first." />
      <div class="tools">
        <FilterSelect
          label="Group by"
          value={grouping}
          options={Object.entries(GROUPINGS)}
          onSelect={(group) => setQuery({ group })}
        />
      </div>
      <Failures key={grouping} by={grouping} />
      {mayOperate && <DeadLetterPanel />}
    </>
  );
}

function Failures({ by }: { readonly by: Grouping }) {
  const { runner } = useApp();
  const [limit, setLimit] = useState(GROUPS_PER_PAGE);
  const failures = usePoll(`failures by ${by}`, (signal) => runner.failureGroups(by, limit, signal), LIST_MS);
  const { refresh } = failures;
  useEffect(() => {
    if (limit > GROUPS_PER_PAGE) void refresh();
  }, [limit, refresh]);
  return (
    <AsyncContent source={failures} label="the failures" skeleton={<Skeleton lines={8} />}>
      {(data) => (
        <>
          <GroupsView groups={data.groups} onDone={refresh} />
          <HiddenFailures {...data} onMore={() => setLimit(Math.min(MAX_GROUPS, limit + GROUPS_PER_PAGE))} />
        </>
      )}
    </AsyncContent>
  );
}

/** Shows how many failures are not listed, with a button that lists more. */
function HiddenFailures({ groups, runs, total, left, onMore }: FailureGroups & { readonly onMore: () => void }) {
  if (left === 0) return null;
  if (total === groups.length) {
    return (
      <p class="muted">
        The newest {formatCount(runs)} failed runs. {pluralize(left, 'older run')} will be listed after these are
        acknowledged.
      </p>
    );
  }
  return (
    <div class="more" role="status">
      <p class="muted">
        {formatCount(groups.length)} of {pluralize(total, 'group')}; {pluralize(left, 'failed run')} not shown
      </p>
      {groups.length < MAX_GROUPS && <Button onClick={onMore}>Show more</Button>}
    </div>
  );
}

interface GroupsViewProps {
  readonly groups: readonly FailureGroup[];
  readonly onDone: () => Promise<void>;
}

function GroupsView({ groups, onDone }: GroupsViewProps) {
  const mayOperate = usePermission('operate');
  const [selection, setSelection] = useState<Selection>(EMPTY_SELECTION);
  const [message, setMessage] = useState<string>();
  // A snapshot of the selection: a later load of the list does not change an open dialog.
  const [openDialog, setOpenDialog] = useState<{
    readonly what: 'redrive' | 'acknowledge';
    readonly selected: SelectedFailures;
  }>();
  const selected = resolveSelection(selection, groups);
  const { count } = selected;
  const open = (what: 'redrive' | 'acknowledge') => {
    setMessage(undefined);
    setOpenDialog({ what, selected });
  };
  const dialog = {
    onClose: () => setOpenDialog(undefined),
    onDone: async (text: string) => {
      setOpenDialog(undefined);
      setMessage(text);
      setSelection(EMPTY_SELECTION);
      await onDone();
    },
  };
  return (
    <>
      {message && <InfoNotice>{message}</InfoNotice>}
      {groups.length === 0 && (
        <EmptyState icon="check" title="No failures">
          <p>Failed and timed-out runs are listed here until they are acknowledged.</p>
        </EmptyState>
      )}
      {mayOperate && groups.length > 0 && (
        <div class="tools">
          <Button tone="primary" icon="again" disabled={count === 0} onClick={() => open('redrive')}>
            Retry…
          </Button>
          <Button icon="check" disabled={count === 0} onClick={() => open('acknowledge')}>
            Acknowledge…
          </Button>
          <span class="muted" role="status">
            {count === 0 ? 'Select runs or whole groups.' : `${pluralize(count, 'run')} selected`}
          </span>
        </div>
      )}
      {groups.map((group) => (
        <GroupPanel
          key={group.id}
          group={group}
          selection={selection}
          {...(mayOperate && { onSelect: setSelection })}
        />
      ))}
      {openDialog?.what === 'redrive' && <RedriveDialog {...dialog} selected={openDialog.selected} />}
      {openDialog?.what === 'acknowledge' && <AcknowledgeDialog {...dialog} selected={openDialog.selected} />}
    </>
  );
}

interface GroupPanelProps {
  readonly group: FailureGroup;
  readonly selection: Selection;
  readonly onSelect?: (selection: Selection) => void;
}

function GroupPanel({ group, selection, onSelect }: GroupPanelProps) {
  const { id, message, count, newest } = group;
  return (
    <Panel
      title={plainText(message)}
      class="cause"
      aside={
        <span class="muted">
          {pluralize(count, 'run')}
          {newest && (
            <>
              , last <RelativeTime time={newest} />
            </>
          )}
        </span>
      }
    >
      <p class="pad cause-of">
        <Jobs of={group} />
        {onSelect && (
          <label class="pin">
            <input
              type="checkbox"
              checked={selection.groups.has(id)}
              onChange={() => onSelect(toggleGroup(selection, id))}
            />
            {count === 1 ? 'Select the run' : `Select all ${formatCount(count)}`}
          </label>
        )}
      </p>
      <GroupRuns group={group} selection={selection} {...(onSelect && { onSelect })} />
    </Panel>
  );
}

/** The jobs whose runs are in the group. */
function Jobs({ of: { jobs, jobCount } }: { readonly of: FailureGroup }) {
  const shown = jobs.slice(0, MAX_JOBS);
  return (
    <span class="muted">
      In{' '}
      {shown.map(({ job_id: jobId, count }, i) => (
        <span key={jobId}>
          {i > 0 && ', '}
          <Link to={PATHS.job(jobId)}>{jobId}</Link>
          {jobCount > 1 && ` (${formatCount(count)})`}
        </span>
      ))}
      {jobCount > shown.length && ` and ${pluralize(jobCount - shown.length, 'more job')}`}
    </span>
  );
}

/** The newest runs of a group, loaded when they become visible. */
function GroupRuns(props: GroupPanelProps) {
  const [element, isVisible] = useVisible<HTMLDivElement>();
  return <div ref={element}>{isVisible && <VisibleRuns {...props} />}</div>;
}

function VisibleRuns({ group, selection, onSelect }: GroupPanelProps) {
  const { runner } = useApp();
  const { id, selector: choice, message, count, newest, jobCount } = group;
  const runs = usePoll(
    `failures of ${id} ${count} ${newest}`,
    (signal) => runner.failuresOf(choice, Math.min(count, MAX_ROWS), signal),
    undefined,
  );
  const checkboxFor = (shown: readonly Run[]) => (run: Run) => (
    <input
      type="checkbox"
      aria-label={`Select run ${run.id} of ${run.job_id}`}
      checked={isSelected(selection, run.run_id, id)}
      onChange={() => {
        const ids = shown.map(({ run_id: runId }) => runId);
        onSelect?.(toggleRun(selection, run.run_id, id, ids));
      }}
    />
  );
  return (
    <AsyncContent source={runs} label="the runs" skeleton={<Skeleton lines={2} />}>
      {(shown) => (
        <>
          <RunsTable
            runs={shown}
            withJob={jobCount > 1}
            caption={`Failed runs: ${plainText(message)}`}
            {...(onSelect && { lead: checkboxFor(shown) })}
          />
          {count > shown.length && <p class="pad muted">{pluralize(count - shown.length, 'older run')} not shown</p>}
        </>
      )}
    </AsyncContent>
  );
}
