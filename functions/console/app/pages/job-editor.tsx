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
import type { FieldsProps } from '../ui/job-fields.ts';
import { lazyComponent } from '../ui/lazy-component.tsx';
import { NoPermission } from '../ui/no-permission.tsx';
import { ErrorNotice } from '../ui/notice.tsx';
import { PageHeader } from '../ui/page-header.tsx';
import { Panel } from '../ui/panel.tsx';
import { PrioritySelect } from '../ui/priority-select.tsx';
import { ScheduleFields } from '../ui/schedule-fields.tsx';
import { TargetFields } from '../ui/target-fields.tsx';
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
        parent={{ to: PATHS.jobs, name: 'Jobs' }}
        lead="A script or an HTTP request, with a schedule."
        actions={<LinkButton to={PATHS.newFlow}>Create a flow</LinkButton>}
      />
      <Editor
        initialForm={emptyForm(browserTimeZone())}
        isNew
        submitLabel="Create job"
        cancelPath={PATHS.jobs}
        onSave={create}
      />
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
        parent={{ to: PATHS.jobs, name: 'Jobs' }}
        lead="Sources, transforms and sinks of records."
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
    <AsyncContent source={job} label="the job" standalone>
      {(loaded) => (
        <>
          <PageHeader title={`Edit ${loaded.value.name}`} parent={{ to: PATHS.job(id), name: loaded.value.name }} />
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
    save: async ({ value, etag }, form) => {
      const changes = toJobPatch(formFromJob(value), form);
      if (Object.keys(changes).length > 0) await runner.updateJob(id, changes, etag);
    },
    onSaved: () => navigate(PATHS.job(id), { replace: true }),
    toFields: (job) => toJobBody(formFromJob(job)),
    draftToFields: toJobBody,
  });
  return (
    <>
      <Editor
        key={base.etag}
        initialForm={formFromJob(base.value)}
        submitLabel="Save"
        cancelPath={PATHS.job(id)}
        onSave={save}
      />
      {conflict && <EditConflictDialog conflict={conflict} />}
    </>
  );
}

function EditFlow({ id }: { readonly id: string }) {
  const { pipelines } = useApp();
  const flow = usePoll(`edit flow ${id}`, (signal) => pipelines.versionedDefinition(id, signal), undefined);
  return (
    <AsyncContent source={flow} label="the flow">
      {(opened) => <EditedFlow opened={opened} />}
    </AsyncContent>
  );
}

const EditorDenied = ({ title }: { readonly title: string }) => (
  <>
    <PageHeader title={title} parent={{ to: PATHS.jobs, name: 'Jobs' }} />
    <NoPermission action="define" activity="Defining jobs" />
  </>
);

const NOTIFICATION_HINT = (
  <>
    <code>slack:#channel</code>, <code>pagerduty</code>, <code>teams</code>, an HTTPS URL, or <code>none</code>. Empty:
    the default of the organization.
  </>
);

interface EditorProps {
  readonly initialForm: JobForm;
  readonly isNew?: boolean;
  readonly submitLabel: string;
  readonly cancelPath: string;
  readonly onSave: (form: JobForm) => Promise<void>;
}

const CONFLICT = 409;

function Editor({ initialForm, isNew = false, submitLabel, cancelPath, onSave }: EditorProps) {
  const [form, setForm] = useState(initialForm);
  const [initial] = useState(initialForm);
  useUnsavedChanges(!isSameForm(initial, form));
  const { fieldErrors, formError, busy, clearError, formProps } = useForm<keyof JobForm>({
    validate: () => validateForm(form, Date.now()),
    submit: () => onSave(form),
    toFormField: (name, error) =>
      isNew && error instanceof ApiError && error.status === CONFLICT ? 'id' : formFieldFor(name),
  });
  const set: FieldsProps['set'] = (name) => (value) => {
    setForm((old) => {
      const next = { ...old, [name]: value };
      // The id follows the name until the user edits the id.
      return isNew && name === 'name' && old.id === suggestId(old.name) ? { ...next, id: suggestId(next.name) } : next;
    });
    clearError(name);
    if (isNew && name === 'name') clearError('id');
  };
  const fields = { form, fieldErrors, set };
  return (
    <form class="editor" {...formProps}>
      <Panel title="General">
        <div class="fields">
          <Field label="Name" error={fieldErrors.name}>
            {(control) => <input {...control} value={form.name} maxLength={200} onInput={onText(set('name'))} />}
          </Field>
          <Field
            label="ID"
            error={fieldErrors.id}
            hint={isNew ? 'Used in URLs; cannot be changed later. Letters, digits, _ - and .' : 'Cannot be changed.'}
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
          <Field label="Description" class="wide" error={fieldErrors.description}>
            {(control) => (
              <textarea {...control} rows={2} value={form.description} onInput={onText(set('description'))} />
            )}
          </Field>
        </div>
      </Panel>
      <Panel title="Timing">
        <ScheduleFields {...fields} />
      </Panel>
      <Panel title="Target">
        <TargetFields {...fields} />
      </Panel>
      <Panel title="Execution and notifications">
        <PolicyFields {...fields} />
      </Panel>
      {formError && <ErrorNotice>{formError}</ErrorNotice>}
      <footer class="form-foot">
        <LinkButton to={cancelPath}>Cancel</LinkButton>
        <Button type="submit" tone="primary" busy={busy}>
          {submitLabel}
        </Button>
      </footer>
    </form>
  );
}

function PolicyFields({ form, fieldErrors, set }: FieldsProps) {
  return (
    <div class="fields">
      <Field
        label="Overlap policy"
        error={fieldErrors.overlapPolicy}
        hint="Applies while another run of this job is active."
      >
        {(control) => (
          <select
            {...control}
            value={form.overlapPolicy}
            onChange={(event) => set('overlapPolicy')(event.currentTarget.value)}
          >
            <option value="skip">Skip the new run</option>
            <option value="queue">Queue the new run</option>
            <option value="allow">Allow parallel runs</option>
            <option value="replace">Cancel the active run</option>
          </select>
        )}
      </Field>
      <NumberField
        label="Timeout (seconds)"
        error={fieldErrors.timeoutSeconds}
        hint="1–840, per attempt."
        decimal
        value={form.timeoutSeconds}
        onInput={set('timeoutSeconds')}
      />
      <NumberField
        label="Start grace period (seconds)"
        error={fieldErrors.startGraceSeconds}
        hint="From the scheduled time or the creation until a run is late. 0 disables the check."
        value={form.startGraceSeconds}
        onInput={set('startGraceSeconds')}
      />
      <NumberField
        label="Finish grace period (seconds)"
        error={fieldErrors.finishGraceSeconds}
        hint="From the first start until a run is late. 0 disables the check."
        value={form.finishGraceSeconds}
        onInput={set('finishGraceSeconds')}
      />
      <NumberField
        label="Attempts"
        error={fieldErrors.attempts}
        hint="1–20, including the first one."
        value={form.attempts}
        onInput={set('attempts')}
      />
      <NumberField
        label="Retry delay (seconds)"
        error={fieldErrors.retryDelaySeconds}
        hint="Half of the delay is random."
        value={form.retryDelaySeconds}
        onInput={set('retryDelaySeconds')}
      />
      <Field label="Backoff" error={fieldErrors.backoff}>
        {(control) => (
          <select {...control} value={form.backoff} onChange={(event) => set('backoff')(event.currentTarget.value)}>
            <option value="exponential">Exponential</option>
            <option value="fixed">Fixed</option>
          </select>
        )}
      </Field>
      <Field label="Priority" error={fieldErrors.priority} hint="Among the runs that wait for a slot.">
        {(control) => <PrioritySelect control={control} value={form.priority} onChange={set('priority')} />}
      </Field>
      <NumberField
        label="Expires in (seconds)"
        error={fieldErrors.expiresInSeconds}
        hint="Cancels a run that has not started by then. Empty for no limit."
        value={form.expiresInSeconds}
        onInput={set('expiresInSeconds')}
      />
      <Field
        label="Integration"
        error={fieldErrors.integrationId}
        hint="ID of the integration that the job belongs to."
      >
        {(control) => (
          <input {...control} class="code" value={form.integrationId} onInput={onText(set('integrationId'))} />
        )}
      </Field>
      <Field label="Tags" error={fieldErrors.tags} hint="Separated by commas.">
        {(control) => <input {...control} value={form.tags} onInput={onText(set('tags'))} />}
      </Field>
      <Field
        label="Searchable payload fields"
        error={fieldErrors.searchable}
        hint="Separated by commas, such as customer.id: runs are found by their values."
      >
        {(control) => <input {...control} class="code" value={form.searchable} onInput={onText(set('searchable'))} />}
      </Field>
      <Field label="Notify on failure" error={fieldErrors.onFailure} hint={NOTIFICATION_HINT}>
        {(control) => <input {...control} class="code" value={form.onFailure} onInput={onText(set('onFailure'))} />}
      </Field>
      <Field label="Notify on success" error={fieldErrors.onSuccess} hint={NOTIFICATION_HINT}>
        {(control) => <input {...control} class="code" value={form.onSuccess} onInput={onText(set('onSuccess'))} />}
      </Field>
      <Field label="Notify when late" error={fieldErrors.onLate} hint={NOTIFICATION_HINT}>
        {(control) => <input {...control} class="code" value={form.onLate} onInput={onText(set('onLate'))} />}
      </Field>
    </div>
  );
}
