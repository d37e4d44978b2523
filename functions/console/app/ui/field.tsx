import type { ComponentChildren } from 'preact';
import { useId } from 'preact/hooks';

/** What a control in a field is given, so that its label and its messages belong to it. */
export interface ControlProps {
  readonly id: string;
  readonly 'aria-describedby': string | undefined;
  readonly 'aria-invalid': boolean | undefined;
}

export interface FieldProps {
  readonly label: string;
  readonly hint?: ComponentChildren;
  /** What is wrong with what is in it. */
  readonly problem?: string | undefined;
  readonly class?: string;
  readonly children: (control: ControlProps) => ComponentChildren;
}

/** A control with its label, what to know about it, and what is wrong with it. */
export function Field({ label, hint, problem, class: name = '', children }: FieldProps) {
  const id = useId();
  const described = [problem && `${id}-problem`, hint && `${id}-hint`].filter(Boolean).join(' ');
  return (
    <div class={`field ${name}`}>
      <label for={id}>{label}</label>
      {children({
        id,
        'aria-describedby': described || undefined,
        'aria-invalid': problem ? true : undefined,
      })}
      {problem && (
        <p id={`${id}-problem`} class="field-problem" role="alert">
          {problem}
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

/** The text of an input, textarea or select as it changes. */
export const onText = (set: (text: string) => void) => (event: Event) =>
  set((event.currentTarget as HTMLInputElement).value);

export interface NumberFieldProps extends Omit<FieldProps, 'children'> {
  /** As it is typed: whether it is a number is found when it is sent. */
  readonly value: string;
  readonly onInput: (text: string) => void;
  /**
   * Whether it may have a fraction.
   *
   * @default false
   */
  readonly decimal?: boolean;
}

/** A field that a number is typed into. */
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
