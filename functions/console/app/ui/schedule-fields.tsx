import { type CalendarDates, useCalendarDates } from '../hooks/use-calendar-dates.ts';
import { useNow } from '../hooks/use-now.ts';
import { addRow, countRows, removeRow, removeRows, rowPath } from '../view/form-rows.ts';
import type { JobForm } from '../view/job-form.ts';
import { MAX_SCHEDULES, SCHEDULES, scheduleRow, TIMING_FIELDS } from '../view/job-timing-fields.ts';
import { previewSchedule, type SchedulePreview } from '../view/schedule-preview.ts';
import { Button } from './button.tsx';
import { Field, onText } from './field.tsx';
import { FormRows } from './form-rows.tsx';
import { type FieldsProps, JobFields } from './job-fields.tsx';
import { FireTime } from './time.tsx';

const EXAMPLES = [
  ['*/15 * * * *', 'every 15 minutes'],
  ['0 3 * * *', 'daily at 3'],
  ['0 9 * * MON-FRI', 'workdays at 9'],
  ['0 0 1 * *', 'monthly'],
  ['rate(10 minutes)', 'every 10 minutes from now'],
] as const;

const MINUTE_MS = 60_000;
const ZONES = ['UTC', ...Intl.supportedValuesOf('timeZone')];

/** Fields of the timing of a job: of one schedule, with a preview of its next fires, or of several. */
export function ScheduleFields(props: FieldsProps) {
  const count = countRows(props.form, SCHEDULES);
  const calendars = useCalendarDates(props.form);
  return (
    <div class="fields">
      {count === 0 && <SingleSchedule {...props} />}
      <SeveralSchedules count={count} calendars={calendars} {...props} />
      <JobFields of={TIMING_FIELDS} {...props} />
      {count === 0 && <SchedulePreviewBox form={props.form} calendars={calendars} />}
      <datalist id="zones">
        {ZONES.map((zone) => (
          <option key={zone} value={zone} />
        ))}
      </datalist>
    </div>
  );
}

/** The schedules with their time zones and payloads; the button that adds one if there are none. */
function SeveralSchedules({
  count,
  calendars,
  ...props
}: FieldsProps & { readonly count: number; readonly calendars: CalendarDates }) {
  const { form, changeRows } = props;
  const useFirst = (old: JobForm): JobForm => ({
    ...removeRows(old, SCHEDULES),
    schedule: old[rowPath(SCHEDULES, 0, 'schedule')] ?? '',
    timezone: old[rowPath(SCHEDULES, 0, 'timezone')] ?? '',
  });
  return (
    <FormRows
      name="Schedule"
      count={count}
      minCount={1}
      maxCount={MAX_SCHEDULES}
      addLabel="Add schedule"
      onAdd={() => changeRows(addSchedule)}
      onRemove={(row) => changeRows((old) => removeRow(old, SCHEDULES, row))}
      aside={
        count > 0 && (
          <Button tone="quiet" onClick={() => changeRows(useFirst)}>
            Use one schedule
          </Button>
        )
      }
    >
      {(row) => (
        <>
          <JobFields of={scheduleRow(row)} {...props} />
          <RowPreview form={form} row={row} calendars={calendars} />
        </>
      )}
    </FormRows>
  );
}

/** Adds a schedule in the time zone of the last one. The only schedule of a job becomes the first of several. */
function addSchedule(form: JobForm): JobForm {
  const { schedule, timezone } = form;
  const count = countRows(form, SCHEDULES);
  if (count === 0) return addSchedule(addRow(form, SCHEDULES, { schedule, timezone, payload: '' }));
  const last = form[rowPath(SCHEDULES, count - 1, 'timezone')] ?? timezone;
  return addRow(form, SCHEDULES, { schedule: '', timezone: last, payload: '' });
}

/** The next fire of one of several schedules, or the reason why it has none. */
function RowPreview({
  form,
  row,
  calendars,
}: Pick<FieldsProps, 'form'> & { readonly row: number; readonly calendars: CalendarDates }) {
  const now = useNow(MINUTE_MS);
  const timezone = form[rowPath(SCHEDULES, row, 'timezone')] ?? '';
  const { dates } = calendars;
  const preview = previewSchedule(form[rowPath(SCHEDULES, row, 'schedule')] ?? '', { ...form, timezone, dates }, now);
  const [fire] = preview.kind === 'fires' ? preview.fires : [];
  if (preview.kind === 'none') return null;
  return (
    <p class="wide muted" aria-live="polite">
      {preview.kind === 'invalid' && preview.message}
      {fire !== undefined && (
        <>
          Next fire: <FireTime time={fire} timezone={timezone} />
        </>
      )}
    </p>
  );
}

function SingleSchedule({ form, fieldErrors, set }: FieldsProps) {
  const now = useNow(MINUTE_MS);
  const preview = previewSchedule(form.schedule, form, now);
  const invalid = preview.kind === 'invalid' ? preview : undefined;
  return (
    <>
      <Field
        label="Schedule"
        error={fieldErrors.schedule ?? (invalid?.field === 'schedule' ? invalid.message : undefined)}
        hint={
          <>
            A cron expression, <code>rate(…)</code>, <code>at(…)</code> or <code>@daily</code>. Empty: on demand only.
            <span class="examples">
              {EXAMPLES.map(([text, means]) => (
                <button
                  key={text}
                  type="button"
                  class="tag example"
                  title={means}
                  onClick={() => set('schedule')(text)}
                >
                  {text}
                </button>
              ))}
            </span>
          </>
        }
      >
        {(control) => (
          <input
            {...control}
            class="code"
            value={form.schedule}
            placeholder="minute hour day month weekday"
            autocomplete="off"
            spellcheck={false}
            onInput={onText(set('schedule'))}
          />
        )}
      </Field>
      <Field
        label="Time zone"
        error={fieldErrors.timezone ?? (invalid?.field === 'timezone' ? invalid.message : undefined)}
        hint="Time zone of the schedule."
      >
        {(control) => <input {...control} list="zones" value={form.timezone} onInput={onText(set('timezone'))} />}
      </Field>
    </>
  );
}

/** The next fires of the schedule in the form. */
function SchedulePreviewBox({
  form,
  calendars: { dates, isKnown },
}: Pick<FieldsProps, 'form'> & { readonly calendars: CalendarDates }) {
  const now = useNow(MINUTE_MS);
  return (
    <div class="wide">
      <Preview preview={previewSchedule(form.schedule, { ...form, dates }, now)} timezone={form.timezone} />
      {!isKnown && <p class="muted">The calendars are not loaded: the preview does not consider them.</p>}
    </div>
  );
}

function Preview({ preview, timezone }: { readonly preview: SchedulePreview; readonly timezone: string }) {
  if (preview.kind === 'none') return <p class="muted">The job runs on demand only.</p>;
  if (preview.kind === 'invalid') return <p class="muted">The next fires are shown for a schedule that has any.</p>;
  return (
    <div class="preview" aria-live="polite">
      <p class="preview-title">{preview.fires.length < 5 ? 'All remaining fires' : 'Next five fires'}</p>
      <ol>
        {preview.fires.map((fire) => (
          <li key={fire}>
            <FireTime time={fire} timezone={timezone} />
          </li>
        ))}
      </ol>
      {preview.notes.map((note) => (
        <p key={note} class="muted">
          {note}
        </p>
      ))}
    </div>
  );
}
