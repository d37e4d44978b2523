import type { ComponentChildren } from 'preact';
import { useId } from 'preact/hooks';

/** Attributes that associate a control with its label, hint and error. */
export interface ControlProps {
  readonly id: string;
  readonly 'aria-describedby': string | undefined;
  readonly 'aria-invalid': boolean | undefined;
}

export interface FieldProps {
  readonly label: string;
  readonly hint?: ComponentChildren;
  /** Error message. */
  readonly error?: string | undefined;
  readonly class?: string;
  readonly children: (control: ControlProps) => ComponentChildren;
}

/** A control with its label, hint and error message. */
export function Field({ label, hint, error, class: name = '', children }: FieldProps) {
  const id = useId();
  const described = [error && `${id}-problem`, hint && `${id}-hint`].filter(Boolean).join(' ');
  return (
    <div class={`field ${name}`}>
      <label for={id}>{label}</label>
      {children({
        id,
        'aria-describedby': described || undefined,
        'aria-invalid': error ? true : undefined,
      })}
      {error && (
        <p id={`${id}-problem`} class="field-error" role="alert">
          {error}
        </p>
      )}
      {hint && (
        <div id={`${id}-hint`} class="field-hint">
          {hint}
        </div>
      )}
    </div>
  );
}

/** Returns an event handler that passes on the text of an input, textarea or select. */
export const onText = (set: (text: string) => void) => (event: Event) =>
  set((event.currentTarget as HTMLInputElement).value);

export interface NumberFieldProps extends Omit<FieldProps, 'children'> {
  /** The typed text. Whether it is a number is validated on submission. */
  readonly value: string;
  readonly onInput: (text: string) => void;
  /**
   * Allows a fraction.
   *
   * @defaultValue false
   */
  readonly decimal?: boolean;
}

export function NumberField({ value, onInput, decimal = false, ...field }: NumberFieldProps) {
  return (
    <Field {...field}>
      {(control) => (
        <input
          {...control}
          inputMode={decimal ? 'decimal' : 'numeric'}
          class="number"
          value={value}
          onInput={onText(onInput)}
        />
      )}
    </Field>
  );
}
