import type { FieldErrors } from '../view/form-errors.ts';
import type { JobForm } from '../view/job-form.ts';

/** Properties of each group of fields in the editor. */
export interface FieldsProps {
  readonly form: JobForm;
  readonly fieldErrors: FieldErrors<keyof JobForm>;
  readonly set: <Name extends keyof JobForm>(name: Name) => (value: JobForm[Name]) => void;
}
