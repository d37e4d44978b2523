import { useState } from 'preact/hooks';
import type { BulkAction } from '../api/runner.ts';
import type { BulkResult } from '../api/types.ts';
import { useApp } from '../app-context.ts';
import { useAction } from '../hooks/use-action.ts';
import { usePoll } from '../hooks/use-poll.ts';
import { pluralize } from '../view/format.ts';
import { AsyncContent } from './async-content.tsx';
import { Button } from './button.tsx';
import { Dialog } from './dialog.tsx';
import { Field, onText } from './field.tsx';
import { ErrorNotice } from './notice.tsx';

const WORDS: Readonly<Record<BulkAction, readonly [title: string, verb: string, done: string]>> = {
  cancel: ['Cancel runs', 'Cancel', 'canceled'],
  redrive: ['Retry failed runs', 'Retry', 'retried'],
  acknowledge: ['Acknowledge failed runs', 'Acknowledge', 'acknowledged'],
};

interface BulkDialogProps {
  readonly action: BulkAction;
  readonly runIds: readonly string[];
  readonly onClose: () => void;
  /** @param message message about the outcome */
  readonly onDone: (message: string) => Promise<void>;
}

/** Shows the outcome of a dry run and changes the selected runs on confirmation. */
export function BulkDialog({ action, runIds, onClose, onDone }: BulkDialogProps) {
  const { runner } = useApp();
  const [note, setNote] = useState('');
  const [title, verb, done] = WORDS[action];
  const preview = usePoll(`bulk ${action}`, () => runner.changeRuns(action, runIds, { dryRun: true }), undefined);
  const change = useAction(async () => {
    const options = { dryRun: false, ...(action === 'acknowledge' && note.trim() && { note: note.trim() }) };
    const result = await runner.changeRuns(action, runIds, options);
    const left = result.left > 0 ? ` ${pluralize(result.left, 'run')} left.` : '';
    await onDone(`${pluralize(result.changed, 'run')} ${done}.${left}`);
  });
  return (
    <Dialog title={title} onClose={onClose} isChanged={note !== ''}>
      <div class="dialog-body">
        {change.error && <ErrorNotice>{change.error}</ErrorNotice>}
        <AsyncContent source={preview} label="the preview">
          {(result) => <Preview result={result} done={done} />}
        </AsyncContent>
        {action === 'acknowledge' && (
          <Field label="Note" hint="For example the cause. Shown with the runs.">
            {(control) => <textarea {...control} rows={2} maxLength={500} value={note} onInput={onText(setNote)} />}
          </Field>
        )}
      </div>
      <footer class="dialog-foot">
        <Button onClick={onClose}>Close</Button>
        <Button
          tone="primary"
          busy={change.busy}
          disabled={!preview.data || preview.data.changed === 0}
          onClick={() => void change.run()}
        >
          {preview.data ? `${verb} ${pluralize(preview.data.changed, 'run')}` : verb}
        </Button>
      </footer>
    </Dialog>
  );
}

function Preview({ result: { changed, runs }, done }: { readonly result: BulkResult; readonly done: string }) {
  const reasons = Map.groupBy(
    runs.filter(({ outcome }) => outcome === 'skipped'),
    ({ reason }) => reason ?? '',
  );
  return (
    <>
      <p>{changed === 0 ? `No run will be ${done}.` : `${pluralize(changed, 'run')} will be ${done}.`}</p>
      {reasons.size > 0 && (
        <ul class="muted">
          {[...reasons].map(([reason, { length }]) => (
            <li key={reason}>
              {pluralize(length, 'run')} will not be {done}: {reason}
            </li>
          ))}
        </ul>
      )}
    </>
  );
}
