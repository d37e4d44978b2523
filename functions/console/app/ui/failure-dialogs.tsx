import { useState } from 'preact/hooks';
import { useApp } from '../app-context.ts';
import { useAction } from '../hooks/use-action.ts';
import { useForm } from '../hooks/use-form.ts';
import { usePoll } from '../hooks/use-poll.ts';
import { acknowledgeRequests, redriveRequests, type SelectedFailures, sumRedriveResults } from '../view/failures.ts';
import { pluralize } from '../view/format.ts';
import { AsyncContent } from './async-content.tsx';
import { Button } from './button.tsx';
import { Dialog } from './dialog.tsx';
import { Field, onText } from './field.tsx';
import { ErrorNotice } from './notice.tsx';

interface FailureDialogProps {
  readonly selected: SelectedFailures;
  readonly onClose: () => void;
  /** @param message message about the outcome */
  readonly onDone: (message: string) => Promise<void>;
}

/** Shows the outcome of a dry run and retries the selected runs on confirmation. */
export function RedriveDialog({ selected, onClose, onDone }: FailureDialogProps) {
  const { runner } = useApp();
  const redrive = async (dryRun: boolean) =>
    sumRedriveResults(await Promise.all(redriveRequests(selected).map((runs) => runner.redrive(runs, dryRun))));
  const preview = usePoll('redrive', () => redrive(true), undefined);
  const retryRuns = useAction(async () => {
    const { started, skipped, left } = await redrive(false);
    const rest = skipped.map(({ reason, count }) => ` Not retried: ${pluralize(count, 'run')} (${reason}).`).join('');
    const more = left > 0 ? ` ${pluralize(left, 'run')} left to retry.` : '';
    await onDone(`Started ${pluralize(started, 'new run')}.${rest}${more}`);
  });
  return (
    <Dialog title="Retry failed runs" onClose={onClose}>
      <div class="dialog-body">
        {retryRuns.error && <ErrorNotice>{retryRuns.error}</ErrorNotice>}
        <AsyncContent source={preview} label="the preview">
          {({ started, skipped, left }) => (
            <>
              <p>
                {started === 0 ? 'No new run will be started.' : `${pluralize(started, 'new run')} will be started.`}{' '}
                Retried runs are acknowledged.
              </p>
              {skipped.length > 0 && (
                <ul class="muted">
                  {skipped.map(({ reason, count }) => (
                    <li key={reason}>
                      {pluralize(count, 'run')} will not be retried: {reason}
                    </li>
                  ))}
                </ul>
              )}
              {left > 0 && <p class="muted">{pluralize(left, 'run')} exceed the limit of one request.</p>}
            </>
          )}
        </AsyncContent>
      </div>
      <footer class="dialog-foot">
        <Button onClick={onClose}>Cancel</Button>
        <Button
          tone="primary"
          icon="again"
          busy={retryRuns.busy}
          disabled={!preview.data || preview.data.started === 0}
          onClick={() => void retryRuns.run()}
        >
          {preview.data ? `Retry ${pluralize(preview.data.started, 'run')}` : 'Retry'}
        </Button>
      </footer>
    </Dialog>
  );
}

/** Acknowledges the selected runs, with an optional note. */
export function AcknowledgeDialog({ selected, onClose, onDone }: FailureDialogProps) {
  const { runner } = useApp();
  const [note, setNote] = useState('');
  const { fieldErrors, formError, busy, clearError, formProps } = useForm<'note'>({
    validate: () => ({}),
    submit: async () => {
      const answers = await Promise.all(
        acknowledgeRequests(selected).map((runs) => runner.acknowledge(runs, note.trim() || null)),
      );
      const done = answers.reduce((sum, { acknowledged }) => sum + acknowledged, 0);
      const left = answers.reduce((sum, answer) => sum + answer.left, 0);
      const more = left > 0 ? ` ${pluralize(left, 'run')} left to acknowledge.` : '';
      await onDone(`Acknowledged ${pluralize(done, 'run')}.${more}`);
    },
    toFormField: (field) => (field === 'note' ? 'note' : undefined),
  });
  return (
    <Dialog title={`Acknowledge ${pluralize(selected.count, 'run')}`} onClose={onClose} isChanged={note !== ''}>
      <form {...formProps}>
        <div class="dialog-body">
          {formError && <ErrorNotice>{formError}</ErrorNotice>}
          <p>
            Acknowledged runs are removed from this page and from the health status. They stay in the history of their
            jobs.
          </p>
          <Field label="Note" error={fieldErrors.note} hint="For example the cause. Shown with the runs.">
            {(control) => (
              <textarea
                {...control}
                rows={2}
                maxLength={500}
                value={note}
                onInput={onText((text) => {
                  setNote(text);
                  clearError('note');
                })}
              />
            )}
          </Field>
        </div>
        <footer class="dialog-foot">
          <Button onClick={onClose}>Cancel</Button>
          <Button type="submit" tone="primary" busy={busy}>
            Acknowledge
          </Button>
        </footer>
      </form>
    </Dialog>
  );
}
