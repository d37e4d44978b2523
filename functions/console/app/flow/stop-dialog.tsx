import { useState } from 'preact/hooks';
import type { StopMode } from '../api/pipeline-types.ts';
import { useApp } from '../app-context.ts';
import { useForm } from '../hooks/use-form.ts';
import { Button } from '../ui/button.tsx';
import { Dialog } from '../ui/dialog.tsx';
import { Field, onText } from '../ui/field.tsx';
import { ErrorNotice } from '../ui/notice.tsx';
import { parseWholeNumber } from '../view/checkpoints.ts';

const MODES: Readonly<Record<StopMode, readonly [name: string, meaning: string]>> = {
  checkpoint: ['Graceful', 'Tasks finish their current page, then a checkpoint is created.'],
  immediate: ['Immediate', 'The current pages are abandoned. A restart processes them again.'],
  force: ['Force', 'Does not wait. Tasks that do not respond lose their work.'],
};

export interface StopDialogProps {
  /** The run's id. */
  readonly id: string;
  readonly onClose: () => void;
  readonly onStopped: () => Promise<void>;
}

/** Asks for the mode in which to stop a flow run. */
export function StopDialog({ id, onClose, onStopped }: StopDialogProps) {
  const { pipelines } = useApp();
  const [mode, setMode] = useState<StopMode>('checkpoint');
  const [timeout, setTimeoutText] = useState('30');
  const seconds = parseWholeNumber(timeout, 1, 3_600);
  const { fieldErrors, formError, busy, clearError, formProps } = useForm<'timeout'>({
    validate: () => (typeof seconds === 'string' ? { timeout: seconds } : {}),
    submit: async () => {
      await pipelines.stop(id, mode, Number(seconds));
      onClose();
      await onStopped();
    },
    toFormField: (field) => (field === 'timeout_seconds' ? 'timeout' : undefined),
  });
  return (
    <Dialog title="Stop run" onClose={onClose}>
      <form {...formProps}>
        <div class="dialog-body">
          {formError && <ErrorNotice>{formError}</ErrorNotice>}
          <fieldset class="modes">
            <legend class="visually-hidden">Mode</legend>
            {Object.entries(MODES).map(([name, [label, meaning]]) => (
              <label key={name}>
                <input type="radio" name="mode" checked={mode === name} onChange={() => setMode(name as StopMode)} />
                <span>
                  <b>{label}</b>
                  <small>{meaning}</small>
                </span>
              </label>
            ))}
          </fieldset>
          <Field
            label="Timeout (seconds)"
            error={fieldErrors.timeout ?? (typeof seconds === 'string' ? seconds : undefined)}
            hint={mode === 'force' ? undefined : 'After the timeout, the next stronger mode applies.'}
          >
            {(control) => (
              <input
                {...control}
                inputMode="numeric"
                class="number"
                value={timeout}
                onInput={onText((text) => {
                  setTimeoutText(text);
                  clearError('timeout');
                })}
              />
            )}
          </Field>
        </div>
        <footer class="dialog-foot">
          <Button onClick={onClose}>Keep running</Button>
          <Button type="submit" tone="danger" busy={busy}>
            Stop run
          </Button>
        </footer>
      </form>
    </Dialog>
  );
}
