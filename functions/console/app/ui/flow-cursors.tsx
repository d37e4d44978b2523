import { useState } from 'preact/hooks';
import type { Job } from '../api/types.ts';
import { useApp, usePermission } from '../app-context.ts';
import { useForm } from '../hooks/use-form.ts';
import { usePoll } from '../hooks/use-poll.ts';
import { Button } from './button.tsx';
import { DataTable } from './data-table.tsx';
import { Dialog } from './dialog.tsx';
import { Field, onText } from './field.tsx';
import { ErrorNotice } from './notice.tsx';
import { Panel } from './panel.tsx';

const CURSORS_MS = 10_000;

/** The cursors of a flow's sources that read only what has changed. Renders nothing for a job without such a source. */
export function FlowCursors({ job }: { readonly job: Job }) {
  return job.type === 'flow' ? <CursorsPanel flow={job.id} /> : null;
}

function CursorsPanel({ flow }: { readonly flow: string }) {
  const { pipelines } = useApp();
  const mayOperate = usePermission('operate');
  const cursors = usePoll(`cursors of ${flow}`, (signal) => pipelines.cursors(flow, signal), CURSORS_MS);
  const [editing, setEditing] = useState<string>();
  const rows = Object.entries(cursors.data ?? {});
  if (rows.length === 0) return null;
  return (
    <Panel title="Cursors">
      <DataTable
        caption="Cursors with which the next run begins"
        rows={rows}
        rowKey={([source]) => source}
        columns={[
          { name: 'Source', cell: ([source]) => <code>{source}</code> },
          { name: 'Cursor', cell: ([, cursor]) => (cursor === '' ? 'none yet' : <code>{cursor}</code>) },
        ]}
        {...(mayOperate && {
          actions: ([source]: readonly [string, string]) => (
            <Button tone="quiet" label={`Set the cursor of ${source}`} icon="edit" onClick={() => setEditing(source)} />
          ),
        })}
      />
      {editing !== undefined && (
        <CursorDialog
          flow={flow}
          source={editing}
          cursor={cursors.data?.[editing] ?? ''}
          onClose={() => setEditing(undefined)}
          onSaved={cursors.refresh}
        />
      )}
    </Panel>
  );
}

interface CursorDialogProps {
  readonly flow: string;
  readonly source: string;
  readonly cursor: string;
  readonly onClose: () => void;
  readonly onSaved: () => Promise<void>;
}

/** Sets the cursor of a source, or restores the start of the definition. */
function CursorDialog({ flow, source, cursor, onClose, onSaved }: CursorDialogProps) {
  const { pipelines } = useApp();
  const [initial] = useState(cursor);
  const [next, setNext] = useState(cursor);
  const { fieldErrors, formError, busy, clearError, formProps } = useForm<'cursor'>({
    validate: () => ({}),
    submit: async () => {
      await pipelines.setCursor(flow, source, next.trim() || null);
      await onSaved();
      onClose();
    },
    toFormField: (name) => (name === `cursors.${source}` ? 'cursor' : undefined),
  });
  return (
    <Dialog title={`Cursor of ${source}`} isChanged={next !== initial && !busy} onClose={onClose}>
      <form {...formProps}>
        <div class="dialog-body">
          {formError && <ErrorNotice>{formError}</ErrorNotice>}
          <p>The next run reads what has changed since. A run that has begun is not affected.</p>
          <Field
            label="Cursor"
            error={fieldErrors.cursor}
            hint="Of the kind of the start in the definition. Empty: the start, so that the next run reads everything, also the objects that were read before."
          >
            {(control) => (
              <input
                {...control}
                class="code"
                autocomplete="off"
                spellcheck={false}
                maxLength={256}
                value={next}
                onInput={onText((text) => {
                  setNext(text);
                  clearError('cursor');
                })}
              />
            )}
          </Field>
        </div>
        <footer class="dialog-foot">
          <Button onClick={onClose}>Cancel</Button>
          <Button type="submit" tone="primary" busy={busy}>
            Set cursor
          </Button>
        </footer>
      </form>
    </Dialog>
  );
}
