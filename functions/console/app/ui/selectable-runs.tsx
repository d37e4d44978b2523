import { useState } from 'preact/hooks';
import type { BulkAction } from '../api/runner.ts';
import type { Run } from '../api/types.ts';
import { usePermission } from '../app-context.ts';
import { pluralize } from '../view/format.ts';
import { BulkDialog } from './bulk-dialog.tsx';
import { Button } from './button.tsx';
import { InfoNotice } from './notice.tsx';
import { RunsTable } from './runs-table.tsx';

/** Maximum number of runs that one request changes. */
const MAX_SELECTED = 500;

export interface SelectableRunsProps {
  readonly runs: readonly Run[];
  readonly caption: string;
  /** Called after runs were changed. */
  readonly onChange: () => Promise<void>;
}

/** Runs that a user who may operate can select, to change several at once. */
export function SelectableRuns({ runs, caption, onChange }: SelectableRunsProps) {
  const mayOperate = usePermission('operate');
  const [selection, setSelection] = useState<ReadonlySet<string>>(new Set());
  const [message, setMessage] = useState<string>();
  const [dialog, setDialog] = useState<{ readonly action: BulkAction; readonly runIds: readonly string[] }>();
  const selected = runs.flatMap(({ run_id }) => (selection.has(run_id) ? [run_id] : []));
  const toggle = (runId: string) => {
    const next = new Set(selection);
    if (!next.delete(runId)) next.add(runId);
    setSelection(next);
  };
  const open = (action: BulkAction) => {
    setMessage(undefined);
    // At most as many as one request retries.
    setDialog({ action, runIds: selected.slice(0, MAX_SELECTED) });
  };
  if (!mayOperate) return <RunsTable runs={runs} withJob caption={caption} />;
  const [all, none] = [selected.length === runs.length, selected.length === 0];
  return (
    <>
      {message && <InfoNotice>{message}</InfoNotice>}
      <div class="tools pad">
        <label class="pin">
          <input
            type="checkbox"
            checked={all}
            onChange={() => setSelection(new Set(all ? [] : runs.map(({ run_id }) => run_id)))}
          />
          Select all shown
        </label>
        <Button icon="again" disabled={none} onClick={() => open('redrive')}>
          Retry…
        </Button>
        <Button icon="check" disabled={none} onClick={() => open('acknowledge')}>
          Acknowledge…
        </Button>
        <Button disabled={none} onClick={() => open('cancel')}>
          Cancel…
        </Button>
        <span class="muted" role="status">
          {none ? 'Select runs to change several at once.' : `${pluralize(selected.length, 'run')} selected`}
        </span>
      </div>
      <RunsTable
        runs={runs}
        withJob
        caption={caption}
        lead={({ run_id: runId, id, job_id: jobId }) => (
          <input
            type="checkbox"
            aria-label={`Select run ${id} of ${jobId}`}
            checked={selection.has(runId)}
            onChange={() => toggle(runId)}
          />
        )}
      />
      {dialog && (
        <BulkDialog
          {...dialog}
          onClose={() => setDialog(undefined)}
          onDone={async (text) => {
            setDialog(undefined);
            setMessage(text);
            setSelection(new Set());
            await onChange();
          }}
        />
      )}
    </>
  );
}
