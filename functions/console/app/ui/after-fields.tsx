import { MAX_UPSTREAM_JOBS } from '../../../core/domain/after.ts';
import { useApp } from '../app-context.ts';
import { usePoll } from '../hooks/use-poll.ts';
import { addRow, countRows, removeRow } from '../view/form-rows.ts';
import { AFTER_FIELDS, UPSTREAM, upstreamRow } from '../view/job-timing-fields.ts';
import { FormRows } from './form-rows.tsx';
import { type FieldsProps, JobFields } from './job-fields.tsx';

/** The jobs after whose runs a run starts, beside the schedule. */
export function AfterFields(props: FieldsProps) {
  const { runner } = useApp();
  const { form, changeRows } = props;
  const jobs = usePoll('jobs to choose', (signal) => runner.listJobs(signal), undefined);
  const count = countRows(form, UPSTREAM);
  return (
    <div class="fields">
      {count === 0 && (
        <p class="wide muted">A run can start after runs of other jobs, beside the schedule or without one.</p>
      )}
      <FormRows
        name="Upstream job"
        count={count}
        maxCount={MAX_UPSTREAM_JOBS}
        addLabel="Add upstream job"
        onAdd={() => changeRows((old) => addRow(old, UPSTREAM, { job: '', on: 'success' }))}
        onRemove={(row) => changeRows((old) => removeRow(old, UPSTREAM, row))}
      >
        {(row) => <JobFields of={upstreamRow(row)} {...props} />}
      </FormRows>
      <JobFields of={AFTER_FIELDS} {...props} />
      <datalist id="job-ids">
        {jobs.data
          ?.filter(({ id }) => id !== form.id)
          .map(({ id }) => (
            <option key={id} value={id} />
          ))}
      </datalist>
    </div>
  );
}
