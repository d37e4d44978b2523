import { useState } from 'preact/hooks';
import { useApp } from '../app-context.ts';
import { useForm } from '../hooks/use-form.ts';
import { Button } from './button.tsx';
import { Dialog } from './dialog.tsx';
import { Field, onText } from './field.tsx';
import { ErrorNotice } from './notice.tsx';

export interface PauseDialogProps {
  readonly jobId: string;
  readonly onClose: () => void;
  readonly onPaused: () => Promise<void>;
}

/** Pauses the schedule of a job until a time. Runs on demand start meanwhile. */
export function PauseDialog({ jobId, onClose, onPaused }: PauseDialogProps) {
  const { runner } = useApp();
  const [until, setUntil] = useState('');
  const { fieldErrors, formError, busy, clearError, formProps } = useForm<'until'>({
    validate: () => ({}),
    submit: async () => {
      await runner.pauseJob(jobId, until.trim() || null);
      await onPaused();
      onClose();
    },
    toFormField: (name) => (name === 'until' ? name : undefined),
  });
  return (
    <Dialog title="Pause the schedule" isChanged={until !== '' && !busy} onClose={onClose}>
      <form {...formProps}>
        <div class="dialog-body">
          {formError && <ErrorNotice>{formError}</ErrorNotice>}
          <p>The schedule has no fires during the pause. Active runs continue, and runs on demand start.</p>
          <Field
            label="Until"
            error={fieldErrors.until}
            hint="ISO 8601 with a time zone, at most 366 days ahead. Empty: until it is resumed."
          >
            {(control) => (
              <input
                {...control}
                class="code"
                placeholder="2026-12-27T00:00:00Z"
                autocomplete="off"
                spellcheck={false}
                value={until}
                onInput={onText((text) => {
                  setUntil(text);
                  clearError('until');
                })}
              />
            )}
          </Field>
        </div>
        <footer class="dialog-foot">
          <Button onClick={onClose}>Cancel</Button>
          <Button type="submit" tone="primary" icon="pause" busy={busy}>
            Pause schedule
          </Button>
        </footer>
      </form>
    </Dialog>
  );
}
