import type { RefObject } from 'preact';
import { useLayoutEffect, useRef, useState } from 'preact/hooks';
import { errorMessage } from '../api/errors.ts';
import { type FieldErrors, parseFieldErrors } from '../view/form-errors.ts';

export interface FormOptions<Field extends string> {
  /** Returns the errors that prevent the form from being submitted. */
  readonly check: () => FieldErrors<Field>;
  /** Submits the form. Rejects if the API rejects it. */
  readonly send: () => Promise<unknown>;
  /** Returns the form field for a field of the API, or `undefined` if the form does not have it. */
  readonly fieldOf: (name: string, error: unknown) => Field | undefined;
}

export interface FormState<Field extends string> {
  /** Errors to show at their fields. */
  readonly problems: FieldErrors<Field>;
  /** Error that belongs to no field. */
  readonly problem: string | undefined;
  readonly busy: boolean;
  /** Clears the API's error for a field whose value has changed. */
  readonly edited: (field: Field) => void;
  /** Properties of the `form` element. */
  readonly bind: {
    readonly ref: RefObject<HTMLFormElement | null>;
    readonly noValidate: true;
    readonly onSubmit: (event: Event) => void;
  };
}

interface Refusal {
  readonly fields: FieldErrors<string>;
  readonly whole: string | undefined;
}

const NO_REFUSAL: Refusal = { fields: {}, whole: undefined };

/**
 * State of a form: validates and submits it, shows each error at its field and focuses the first field with an error.
 *
 * An error disappears when its field passes the validation, or when the field changes after the API rejected it.
 */
export function useForm<Field extends string>({ check, send, fieldOf }: FormOptions<Field>): FormState<Field> {
  const element = useRef<HTMLFormElement>(null);
  const [busy, setBusy] = useState(false);
  const [failed, setFailed] = useState<ReadonlySet<string>>(new Set());
  const [refusal, setRefusal] = useState(NO_REFUSAL);
  /** Incremented by each failed submission: the focus moves then, and not while the user corrects the fields. */
  const [attempt, setAttempt] = useState(0);

  useLayoutEffect(() => {
    if (attempt > 0) element.current?.querySelector<HTMLElement>('[aria-invalid="true"]')?.focus();
  }, [attempt]);

  const submit = async (event: Event): Promise<void> => {
    event.preventDefault();
    if (busy) return;
    const found = check();
    setFailed(new Set(Object.keys(found)));
    setRefusal(NO_REFUSAL);
    if (Object.keys(found).length > 0) {
      setAttempt((before) => before + 1);
      return;
    }
    setBusy(true);
    try {
      await send();
    } catch (error) {
      setRefusal(refusalOf(error, fieldOf));
      setAttempt((before) => before + 1);
    } finally {
      setBusy(false);
    }
  };

  const unmended =
    failed.size > 0 ? Object.entries<string | undefined>(check()).filter(([field]) => failed.has(field)) : [];
  return {
    problems: { ...refusal.fields, ...Object.fromEntries(unmended) } as FieldErrors<Field>,
    problem: refusal.whole,
    busy,
    edited: (field) => setRefusal(({ fields, whole }) => ({ fields: { ...fields, [field]: undefined }, whole })),
    bind: { ref: element, noValidate: true, onSubmit: (event) => void submit(event) },
  };
}

function refusalOf<Field extends string>(error: unknown, fieldOf: FormOptions<Field>['fieldOf']): Refusal {
  const message = errorMessage(error);
  const fields: Partial<Record<string, string>> = {};
  const others: string[] = [];
  const faults = parseFieldErrors(message);
  for (const { field: name, message: said } of faults.length > 0 ? faults : [{ field: '', message }]) {
    const field = fieldOf(name, error);
    if (field === undefined) others.push(name === '' ? said : `${name}: ${said}`);
    else fields[field] ??= said;
  }
  return { fields, whole: others.length > 0 ? others.join('; ') : undefined };
}
