import { useState } from 'preact/hooks';
import { isSecretName, SECRET_NAME_RULE } from '../../../core/domain/secret.ts';
import { useApp } from '../app-context.ts';
import { useAction } from '../hooks/use-action.ts';
import { useForm } from '../hooks/use-form.ts';
import { usePoll } from '../hooks/use-poll.ts';
import { AsyncContent } from './async-content.tsx';
import { Button } from './button.tsx';
import { DataTable } from './data-table.tsx';
import { ConfirmDialog, Dialog } from './dialog.tsx';
import { EmptyState } from './empty-state.tsx';
import { Field, onText } from './field.tsx';
import { ErrorNotice } from './notice.tsx';
import { Panel } from './panel.tsx';
import { AbsoluteTime } from './time.tsx';

const LIST_MS = 30_000;

export function Secrets() {
  const { access } = useApp();
  const secrets = usePoll('secrets', (signal) => access.listSecrets(signal), LIST_MS);
  /** Name of the secret to set; empty for a new one. */
  const [editing, setEditing] = useState<string>();
  const [deleting, setDeleting] = useState<string>();
  const remove = useAction(async (name: string) => {
    await access.deleteSecret(name);
    await secrets.refresh();
    setDeleting(undefined);
  });
  return (
    <Panel
      title="Secrets"
      aside={
        <Button icon="plus" onClick={() => setEditing('')}>
          Create secret
        </Button>
      }
    >
      {remove.error && <ErrorNotice>{remove.error}</ErrorNotice>}
      <AsyncContent source={secrets} label="the secrets">
        {(list) =>
          list.length === 0 ? (
            <EmptyState icon="lock" title="No secrets">
              <p>
                Jobs use secrets in their environment and headers, as <code>{'{{secret:name}}'}</code>. Values cannot be
                read.
              </p>
            </EmptyState>
          ) : (
            <DataTable
              caption="Secrets by name"
              rows={list}
              rowKey={({ name }) => name}
              columns={[
                { name: 'Name', cell: ({ name }) => <code>{name}</code> },
                { name: 'Last changed', cell: ({ updatedAt }) => <AbsoluteTime time={updatedAt} /> },
              ]}
              actions={({ name }) => (
                <>
                  <Button tone="quiet" icon="edit" label={`Change ${name}`} onClick={() => setEditing(name)} />
                  <Button tone="quiet" icon="trash" label={`Delete ${name}`} onClick={() => setDeleting(name)} />
                </>
              )}
            />
          )
        }
      </AsyncContent>
      {editing !== undefined && (
        <SecretDialog name={editing} onClose={() => setEditing(undefined)} onSaved={secrets.refresh} />
      )}
      {deleting !== undefined && (
        <ConfirmDialog
          title={`Delete ${deleting}?`}
          confirmLabel="Delete secret"
          busy={remove.busy}
          onClose={() => setDeleting(undefined)}
          onConfirm={() => void remove.run(deleting)}
        >
          <p>Jobs that use the secret fail after at most one minute.</p>
        </ConfirmDialog>
      )}
    </Panel>
  );
}

interface SecretDialogProps {
  readonly name: string;
  readonly onClose: () => void;
  readonly onSaved: () => Promise<void>;
}

function SecretDialog({ name: initialName, onClose, onSaved }: SecretDialogProps) {
  const { access } = useApp();
  const [name, setName] = useState(initialName);
  const [value, setValue] = useState('');
  const { fieldErrors, formError, busy, clearError, formProps } = useForm<'name' | 'value'>({
    validate: () => ({
      ...(!isSecretName(name) && { name: name ? `Must be ${SECRET_NAME_RULE}.` : 'This field is required.' }),
      ...(value === '' && { value: 'This field is required.' }),
    }),
    submit: async () => {
      await access.putSecret(name, value);
      await onSaved();
      onClose();
    },
    toFormField: (field) => (field === 'name' || field === 'value' ? field : undefined),
  });
  const set = (field: 'name' | 'value', change: (text: string) => void) =>
    onText((text) => {
      change(text);
      clearError(field);
    });
  return (
    <Dialog
      title={initialName ? `Change ${initialName}` : 'Create secret'}
      onClose={onClose}
      isChanged={name !== initialName || value !== ''}
    >
      <form {...formProps}>
        <div class="dialog-body">
          {formError && <ErrorNotice>{formError}</ErrorNotice>}
          <Field label="Name" error={fieldErrors.name} hint="1–64 characters: A–Z a–z 0–9 _ . -">
            {(control) => (
              <input
                {...control}
                class="code"
                value={name}
                readOnly={initialName !== ''}
                maxLength={64}
                autocomplete="off"
                onInput={set('name', setName)}
              />
            )}
          </Field>
          <Field
            label="Value"
            error={fieldErrors.value}
            hint="Takes effect within one minute. The value is not shown again."
          >
            {(control) => (
              <textarea
                {...control}
                class="code"
                rows={3}
                value={value}
                autocomplete="off"
                spellcheck={false}
                onInput={set('value', setValue)}
              />
            )}
          </Field>
        </div>
        <footer class="dialog-foot">
          <Button onClick={onClose}>Cancel</Button>
          <Button type="submit" tone="primary" busy={busy}>
            Save secret
          </Button>
        </footer>
      </form>
    </Dialog>
  );
}
