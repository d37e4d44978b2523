import { useState } from 'preact/hooks';
import type { Job } from '../api/types.ts';
import { useApp } from '../app-context.ts';
import { useForm } from '../hooks/use-form.ts';
import { navigate } from '../router.ts';
import { PATHS } from '../view/routes.ts';
import { bodyFromForm, EMPTY_INPUT, type RunInputForm, validateInput } from '../view/run-input.ts';
import { Button } from './button.tsx';
import { Dialog } from './dialog.tsx';
import { Field, NumberField, onText } from './field.tsx';
import { ErrorNotice } from './notice.tsx';
import { PrioritySelect } from './priority-select.tsx';

export interface RunInputDialogProps {
  readonly job: Pick<Job, 'id' | 'type'>;
  /** @defaultValue an empty form */
  readonly initial?: RunInputForm;
  readonly onClose: () => void;
}

const isField = (name: string): name is keyof RunInputForm => name in EMPTY_INPUT;

/** Starts a run of a job with an input, and shows the run. */
export function RunInputDialog({ job, initial = EMPTY_INPUT, onClose }: RunInputDialogProps) {
  const { runner } = useApp();
  const [form, setForm] = useState(initial);
  const { fieldErrors, formError, busy, clearError, formProps } = useForm<keyof RunInputForm>({
    validate: () => validateInput(form),
    submit: async () => navigate(PATHS.run(job.id, (await runner.trigger(job.id, bodyFromForm(form))).run_id)),
    toFormField: (name) => {
      const root = name.split(/[.[]/)[0] ?? '';
      return isField(root) ? root : undefined;
    },
  });
  const isChanged = Object.entries(form).some(([name, value]) => value !== initial[name as keyof RunInputForm]);
  const text = (name: keyof RunInputForm, label: string, hint: string, rows: number) => (
    <Field label={label} class="wide" error={fieldErrors[name]} hint={hint}>
      {(control) => (
        <textarea
          {...control}
          class="code"
          rows={rows}
          value={form[name]}
          onInput={onText((value) => {
            setForm((before) => ({ ...before, [name]: value }));
            clearError(name);
          })}
        />
      )}
    </Field>
  );
  return (
    <Dialog title="Run with input" isChanged={isChanged && !busy} onClose={onClose}>
      <form {...formProps}>
        <div class="dialog-body">
          {formError && <ErrorNotice>{formError}</ErrorNotice>}
          {text('payload', 'Payload', 'JSON of at most 256 KB.', 6)}
          {job.type === 'script' && text('args', 'Arguments', 'One per line, instead of those of the job.', 2)}
          {job.type === 'script' &&
            text('env', 'Environment', 'NAME=value, one per line, added to that of the job.', 2)}
          {text('tags', 'Tags', 'One per line.', 1)}
          {text('note', 'Note', 'At most 500 characters.', 1)}
          <Field label="Priority" error={fieldErrors.priority} hint="Among the runs that wait for a slot.">
            {(control) => (
              <PrioritySelect
                control={control}
                value={form.priority}
                unset="That of the job"
                onChange={(value) => setForm((before) => ({ ...before, priority: value }))}
              />
            )}
          </Field>
          <NumberField
            label="Expires in (seconds)"
            error={fieldErrors.expires_in_s}
            hint="Canceled if it has not started by then."
            value={form.expires_in_s}
            onInput={(value) => {
              setForm((before) => ({ ...before, expires_in_s: value }));
              clearError('expires_in_s');
            }}
          />
        </div>
        <footer class="dialog-foot">
          <Button onClick={onClose}>Cancel</Button>
          <Button type="submit" tone="primary" icon="play" busy={busy}>
            Run
          </Button>
        </footer>
      </form>
    </Dialog>
  );
}
