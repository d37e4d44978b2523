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
import { AfterFields } from '../ui/after-fields.tsx';
import { AsyncContent } from '../ui/async-content.tsx';
import { Button, LinkButton } from '../ui/button.tsx';
import { EditConflictDialog } from '../ui/edit-conflict.tsx';
import { type FieldsProps, JobFields } from '../ui/job-fields.tsx';
import { lazyComponent } from '../ui/lazy-component.tsx';
import { NoPermission } from '../ui/no-permission.tsx';
import { ErrorNotice } from '../ui/notice.tsx';
import { PageHeader } from '../ui/page-header.tsx';
import { Panel } from '../ui/panel.tsx';
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
import { EXECUTION_FIELDS, generalFields, NOTIFICATION_FIELDS } from '../view/job-form-fields.ts';
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
  const { fieldErrors, formError, busy, clearError, formProps } = useForm<string>({
    validate: () => validateForm(form, Date.now()),
    submit: () => onSave(form),
    toFormField: (name, error) =>
      isNew && error instanceof ApiError && error.status === CONFLICT ? 'id' : formFieldFor(name),
  });
  const set: FieldsProps['set'] = (path) => (text) => {
    setForm((old) => {
      const next = { ...old, [path]: text };
      // The id follows the name until the user edits the id.
      return isNew && path === 'name' && old.id === suggestId(old.name) ? { ...next, id: suggestId(next.name) } : next;
    });
    clearError(path);
    if (isNew && path === 'name') clearError('id');
  };
  const changeRows: FieldsProps['changeRows'] = (change) => {
    setForm(change);
    // The errors name rows by number, which a removal changes.
    for (const path of Object.keys(fieldErrors)) if (path.includes('[')) clearError(path);
  };
  const fields = { form, fieldErrors, set, changeRows };
  return (
    <form class="editor" {...formProps}>
      <Panel title="General">
        <div class="fields">
          <JobFields of={generalFields(isNew)} {...fields} />
        </div>
      </Panel>
      <Panel title="Timing">
        <ScheduleFields {...fields} />
      </Panel>
      <Panel title="Upstream jobs">
        <AfterFields {...fields} />
      </Panel>
      <Panel title="Target">
        <TargetFields {...fields} />
      </Panel>
      <Panel title="Execution and notifications">
        <div class="fields">
          <JobFields of={EXECUTION_FIELDS} {...fields} />
          <JobFields of={NOTIFICATION_FIELDS} {...fields} />
        </div>
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
