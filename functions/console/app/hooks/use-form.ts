import type { RefObject } from 'preact';
import { useLayoutEffect, useRef, useState } from 'preact/hooks';
import { errorMessage } from '../api/errors.ts';
import { type FieldErrors, parseFieldErrors } from '../view/form-errors.ts';

export interface FormOptions<Field extends string> {
  /** Returns the errors that prevent the form from being submitted. */
  readonly validate: () => FieldErrors<Field>;
  /** Submits the form. Rejects if the API rejects it. */
  readonly submit: () => Promise<unknown>;
  /** Returns the form field for a field of the API, or `undefined` if the form does not have it. */
  readonly toFormField: (name: string, error: unknown) => Field | undefined;
}

export interface FormState<Field extends string> {
  /** Errors to show at their fields. */
  readonly fieldErrors: FieldErrors<Field>;
  /** Error that belongs to no field. */
  readonly formError: string | undefined;
  readonly busy: boolean;
  /** Clears the API's error for a field whose value has changed. */
  readonly clearError: (field: Field) => void;
  /** Properties of the `form` element. */
  readonly formProps: {
    readonly ref: RefObject<HTMLFormElement | null>;
    readonly noValidate: true;
    readonly onSubmit: (event: Event) => void;
  };
}

interface Rejection {
  readonly fieldErrors: FieldErrors<string>;
  readonly formError: string | undefined;
}

const NO_REJECTION: Rejection = { fieldErrors: {}, formError: undefined };

/**
 * State of a form: validates and submits it, shows each error at its field and focuses the first field with an error.
 *
 * An error disappears when its field passes the validation, or when the field changes after the API rejected it.
 */
export function useForm<Field extends string>({ validate, submit, toFormField }: FormOptions<Field>): FormState<Field> {
  const form = useRef<HTMLFormElement>(null);
  const [busy, setBusy] = useState(false);
  const [failed, setFailed] = useState<ReadonlySet<string>>(new Set());
  const [rejection, setRejection] = useState(NO_REJECTION);
  /** Incremented by each failed submission: the focus moves then, and not while the user corrects the fields. */
  const [attempt, setAttempt] = useState(0);

  useLayoutEffect(() => {
    if (attempt > 0) form.current?.querySelector<HTMLElement>('[aria-invalid="true"]')?.focus();
  }, [attempt]);

  const onSubmit = async (event: Event): Promise<void> => {
    event.preventDefault();
    if (busy) return;
    const errors = validate();
    setFailed(new Set(Object.keys(errors)));
    setRejection(NO_REJECTION);
    if (Object.keys(errors).length > 0) {
      setAttempt((before) => before + 1);
      return;
    }
    setBusy(true);
    try {
      await submit();
    } catch (error) {
      setRejection(toRejection(error, toFormField));
      setAttempt((before) => before + 1);
    } finally {
      setBusy(false);
    }
  };

  const remaining =
    failed.size > 0 ? Object.entries<string | undefined>(validate()).filter(([field]) => failed.has(field)) : [];
  return {
    fieldErrors: { ...rejection.fieldErrors, ...Object.fromEntries(remaining) } as FieldErrors<Field>,
    formError: rejection.formError,
    busy,
    clearError: (field) =>
      setRejection(({ fieldErrors, formError }) => ({
        fieldErrors: { ...fieldErrors, [field]: undefined },
        formError,
      })),
    formProps: { ref: form, noValidate: true, onSubmit: (event) => void onSubmit(event) },
  };
}

function toRejection<Field extends string>(error: unknown, toFormField: FormOptions<Field>['toFormField']): Rejection {
  const message = errorMessage(error);
  const fieldErrors: Partial<Record<string, string>> = {};
  const others: string[] = [];
  const errors = parseFieldErrors(message);
  for (const { field: name, message: text } of errors.length > 0 ? errors : [{ field: '', message }]) {
    const field = toFormField(name, error);
    if (field === undefined) others.push(name === '' ? text : `${name}: ${text}`);
    else fieldErrors[field] ??= text;
  }
  return { fieldErrors, formError: others.length > 0 ? others.join('; ') : undefined };
}
