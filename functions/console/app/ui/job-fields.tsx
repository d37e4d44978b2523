import type { FieldErrors } from '../view/form-errors.ts';
import type { FieldControl, JobField } from '../view/job-field.ts';
import type { JobForm } from '../view/job-form.ts';
import { type ControlProps, Field, onText } from './field.tsx';
import { NamesControl } from './names-control.tsx';

/** Properties of each group of fields in the editor. */
export interface FieldsProps {
  readonly form: JobForm;
  /** Errors by the path of the field. */
  readonly fieldErrors: FieldErrors<string>;
  readonly set: (path: string) => (text: string) => void;
  /** Adds, removes or replaces rows. */
  readonly changeRows: (change: (form: JobForm) => JobForm) => void;
}

/** The controls of the fields that a form shows. */
export const JobFields = ({ of: fields, ...props }: FieldsProps & { readonly of: readonly JobField[] }) => (
  <>
    {fields
      .filter(({ isShown }) => isShown?.(props.form) ?? true)
      .map((field) => (
        <JobFieldControl key={field.path} field={field} {...props} />
      ))}
  </>
);

/** The control of a field with its label, hint and error. */
function JobFieldControl({ field, form, fieldErrors, set }: FieldsProps & { readonly field: JobField }) {
  const { path, label, hint, isWide = false, control } = field;
  return (
    <Field
      label={label}
      class={isWide ? 'wide' : ''}
      error={fieldErrors[path]}
      hint={hint === undefined ? undefined : withCode(hint)}
    >
      {(attributes) => <Control control={control} value={form[path] ?? ''} onInput={set(path)} {...attributes} />}
    </Field>
  );
}

interface ControlOptions extends ControlProps {
  readonly control: FieldControl;
  readonly value: string;
  readonly onInput: (text: string) => void;
}

const CODE = { class: 'code', autocomplete: 'off', spellcheck: false } as const;

function Control({ control, value, onInput, ...attributes }: ControlOptions) {
  const shared = { ...attributes, value, onInput: onText(onInput) };
  switch (control.kind) {
    case 'line':
      return (
        <input
          {...shared}
          inputMode={control.inputMode}
          placeholder={control.placeholder}
          maxLength={control.maxLength}
          readOnly={control.isReadOnly}
          list={control.list}
          {...(!control.isPlain && CODE)}
        />
      );
    case 'text':
      return <textarea {...shared} rows={control.rows} {...(!control.isPlain && CODE)} />;
    case 'number':
      return <input {...shared} class="number" inputMode={control.isDecimal ? 'decimal' : 'numeric'} />;
    case 'names':
      return <NamesControl source={control.source} value={value} onChange={onInput} control={attributes} />;
    case 'choice':
      return (
        <select {...attributes} value={value} onChange={onText(onInput)}>
          {control.options.map(([option, label]) => (
            <option key={option} value={option}>
              {label}
            </option>
          ))}
        </select>
      );
  }
}

/** Returns a text whose parts between backticks are code. */
const withCode = (text: string) => text.split('`').map((part, i) => (i % 2 === 1 ? <code key={i}>{part}</code> : part));
