import { useState } from 'preact/hooks';
import type { Hook } from '../api/types.ts';
import { useApp } from '../app-context.ts';
import { useAction } from '../hooks/use-action.ts';
import { useForm } from '../hooks/use-form.ts';
import { usePoll } from '../hooks/use-poll.ts';
import { nameHooks } from '../view/hooks.ts';
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

const LIST_MS = 30_000;

const SCHEMES: Readonly<Record<Hook['scheme'], string>> = {
  none: 'None',
  standard: 'Standard Webhooks',
  github: 'GitHub',
  stripe: 'Stripe',
  slack: 'Slack',
};

/** The hooks of the organization: URLs whose requests start runs. */
export function Hooks() {
  const { access } = useApp();
  const hooks = usePoll('hooks', (signal) => access.listHooks(signal), LIST_MS);
  const [isCreating, setCreating] = useState(false);
  const [removing, setRemoving] = useState<Hook>();
  const [rotating, setRotating] = useState<Hook>();
  const [url, setUrl] = useState<string>();
  const remove = useAction(async (id: string) => {
    await access.deleteHook(id);
    await hooks.refresh();
    setRemoving(undefined);
  });
  const rotate = useAction(async (id: string) => {
    setUrl((await access.rotateHook(id)).url);
    setRotating(undefined);
    await hooks.refresh();
  });
  const toggle = useAction(async ({ id, enabled }: Hook) => {
    await access.setHookEnabled(id, !enabled);
    await hooks.refresh();
  });
  const names = nameHooks(hooks.data ?? []);
  const nameOf = ({ id, job }: Hook): string => names.get(id) ?? `the hook of ${job}`;
  const error = remove.error ?? rotate.error ?? toggle.error;
  return (
    <Panel
      title="Hooks"
      aside={
        <Button icon="plus" onClick={() => setCreating(true)}>
          Create hook
        </Button>
      }
    >
      {error && <ErrorNotice>{error}</ErrorNotice>}
      <AsyncContent source={hooks} label="the hooks">
        {(list) =>
          list.length === 0 ? (
            <EmptyState icon="key" title="No hooks">
              <p>A hook is a URL whose requests start runs of a job, with their body as payload.</p>
            </EmptyState>
          ) : (
            <DataTable
              caption="Hooks, oldest first"
              rows={list}
              rowKey={({ id }) => id}
              columns={[
                {
                  name: 'Name',
                  cell: ({ name, managed_by: project }) => (
                    <>
                      {name === null ? '–' : <code>{name}</code>}
                      {project !== null && (
                        <span class="muted">
                          {' '}
                          of the project <bdi>{project}</bdi>
                        </span>
                      )}
                    </>
                  ),
                },
                {
                  name: 'Job',
                  cell: ({ job, enabled }) => (
                    <>
                      <b>
                        <bdi>{job}</bdi>
                      </b>
                      {!enabled && <span class="muted"> (disabled)</span>}
                    </>
                  ),
                },
                { name: 'Signature', cell: ({ scheme }) => SCHEMES[scheme] },
                { name: 'Description', cell: ({ description }) => <bdi>{description ?? '–'}</bdi> },
                {
                  name: 'Created',
                  cell: ({ created_at: at, created_by: actor }) => <CreatedBy at={at} actor={actor} />,
                },
              ]}
              actions={(hook) => (
                <>
                  <Button
                    tone="quiet"
                    icon={hook.enabled ? 'stop' : 'check'}
                    label={`${hook.enabled ? 'Disable' : 'Enable'} ${nameOf(hook)}`}
                    busy={toggle.busy}
                    onClick={() => void toggle.run(hook)}
                  />
                  <Button
                    tone="quiet"
                    icon="again"
                    label={`New URL of ${nameOf(hook)}`}
                    onClick={() => setRotating(hook)}
                  />
                  <Button
                    tone="quiet"
                    icon="trash"
                    label={`Delete ${nameOf(hook)}`}
                    onClick={() => setRemoving(hook)}
                  />
                </>
              )}
            />
          )
        }
      </AsyncContent>
      {isCreating && (
        <CreateHookDialog
          onClose={() => setCreating(false)}
          onMade={async (made) => {
            setCreating(false);
            setUrl(made);
            await hooks.refresh();
          }}
        />
      )}
      {url !== undefined && <UrlDialog url={url} onClose={() => setUrl(undefined)} />}
      {rotating && (
        <ConfirmDialog
          title={
            <>
              New URL for the hook of <bdi>{rotating.job}</bdi>?
            </>
          }
          confirmLabel="Create URL"
          busy={rotate.busy}
          onClose={() => setRotating(undefined)}
          onConfirm={() => void rotate.run(rotating.id)}
        >
          <p>The current URL stays valid for a day.</p>
        </ConfirmDialog>
      )}
      {removing && (
        <ConfirmDialog
          title={
            <>
              Delete the hook of <bdi>{removing.job}</bdi>?
            </>
          }
          confirmLabel="Delete hook"
          busy={remove.busy}
          onClose={() => setRemoving(undefined)}
          onConfirm={() => void remove.run(removing.id)}
        >
          <p>Requests to its URL are rejected from then on. This cannot be undone.</p>
        </ConfirmDialog>
      )}
    </Panel>
  );
}

function UrlDialog({ url, onClose }: { readonly url: string; readonly onClose: () => void }) {
  return (
    <Dialog title="URL of the hook" onClose={onClose}>
      <div class="dialog-body">
        <p>Copy the URL now. It is not shown again, and it is a secret.</p>
        <code class="secret-text">{url}</code>
      </div>
      <footer class="dialog-foot">
        <CopyButton text={url} label="Copy URL" />
        <Button tone="primary" onClick={onClose}>
          Done
        </Button>
      </footer>
    </Dialog>
  );
}

const HOOK_FIELDS = ['job', 'secret', 'name', 'description'] as const;
type HookField = (typeof HOOK_FIELDS)[number];
const isHookField = (field: string): field is HookField => (HOOK_FIELDS as readonly string[]).includes(field);

function CreateHookDialog({
  onClose,
  onMade,
}: {
  readonly onClose: () => void;
  readonly onMade: (url: string) => Promise<void>;
}) {
  const { access, runner } = useApp();
  const jobs = usePoll('jobs to choose', (signal) => runner.listJobs(signal), undefined);
  const [job, setJob] = useState('');
  const [scheme, setScheme] = useState<Hook['scheme']>('none');
  const [secret, setSecret] = useState('');
  const [name, setName] = useState('');
  const [description, setDescription] = useState('');
  const isSigned = scheme !== 'none';
  const { fieldErrors, formError, busy, clearError, formProps } = useForm<HookField>({
    validate: () => ({
      ...(job.trim() === '' && { job: 'This field is required.' }),
      ...(isSigned && secret === '' && { secret: 'This field is required.' }),
    }),
    submit: async () => {
      const made = await access.createHook({
        job: job.trim(),
        scheme,
        ...(isSigned && { secret }),
        ...(name.trim() !== '' && { name: name.trim() }),
        ...(description.trim() !== '' && { description }),
      });
      await onMade(made.url);
    },
    toFormField: (field) => (isHookField(field) ? field : undefined),
  });
  return (
    <Dialog title="Create hook" onClose={onClose} isChanged={job !== '' || secret !== ''}>
      <form {...formProps}>
        <div class="dialog-body">
          {formError && <ErrorNotice>{formError}</ErrorNotice>}
          <Field label="Job" error={fieldErrors.job} hint="The id of the job whose runs the hook starts.">
            {(control) => (
              <>
                <input
                  {...control}
                  class="code"
                  list="hook-jobs"
                  autocomplete="off"
                  value={job}
                  onInput={onText((text) => {
                    setJob(text);
                    clearError('job');
                  })}
                />
                <datalist id="hook-jobs">
                  {jobs.data?.map(({ id }) => (
                    <option key={id} value={id} />
                  ))}
                </datalist>
              </>
            )}
          </Field>
          <Field label="Signature" hint="The scheme by which the sender signs its requests.">
            {(control) => (
              <select
                {...control}
                value={scheme}
                onChange={(event) => setScheme(event.currentTarget.value as Hook['scheme'])}
              >
                {Object.entries(SCHEMES).map(([name, label]) => (
                  <option key={name} value={name}>
                    {label}
                  </option>
                ))}
              </select>
            )}
          </Field>
          {isSigned && (
            <Field label="Secret" error={fieldErrors.secret} hint="The secret that the sender shows or expects.">
              {(control) => (
                <input
                  {...control}
                  type="password"
                  autocomplete="off"
                  value={secret}
                  onInput={onText((text) => {
                    setSecret(text);
                    clearError('secret');
                  })}
                />
              )}
            </Field>
          )}
          <Field
            label="Name"
            error={fieldErrors.name}
            hint="Optional. Code of a project refers to the hook by its name, which cannot be changed."
          >
            {(control) => (
              <input
                {...control}
                class="code"
                autocomplete="off"
                value={name}
                maxLength={64}
                onInput={onText((text) => {
                  setName(text);
                  clearError('name');
                })}
              />
            )}
          </Field>
          <Field label="Description" error={fieldErrors.description} hint="Optional.">
            {(control) => (
              <input
                {...control}
                value={description}
                maxLength={500}
                onInput={onText((text) => {
                  setDescription(text);
                  clearError('description');
                })}
              />
            )}
          </Field>
        </div>
        <footer class="dialog-foot">
          <Button onClick={onClose}>Cancel</Button>
          <Button type="submit" tone="primary" busy={busy}>
            Create hook
          </Button>
        </footer>
      </form>
    </Dialog>
  );
}
