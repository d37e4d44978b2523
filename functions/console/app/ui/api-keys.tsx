import { useId, useState } from 'preact/hooks';
import { canGrantRole, ROLES } from '../../../core/domain/access.ts';
import type { ApiKey } from '../api/types.ts';
import { useApp } from '../app-context.ts';
import { useAction } from '../hooks/use-action.ts';
import { useForm } from '../hooks/use-form.ts';
import { usePoll } from '../hooks/use-poll.ts';
import { AsyncContent } from './async-content.tsx';
import { Button } from './button.tsx';
import { CopyButton } from './copy-button.tsx';
import { CreatedBy } from './created-by.tsx';
import { DataTable } from './data-table.tsx';
import { ConfirmDialog, Dialog } from './dialog.tsx';
import { EmptyState } from './empty-state.tsx';
import { Field, onText } from './field.tsx';
import { ErrorNotice } from './notice.tsx';
import { Panel } from './panel.tsx';
import { RelativeTime } from './time.tsx';

const LIST_MS = 30_000;

export function ApiKeys() {
  const { access } = useApp();
  const keys = usePoll('keys', (signal) => access.listKeys(signal), LIST_MS);
  const [isCreating, setCreating] = useState(false);
  const [revoking, setRevoking] = useState<ApiKey>();
  const revoke = useAction(async (id: string) => {
    await access.revokeKey(id);
    await keys.refresh();
    setRevoking(undefined);
  });
  return (
    <Panel
      title="API keys"
      aside={
        <Button icon="plus" onClick={() => setCreating(true)}>
          Create API key
        </Button>
      }
    >
      {revoke.error && <ErrorNotice>{revoke.error}</ErrorNotice>}
      <AsyncContent source={keys} label="the keys">
        {(list) =>
          list.length === 0 ? (
            <EmptyState icon="key" title="No API keys">
              <p>An API key lets a program call the API with its own roles.</p>
            </EmptyState>
          ) : (
            <DataTable
              caption="API keys, oldest first"
              rows={list}
              rowKey={({ id }) => id}
              columns={[
                {
                  name: 'Name',
                  cell: ({ name }) => (
                    <b>
                      <bdi>{name}</bdi>
                    </b>
                  ),
                },
                { name: 'Roles', cell: ({ roles }) => roles.join(', ') },
                { name: 'Created', cell: ({ createdAt, createdBy }) => <CreatedBy at={createdAt} actor={createdBy} /> },
                {
                  name: 'Last used',
                  cell: ({ lastUsedAt }) => (lastUsedAt ? <RelativeTime time={lastUsedAt} /> : 'never'),
                },
              ]}
              actions={(key) => (
                <Button tone="quiet" icon="trash" label={`Revoke ${key.name}`} onClick={() => setRevoking(key)} />
              )}
            />
          )
        }
      </AsyncContent>
      {isCreating && <CreateKeyDialog onClose={() => setCreating(false)} onMade={keys.refresh} />}
      {revoking && (
        <ConfirmDialog
          title={
            <>
              Revoke <bdi>{revoking.name}</bdi>?
            </>
          }
          confirmLabel="Revoke key"
          busy={revoke.busy}
          onClose={() => setRevoking(undefined)}
          onConfirm={() => void revoke.run(revoking.id)}
        >
          <p>Requests with this key are rejected within 30 seconds. This cannot be undone.</p>
        </ConfirmDialog>
      )}
    </Panel>
  );
}

const DEFAULT_ROLES: readonly string[] = ['OPERATOR'];

function CreateKeyDialog({ onClose, onMade }: { readonly onClose: () => void; readonly onMade: () => Promise<void> }) {
  const { access, user } = useApp();
  const offered = ROLES.filter((role) => canGrantRole(user.roles, role));
  const [name, setName] = useState('');
  const [roles, setRoles] = useState(DEFAULT_ROLES);
  const [key, setKey] = useState<string>();
  const { fieldErrors, formError, busy, clearError, formProps } = useForm<'name' | 'roles'>({
    validate: () => ({
      ...(name.trim() === '' && { name: 'This field is required.' }),
      ...(roles.length === 0 && { roles: 'Select at least one role.' }),
    }),
    submit: async () => {
      setKey((await access.createKey(name, roles)).key);
      await onMade();
    },
    toFormField: (field) => (field === 'name' ? 'name' : /^roles\b/.test(field) ? 'roles' : undefined),
  });
  const toggleRole = (role: string) => {
    setRoles(roles.includes(role) ? roles.filter((one) => one !== role) : [...roles, role]);
    clearError('roles');
  };
  const rolesProblem = useId();
  if (key !== undefined) {
    return (
      <Dialog key="made" title="API key created" onClose={onClose}>
        <div class="dialog-body">
          <p>Copy the key now. It is not shown again.</p>
          <code class="secret-text">{key}</code>
        </div>
        <footer class="dialog-foot">
          <CopyButton text={key} label="Copy key" />
          <Button tone="primary" onClick={onClose}>
            Done
          </Button>
        </footer>
      </Dialog>
    );
  }
  return (
    <Dialog title="Create API key" onClose={onClose} isChanged={name !== '' || roles !== DEFAULT_ROLES}>
      <form {...formProps}>
        <div class="dialog-body">
          {formError && <ErrorNotice>{formError}</ErrorNotice>}
          <Field label="Name" error={fieldErrors.name} hint="Identifies the key in the audit trail as key:name.">
            {(control) => (
              <input
                {...control}
                value={name}
                maxLength={64}
                onInput={onText((text) => {
                  setName(text);
                  clearError('name');
                })}
              />
            )}
          </Field>
          <fieldset class="checks">
            <legend>Roles</legend>
            {offered.map((role) => (
              <label key={role}>
                <input
                  type="checkbox"
                  checked={roles.includes(role)}
                  aria-invalid={fieldErrors.roles ? true : undefined}
                  aria-describedby={fieldErrors.roles ? rolesProblem : undefined}
                  onChange={() => toggleRole(role)}
                />
                {role}
              </label>
            ))}
            {fieldErrors.roles && (
              <p id={rolesProblem} class="field-error" role="alert">
                {fieldErrors.roles}
              </p>
            )}
          </fieldset>
        </div>
        <footer class="dialog-foot">
          <Button onClick={onClose}>Cancel</Button>
          <Button type="submit" tone="primary" busy={busy}>
            Create key
          </Button>
        </footer>
      </form>
    </Dialog>
  );
}
