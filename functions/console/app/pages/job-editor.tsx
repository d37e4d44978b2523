import { useState } from 'preact/hooks';
import type { Versioned } from '../api/client.ts';
import { ApiError } from '../api/errors.ts';
import type { Job } from '../api/types.ts';
import { useApp, usePermission } from '../app-context.ts';
import { useForm } from '../hooks/use-form.ts';
import { usePoll } from '../hooks/use-poll.ts';
import { useUnsavedChanges } from '../hooks/use-unsaved-changes.ts';
import { useVersionedEdit } from '../hooks/use-versioned-edit.ts';
import { navigate } from '../router.ts';
import { AsyncContent } from '../ui/async-content.tsx';
import { Button, LinkButton } from '../ui/button.tsx';
import { EditConflictDialog } from '../ui/edit-conflict.tsx';
import { Field, NumberField, onText } from '../ui/field.tsx';
import { lazyComponent } from '../ui/lazy-component.tsx';
import { NoPermission } from '../ui/no-permission.tsx';
import { ErrorNotice } from '../ui/notice.tsx';
import { PageHeader } from '../ui/page-header.tsx';
import { Panel } from '../ui/panel.tsx';
import { ScheduleFields } from '../ui/schedule-fields.tsx';
import { TargetFields } from '../ui/target-fields.tsx';
import type { FieldErrors } from '../view/form-errors.ts';
import { browserTimeZone } from '../view/format.ts';
import {
  emptyForm,
  formFieldFor,
  formFromJob,
  isSameForm,
  type JobForm,
  suggestId,
  toJobBody,
  toJobPatch,
  validateForm,
} from '../view/job-form.ts';
import { PATHS } from '../view/routes.ts';

export function NewJobPage() {
  const { runner } = useApp();
  if (!usePermission('define')) return <EditorDenied title="New job" />;
  const create = async (form: JobForm) => {
    const { id } = await runner.createJob(toJobBody(form));
    navigate(PATHS.job(id), { replace: true });
  };
  return (
    <>
      <PageHeader
        title="New job"
        up={{ to: PATHS.jobs, name: 'Jobs' }}
        lead="What to run, and when."
        actions={<LinkButton to={PATHS.newFlow}>A flow instead</LinkButton>}
      />
      <Editor before={emptyForm(browserTimeZone())} isNew verb="Create the job" back={PATHS.jobs} onSave={create} />
    </>
  );
}

const NewFlow = lazyComponent('the editor', async () => (await import('../flow/chunk.ts')).NewFlow);
const EditedFlow = lazyComponent('the editor', async () => (await import('../flow/chunk.ts')).EditedFlow);

export function NewFlowPage() {
  if (!usePermission('define')) return <EditorDenied title="New flow" />;
  return (
    <>
      <PageHeader
        title="New flow"
        up={{ to: PATHS.jobs, name: 'Jobs' }}
        lead="Where records come from, what becomes of them, and where they go."
      />
      <NewFlow />
    </>
  );
}

export function EditJobPage({ id }: { readonly id: string }) {
  const { runner } = useApp();
  const job = usePoll(`edit ${id}`, (signal) => runner.getVersionedJob(id, signal), undefined);
  if (!usePermission('define')) return <EditorDenied title="Edit" />;
  return (
    <AsyncContent of={job} what="the job" whole>
      {(loaded) => (
        <>
          <PageHeader title={`Edit ${loaded.value.name}`} up={{ to: PATHS.job(id), name: loaded.value.name }} />
          {loaded.value.type === 'flow' ? <EditFlow id={id} /> : <EditJob opened={loaded} />}
        </>
      )}
    </AsyncContent>
  );
}

/** @param props.opened the version to edit; later values are ignored, so that a poll does not change the form */
function EditJob({ opened }: { readonly opened: Versioned<Job> }) {
  const { runner } = useApp();
  const { id } = opened.value;
  const { base, save, conflict } = useVersionedEdit<Job, JobForm>(opened, {
    load: () => runner.getVersionedJob(id),
    send: async ({ value, etag }, form) => {
      const changes = toJobPatch(formFromJob(value), form);
      if (Object.keys(changes).length > 0) await runner.updateJob(id, changes, etag);
    },
    done: () => navigate(PATHS.job(id), { replace: true }),
    fieldsOf: (job) => toJobBody(formFromJob(job)),
    fieldsOfDraft: toJobBody,
  });
  return (
    <>
      <Editor key={base.etag} before={formFromJob(base.value)} verb="Save" back={PATHS.job(id)} onSave={save} />
      {conflict && <EditConflictDialog conflict={conflict} />}
    </>
  );
}

function EditFlow({ id }: { readonly id: string }) {
  const { pipelines } = useApp();
  const flow = usePoll(`edit flow ${id}`, (signal) => pipelines.versionedDefinition(id, signal), undefined);
  return (
    <AsyncContent of={flow} what="the flow">
      {(opened) => <EditedFlow opened={opened} />}
    </AsyncContent>
  );
}

const EditorDenied = ({ title }: { readonly title: string }) => (
  <>
    <PageHeader title={title} up={{ to: PATHS.jobs, name: 'Jobs' }} />
    <NoPermission action="define" what="Defining jobs" />
  </>
);

const NOTIFICATION_HINT = (
  <>
    <code>slack:#channel</code>, an https URL, or <code>none</code>; empty: as the organization has it.
  </>
);

interface EditorProps {
  readonly before: JobForm;
  readonly isNew?: boolean;
  readonly verb: string;
  readonly back: string;
  readonly onSave: (form: JobForm) => Promise<void>;
}

/** Properties of each group of fields in the editor. */
export interface FieldsProps {
  readonly form: JobForm;
  readonly problems: FieldErrors<keyof JobForm>;
  readonly set: <Name extends keyof JobForm>(name: Name) => (value: JobForm[Name]) => void;
}

const CONFLICT = 409;

function Editor({ before, isNew = false, verb, back, onSave }: EditorProps) {
  const [form, setForm] = useState(before);
  const [initial] = useState(before);
  useUnsavedChanges(!isSameForm(initial, form));
  const { problems, problem, busy, edited, bind } = useForm<keyof JobForm>({
    check: () => validateForm(form, Date.now()),
    send: () => onSave(form),
    fieldOf: (name, error) =>
      isNew && error instanceof ApiError && error.status === CONFLICT ? 'id' : formFieldFor(name),
  });
  const set: FieldsProps['set'] = (name) => (value) => {
    setForm((old) => {
      const next = { ...old, [name]: value };
      // The id follows the name until the user edits the id.
      return isNew && name === 'name' && old.id === suggestId(old.name) ? { ...next, id: suggestId(next.name) } : next;
    });
    edited(name);
    if (isNew && name === 'name') edited('id');
  };
  const fields = { form, problems, set };
  return (
    <form class="editor" {...bind}>
      <Panel title="Job">
        <div class="fields">
          <Field label="Name" problem={problems.name}>
            {(control) => <input {...control} value={form.name} maxLength={200} onInput={onText(set('name'))} />}
          </Field>
          <Field
            label="Id"
            problem={problems.id}
            hint={isNew ? 'In URLs, and for good: letters, digits, _ - and .' : 'Cannot be changed.'}
          >
            {(control) => (
              <input
                {...control}
                class="code"
                value={form.id}
                maxLength={64}
                readOnly={!isNew}
                onInput={onText(set('id'))}
              />
            )}
          </Field>
          <Field label="Description" class="wide" problem={problems.description}>
            {(control) => (
              <textarea {...control} rows={2} value={form.description} onInput={onText(set('description'))} />
            )}
          </Field>
        </div>
      </Panel>
      <Panel title="When">
        <ScheduleFields {...fields} />
      </Panel>
      <Panel title="What">
        <TargetFields {...fields} />
      </Panel>
      <Panel title="How">
        <PolicyFields {...fields} />
      </Panel>
      {problem && <ErrorNotice>{problem}</ErrorNotice>}
      <footer class="form-foot">
        <LinkButton to={back}>Discard</LinkButton>
        <Button type="submit" tone="primary" busy={busy}>
          {verb}
        </Button>
      </footer>
    </form>
  );
}

function PolicyFields({ form, problems, set }: FieldsProps) {
  return (
    <div class="fields">
      <Field
        label="While another run is alive"
        problem={problems.overlapPolicy}
        hint="Of the job itself; others do not matter."
      >
        {(control) => (
          <select
            {...control}
            value={form.overlapPolicy}
            onChange={(event) => set('overlapPolicy')(event.currentTarget.value)}
          >
            <option value="skip">skip the new one</option>
            <option value="queue">queue: one waits for it</option>
            <option value="allow">allow both</option>
            <option value="replace">replace: cancel the older</option>
          </select>
        )}
      </Field>
      <NumberField
        label="Timeout, in seconds"
        problem={problems.timeoutSeconds}
        hint="1–840, of one attempt."
        decimal
        value={form.timeoutSeconds}
        onInput={set('timeoutSeconds')}
      />
      <NumberField
        label="Late to start after, in seconds"
        problem={problems.startGraceSeconds}
        hint="From its tick or its making; 0: nobody minds."
        value={form.startGraceSeconds}
        onInput={set('startGraceSeconds')}
      />
      <NumberField
        label="Late to finish after, in seconds"
        problem={problems.finishGraceSeconds}
        hint="From its first start; 0: nobody minds."
        value={form.finishGraceSeconds}
        onInput={set('finishGraceSeconds')}
      />
      <NumberField
        label="Attempts"
        problem={problems.attempts}
        hint="1–20; the first one counts too."
        value={form.attempts}
        onInput={set('attempts')}
      />
      <NumberField
        label="First retry after, in seconds"
        problem={problems.retryDelaySeconds}
        hint="Half of it is random."
        value={form.retryDelaySeconds}
        onInput={set('retryDelaySeconds')}
      />
      <Field label="Further retries" problem={problems.backoff}>
        {(control) => (
          <select {...control} value={form.backoff} onChange={(event) => set('backoff')(event.currentTarget.value)}>
            <option value="exponential">after twice as long, each</option>
            <option value="fixed">after the same time</option>
          </select>
        )}
      </Field>
      <Field label="Integration" problem={problems.integrationId} hint="Its id, if the job belongs to one.">
        {(control) => (
          <input {...control} class="code" value={form.integrationId} onInput={onText(set('integrationId'))} />
        )}
      </Field>
      <Field label="Tags" problem={problems.tags} hint="Separated by commas.">
        {(control) => <input {...control} value={form.tags} onInput={onText(set('tags'))} />}
      </Field>
      <Field label="Who is told of a failure" problem={problems.onFailure} hint={NOTIFICATION_HINT}>
        {(control) => <input {...control} class="code" value={form.onFailure} onInput={onText(set('onFailure'))} />}
      </Field>
      <Field label="Who is told of a success" problem={problems.onSuccess} hint={NOTIFICATION_HINT}>
        {(control) => <input {...control} class="code" value={form.onSuccess} onInput={onText(set('onSuccess'))} />}
      </Field>
      <Field label="Who is told of a late run" problem={problems.onLate} hint={NOTIFICATION_HINT}>
        {(control) => <input {...control} class="code" value={form.onLate} onInput={onText(set('onLate'))} />}
      </Field>
    </div>
  );
}
