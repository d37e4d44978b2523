import { useState } from 'preact/hooks';
import type { Versioned } from '../api/client.ts';
import { ApiError } from '../api/errors.ts';
import type { Calendar } from '../api/types.ts';
import { useApp } from '../app-context.ts';
import { useForm } from '../hooks/use-form.ts';
import { Button } from '../ui/button.tsx';
import { Dialog } from '../ui/dialog.tsx';
import { Field, onText } from '../ui/field.tsx';
import { ErrorNotice } from '../ui/notice.tsx';
import { calendarFieldFor, parseCalendarText } from '../view/calendars.ts';
import { FormError } from '../view/job-field.ts';

const PRECONDITION_FAILED = 412;

export interface CalendarDialogProps {
  /** The calendar to edit; none to create one. */
  readonly opened?: Versioned<Calendar>;
  readonly onClose: () => void;
  readonly onSaved: (name: string) => void;
}

type CalendarField = 'name' | 'dates';

/** Creates a calendar or replaces its dates: typed, pasted, or read from an iCalendar file. */
export function CalendarDialog({ opened, onClose, onSaved }: CalendarDialogProps) {
  const { calendars } = useApp();
  const [initial] = useState(() => ({ name: opened?.value.name ?? '', text: (opened?.value.dates ?? []).join('\n') }));
  const [name, setName] = useState(initial.name);
  const [text, setText] = useState(initial.text);
  const { fieldErrors, formError, busy, clearError, formProps } = useForm<CalendarField>({
    validate: () => ({
      ...(name.trim() === '' && { name: 'This field is required.' }),
      ...findTextError(text),
    }),
    submit: async () => {
      const content = parseCalendarText(text);
      if (opened) await calendars.replace(initial.name, content, opened.etag).catch(rethrowConflict);
      else await calendars.create(name.trim(), content);
      onSaved(name.trim());
    },
    toFormField: calendarFieldFor,
  });
  const changeText = (next: string) => {
    setText(next);
    clearError('dates');
  };
  const readFile = async (event: Event) => {
    const [file] = (event.currentTarget as HTMLInputElement).files ?? [];
    if (file) changeText(await file.text());
  };
  return (
    <Dialog
      title={opened ? `Edit the dates of ${initial.name}` : 'Create calendar'}
      onClose={onClose}
      isChanged={!busy && (name !== initial.name || text !== initial.text)}
    >
      <form {...formProps}>
        <div class="dialog-body">
          {formError && <ErrorNotice>{formError}</ErrorNotice>}
          {!opened && (
            <Field label="Name" error={fieldErrors.name} hint="1–64 characters of a–z, 0–9 and -, such as de-by.">
              {(control) => (
                <input
                  {...control}
                  class="code"
                  value={name}
                  maxLength={64}
                  autocomplete="off"
                  spellcheck={false}
                  onInput={onText((next) => {
                    setName(next);
                    clearError('name');
                  })}
                />
              )}
            </Field>
          )}
          <Field
            label="Dates"
            error={fieldErrors.dates}
            hint="Dates such as 2026-12-25, separated by spaces, commas or lines, or the text of an iCalendar file."
          >
            {(control) => (
              <textarea
                {...control}
                class="code"
                rows={10}
                spellcheck={false}
                value={text}
                onInput={onText(changeText)}
              />
            )}
          </Field>
          <Field label="File" hint="Replaces the text above. iCalendar with all-day events, or a text file with dates.">
            {(control) => (
              <input {...control} type="file" accept=".ics,.txt,.csv,text/calendar,text/plain" onChange={readFile} />
            )}
          </Field>
        </div>
        <footer class="dialog-foot">
          <Button onClick={onClose}>Cancel</Button>
          <Button type="submit" tone="primary" busy={busy}>
            {opened ? 'Save dates' : 'Create calendar'}
          </Button>
        </footer>
      </form>
    </Dialog>
  );
}

function findTextError(text: string): { readonly dates?: string } {
  try {
    parseCalendarText(text);
    return {};
  } catch (error) {
    if (!(error instanceof FormError)) throw error;
    return { dates: error.message };
  }
}

/** Explains that the calendar was changed after the dialog was opened. */
function rethrowConflict(error: unknown): never {
  if (!(error instanceof ApiError) || error.status !== PRECONDITION_FAILED) throw error;
  throw new ApiError(
    error.status,
    'Another user changed the calendar meanwhile. Copy your dates, close the dialog, and edit the current dates.',
  );
}
