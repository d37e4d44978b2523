import { useNow } from '../hooks/use-now.ts';
import { formatSchedules } from '../view/job-form.ts';
import { TIMING_FIELDS } from '../view/job-form-fields.ts';
import { previewSchedule, type SchedulePreview } from '../view/schedule-preview.ts';
import { Button } from './button.tsx';
import { Field, onText } from './field.tsx';
import { type FieldsProps, JobFields } from './job-fields.tsx';
import { FireTime } from './time.tsx';

const EXAMPLES = [
  ['*/15 * * * *', 'every 15 minutes'],
  ['0 3 * * *', 'daily at 3'],
  ['0 9 * * MON-FRI', 'workdays at 9'],
  ['0 0 1 * *', 'monthly'],
  ['rate(10 minutes)', 'every 10 minutes from now'],
] as const;

/** Schedules to start from: the one of the form, if it has one. */
const toSchedules = ({ schedule, timezone }: FieldsProps['form']) => [
  { schedule: schedule.trim() || '0 3 * * *', timezone: timezone.trim() || 'UTC', payload: null },
];

const MINUTE_MS = 60_000;
const ZONES = ['UTC', ...Intl.supportedValuesOf('timeZone')];

/** Fields of the timing of a job: of one schedule, with a preview of its next fires, or of several. */
export function ScheduleFields(props: FieldsProps) {
  const { form } = props;
  return (
    <div class="fields">
      {form.schedules === '' ? <SingleSchedule {...props} /> : <SeveralSchedules {...props} />}
      <JobFields of={TIMING_FIELDS} {...props} />
      {form.schedules === '' && <SchedulePreviewBox form={form} />}
    </div>
  );
}

/** The schedules as JSON, with their time zones and payloads. */
function SeveralSchedules({ form, fieldErrors, set }: FieldsProps) {
  return (
    <Field
      label="Schedules"
      class="wide"
      error={fieldErrors.schedules}
      hint={
        <>
          A list of <code>{'{ "schedule", "timezone", "payload" }'}</code>.{' '}
          <Button tone="quiet" onClick={() => set('schedules')('')}>
            Use one schedule
          </Button>
        </>
      }
    >
      {(control) => (
        <textarea
          {...control}
          class="code"
          rows={8}
          spellcheck={false}
          value={form.schedules}
          // An empty text would replace the field by those of one schedule while the user types.
          onInput={onText((text) => set('schedules')(text || '\n'))}
        />
      )}
    </Field>
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
              <button
                type="button"
                class="tag example"
                onClick={() => set('schedules')(formatSchedules(toSchedules(form)))}
              >
                several schedules
              </button>
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
        {(control) => (
          <>
            <input {...control} list="zones" value={form.timezone} onInput={onText(set('timezone'))} />
            <datalist id="zones">
              {ZONES.map((zone) => (
                <option key={zone} value={zone} />
              ))}
            </datalist>
          </>
        )}
      </Field>
    </>
  );
}

/** The next fires of the schedule in the form. */
function SchedulePreviewBox({ form }: Pick<FieldsProps, 'form'>) {
  const now = useNow(MINUTE_MS);
  return (
    <div class="wide">
      <Preview preview={previewSchedule(form.schedule, form, now)} timezone={form.timezone} />
      {(form.exclude_calendars || form.require_calendars) && (
        <p class="muted">The preview does not consider calendars.</p>
      )}
    </div>
  );
}

function Preview({ preview, timezone }: { readonly preview: SchedulePreview; readonly timezone: string }) {
  if (preview.kind === 'none') return <p class="muted">The job runs on demand only.</p>;
  if (preview.kind === 'invalid') return <p class="muted">The next fires are shown for a valid schedule.</p>;
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
