import { findKind, JOB_KINDS } from '../view/job-kinds/kinds.ts';
import { type FieldsProps, JobFields } from './job-fields.tsx';
import { TargetNames } from './target-names.tsx';

/** The type of a job and the fields of its target. */
export function TargetFields(props: FieldsProps) {
  const { form, set } = props;
  const kind = findKind(form.type);
  return (
    <div class="fields">
      {kind === undefined ? (
        <p class="wide">
          The target of a job of the type <code>{form.type}</code> can be changed with the API only.
        </p>
      ) : (
        <fieldset class="segments wide">
          <legend class="visually-hidden">Type</legend>
          {JOB_KINDS.map(({ type, label }) => (
            <label key={type}>
              <input type="radio" name="type" checked={form.type === type} onChange={() => set('type')(type)} />
              <span>{label}</span>
            </label>
          ))}
        </fieldset>
      )}
      {kind && <JobFields of={kind.fields} {...props} />}
      {kind?.isNamed && <TargetNames type={kind.type} />}
    </div>
  );
}
