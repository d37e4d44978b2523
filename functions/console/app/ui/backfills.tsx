import { useState } from 'preact/hooks';
import { serverNow } from '../api/server-clock.ts';
import type { Backfill, Job } from '../api/types.ts';
import { useApp, usePermission } from '../app-context.ts';
import { useAction } from '../hooks/use-action.ts';
import { useForm } from '../hooks/use-form.ts';
import { usePoll } from '../hooks/use-poll.ts';
import {
  BACKFILL_LABELS,
  type BackfillForm,
  describeProgress,
  emptyBackfill,
  isChanging,
  isOpen,
  toBackfillBody,
  validateBackfill,
} from '../view/backfills.ts';
import { AsyncContent } from './async-content.tsx';
import { Button } from './button.tsx';
import { DataTable } from './data-table.tsx';
import { ConfirmDialog, Dialog } from './dialog.tsx';
import { Field, NumberField, onText } from './field.tsx';
import { ErrorNotice } from './notice.tsx';
import { Panel } from './panel.tsx';
import { AbsoluteTime } from './time.tsx';

const LIST_MS = 15_000;
const CHANGING_MS = 2_000;

/** The backfills of a job: its runs for past ticks. Shows nothing for a job that has neither a schedule nor backfills. */
export function Backfills({ job }: { readonly job: Job }) {
  const { runner } = useApp();
  const mayOperate = usePermission('operate');
  const backfills = usePoll(
    `backfills ${job.id}`,
    (signal) => runner.listBackfills(job.id, signal),
    (data) => (data?.some(isChanging) ? CHANGING_MS : LIST_MS),
  );
  const [isStarting, setStarting] = useState(false);
  const [canceling, setCanceling] = useState<Backfill>();
  const control = useAction(async (action: 'pause' | 'resume' | 'cancel', id: string) => {
    await runner.controlBackfill(job.id, id, action);
    await backfills.refresh();
    setCanceling(undefined);
  });
  if (job.schedule === null && (backfills.data ?? []).length === 0) return null;
  return (
    <Panel
      title="Backfills"
      aside={
        mayOperate && job.schedule !== null ? (
          <Button icon="plus" disabled={!job.enabled} onClick={() => setStarting(true)}>
            Start backfill
          </Button>
        ) : null
      }
    >
      {control.error && <ErrorNotice>{control.error}</ErrorNotice>}
      <AsyncContent source={backfills} label="the backfills">
        {(list) =>
          list.length === 0 ? (
            <p class="pad muted">A backfill runs the job for the past times of its schedule.</p>
          ) : (
            <DataTable
              caption="Backfills, newest first"
              rows={list}
              rowKey={({ id }) => id}
              columns={[
                { name: 'State', cell: ({ state }) => <StatePill state={state} /> },
                { name: 'From', cell: ({ from }) => <AbsoluteTime time={from} /> },
                { name: 'To', cell: ({ to }) => <AbsoluteTime time={to} /> },
                { name: 'Progress', cell: describeProgress, class: 'number' },
                {
                  name: 'Started by',
                  cell: ({ created_by: actor, note }) => (
                    <>
                      <bdi>{actor ?? 'catch-up'}</bdi>
                      {note !== null && (
                        <span class="muted">
                          {' '}
                          <bdi>{note}</bdi>
                        </span>
                      )}
                    </>
                  ),
                },
              ]}
              actions={(backfill) =>
                mayOperate &&
                isOpen(backfill) && (
                  <>
                    <Button
                      tone="quiet"
                      icon={backfill.state === 'paused' ? 'play' : 'pause'}
                      label={backfill.state === 'paused' ? 'Resume the backfill' : 'Pause the backfill'}
                      busy={control.busy}
                      onClick={() => void control.run(backfill.state === 'paused' ? 'resume' : 'pause', backfill.id)}
                    />
                    <Button
                      tone="quiet"
                      icon="stop"
                      label="Cancel the backfill"
                      onClick={() => setCanceling(backfill)}
                    />
                  </>
                )
              }
            />
          )
        }
      </AsyncContent>
      {isStarting && <BackfillDialog jobId={job.id} onClose={() => setStarting(false)} onStarted={backfills.refresh} />}
      {canceling && (
        <ConfirmDialog
          title="Cancel the backfill?"
          confirmLabel="Cancel backfill"
          cancelLabel="Keep"
          busy={control.busy}
          onClose={() => setCanceling(undefined)}
          onConfirm={() => void control.run('cancel', canceling.id)}
        >
          <p>Starts no further runs, and cancels the active ones. This cannot be undone.</p>
        </ConfirmDialog>
      )}
    </Panel>
  );
}

function StatePill({ state }: Pick<Backfill, 'state'>) {
  const [name, color] = BACKFILL_LABELS[state];
  return (
    <span class={`pill status-${color}`}>
      <i class="dot" aria-hidden="true" />
      {name}
    </span>
  );
}

interface BackfillDialogProps {
  readonly jobId: string;
  readonly onClose: () => void;
  readonly onStarted: () => Promise<void>;
}

function BackfillDialog({ jobId, onClose, onStarted }: BackfillDialogProps) {
  const { runner } = useApp();
  const [initial] = useState(() => emptyBackfill(serverNow()));
  const [form, setForm] = useState(initial);
  const { fieldErrors, formError, busy, clearError, formProps } = useForm<keyof BackfillForm>({
    validate: () => validateBackfill(form),
    submit: async () => {
      await runner.createBackfill(jobId, toBackfillBody(form));
      await onStarted();
      onClose();
    },
    toFormField: (name) => {
      const root = name.split(/[.[]/)[0] ?? '';
      return Object.hasOwn(initial, root) ? (root as keyof BackfillForm) : undefined;
    },
  });
  const set = (name: keyof BackfillForm) => (value: string) => {
    setForm((before) => ({ ...before, [name]: value }));
    clearError(name);
  };
  const isChanged = Object.entries(form).some(([name, value]) => value !== initial[name as keyof BackfillForm]);
  const timeField = (name: 'from' | 'to', label: string, hint: string) => (
    <Field label={label} error={fieldErrors[name]} hint={hint}>
      {(control) => (
        <input
          {...control}
          class="code"
          autocomplete="off"
          spellcheck={false}
          value={form[name]}
          onInput={onText(set(name))}
        />
      )}
    </Field>
  );
  const textField = (name: 'payload' | 'tags' | 'note', label: string, hint: string, rows: number) => (
    <Field label={label} class="wide" error={fieldErrors[name]} hint={hint}>
      {(control) => <textarea {...control} class="code" rows={rows} value={form[name]} onInput={onText(set(name))} />}
    </Field>
  );
  return (
    <Dialog title="Start backfill" isChanged={isChanged && !busy} onClose={onClose}>
      <form {...formProps}>
        <div class="dialog-body">
          {formError && <ErrorNotice>{formError}</ErrorNotice>}
          <p class="muted">Starts one run for each time of the schedule in the range, at most 10,000.</p>
          {timeField('from', 'From', 'ISO 8601 with a time zone, inclusive.')}
          {timeField('to', 'To', 'Inclusive; not in the future.')}
          <Field label="Order" error={fieldErrors.order}>
            {(control) => (
              <select {...control} value={form.order} onChange={(event) => set('order')(event.currentTarget.value)}>
                <option value="asc">Oldest first</option>
                <option value="desc">Newest first</option>
              </select>
            )}
          </Field>
          <NumberField
            label="Concurrency"
            error={fieldErrors.concurrency}
            hint="1–20. Runs that are active at the same time."
            value={form.concurrency}
            onInput={set('concurrency')}
          />
          {textField('payload', 'Payload', 'JSON of at most 256 KB, for every run.', 3)}
          {textField('tags', 'Tags', 'One per line.', 1)}
          {textField('note', 'Note', 'At most 500 characters.', 1)}
        </div>
        <footer class="dialog-foot">
          <Button onClick={onClose}>Cancel</Button>
          <Button type="submit" tone="primary" icon="play" busy={busy}>
            Start backfill
          </Button>
        </footer>
      </form>
    </Dialog>
  );
}
