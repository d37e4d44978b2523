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
  checkpoint: ['Gently', 'Tasks end the page in hand, then a checkpoint is taken.'],
  immediate: ['At once', 'The page in hand is abandoned; a restart does it again.'],
  force: ['By force', 'Nothing is waited for: tasks that do not answer lose their work.'],
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
  const { problems, problem, busy, edited, bind } = useForm<'timeout'>({
    check: () => (typeof seconds === 'string' ? { timeout: seconds } : {}),
    send: async () => {
      await pipelines.stop(id, mode, Number(seconds));
      onClose();
      await onStopped();
    },
    fieldOf: (field) => (field === 'timeout_seconds' ? 'timeout' : undefined),
  });
  return (
    <Dialog title="Stop the run" onClose={onClose}>
      <form {...bind}>
        <div class="dialog-body">
          {problem && <ErrorNotice>{problem}</ErrorNotice>}
          <fieldset class="modes">
            <legend class="unseen">How</legend>
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
            label="Timeout, in seconds"
            problem={problems.timeout ?? (typeof seconds === 'string' ? seconds : undefined)}
            hint={mode === 'force' ? undefined : 'After it, the next harder way is taken.'}
          >
            {(control) => (
              <input
                {...control}
                inputMode="numeric"
                class="number"
                value={timeout}
                onInput={onText((text) => {
                  setTimeoutText(text);
                  edited('timeout');
                })}
              />
            )}
          </Field>
        </div>
        <footer class="dialog-foot">
          <Button onClick={onClose}>Let it go on</Button>
          <Button type="submit" tone="danger" busy={busy}>
            Stop it
          </Button>
        </footer>
      </form>
    </Dialog>
  );
}
