import { useState } from 'preact/hooks';
import type { Run } from '../api/types.ts';
import { useApp } from '../app-context.ts';
import { useForm } from '../hooks/use-form.ts';
import { usePoll } from '../hooks/use-poll.ts';
import { navigate } from '../router.ts';
import { AsyncContent } from '../ui/async-content.tsx';
import { Button } from '../ui/button.tsx';
import { Dialog } from '../ui/dialog.tsx';
import { Field, onText } from '../ui/field.tsx';
import { ErrorNotice } from '../ui/notice.tsx';
import { parseWholeNumber, restartOptions } from '../view/checkpoints.ts';
import { browserTimeZone } from '../view/format.ts';
import { PATHS } from '../view/routes.ts';

export interface RestartDialogProps {
  readonly run: Run;
  readonly onClose: () => void;
}

type RestartOptions = ReturnType<typeof restartOptions>;

/** Asks for the checkpoint and the parallelism of a restart. */
export function RestartDialog({ run, onClose }: RestartDialogProps) {
  const { pipelines } = useApp();
  const loaded = usePoll(
    `restart ${run.run_id}`,
    async (signal) => {
      const [job, checkpoints] = await Promise.all([
        pipelines.job(run.run_id, signal),
        pipelines.checkpoints(run.run_id, signal),
      ]);
      return { parallelism: job.parallelism, options: restartOptions(checkpoints.data, browserTimeZone()) };
    },
    undefined,
  );
  return (
    <Dialog title="Restart run" onClose={onClose}>
      <AsyncContent source={loaded} label="the checkpoints">
        {(data) => <RestartForm run={run} onClose={onClose} {...data} />}
      </AsyncContent>
    </Dialog>
  );
}

interface RestartFormProps extends RestartDialogProps {
  /** Parallelism of the run that is restarted. */
  readonly parallelism: number;
  readonly options: RestartOptions;
}

const API_FIELDS: Readonly<Record<string, 'checkpoint' | 'tasks'>> = {
  checkpoint_id: 'checkpoint',
  parallelism: 'tasks',
};

function RestartForm({ run, onClose, parallelism, options }: RestartFormProps) {
  const { pipelines } = useApp();
  const [checkpoint, setCheckpoint] = useState('');
  const [text, setText] = useState(String(parallelism));
  const tasks = parseWholeNumber(text, 1, 64);
  const { fieldErrors, formError, busy, clearError, formProps } = useForm<'checkpoint' | 'tasks'>({
    validate: () => (typeof tasks === 'string' ? { tasks } : {}),
    submit: async () => {
      const id = await pipelines.restart(run.run_id, checkpoint || null, Number(tasks));
      navigate(PATHS.run(run.job_id, id));
    },
    toFormField: (field) => API_FIELDS[field],
  });
  return (
    <form {...formProps}>
      <div class="dialog-body">
        {formError && <ErrorNotice>{formError}</ErrorNotice>}
        <p>Starts a new run of {run.job_id} from a checkpoint of this run.</p>
        <Field
          label="Checkpoint"
          error={fieldErrors.checkpoint}
          hint={options.length === 0 ? 'There is no checkpoint. The new run starts from the beginning.' : undefined}
        >
          {(control) => (
            <select
              {...control}
              value={checkpoint}
              onChange={onText((selected) => {
                setCheckpoint(selected);
                clearError('checkpoint');
              })}
            >
              <option value="">{options.length === 0 ? 'None' : 'Newest'}</option>
              {options.map(([id, label]) => (
                <option key={id} value={id}>
                  {label}
                </option>
              ))}
            </select>
          )}
        </Field>
        <Field
          label="Parallelism"
          error={fieldErrors.tasks ?? (typeof tasks === 'string' ? tasks : undefined)}
          hint={`1–64 tasks at the same time. This run had ${parallelism}.`}
        >
          {(control) => (
            <input
              {...control}
              inputMode="numeric"
              class="number"
              value={text}
              onInput={onText((typed) => {
                setText(typed);
                clearError('tasks');
              })}
            />
          )}
        </Field>
      </div>
      <footer class="dialog-foot">
        <Button onClick={onClose}>Cancel</Button>
        <Button type="submit" tone="primary" busy={busy}>
          Restart
        </Button>
      </footer>
    </form>
  );
}
