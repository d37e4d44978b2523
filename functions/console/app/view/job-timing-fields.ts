import { AFTER_MODES, UPSTREAM_ENDS } from '../../../core/domain/after.ts';
import { CATCH_UP_MODES } from '../../../core/domain/catch-up.ts';
import { countRows, rowPath } from './form-rows.ts';
import {
  choiceField,
  type FormTexts,
  type JobField,
  jsonField,
  lineField,
  namesField,
  numberField,
} from './job-field.ts';

/** Lists of rows in the form. */
export const SCHEDULES = 'schedules';
export const UPSTREAM = 'after.jobs';

/** Maximum number of schedules of a job: that of the API, whose module is not for browsers. */
export const MAX_SCHEDULES = 10;

/** Names of the texts of a row, the first one first. */
export const ROWS: Readonly<Record<string, readonly string[]>> = {
  [SCHEDULES]: ['schedule', 'timezone', 'payload'],
  [UPSTREAM]: ['job', 'on'],
};

const DEFAULT_ZONE = 'UTC';

const zoneField = (path: string): JobField => ({
  ...lineField({ path, label: 'Time zone', hint: 'Time zone of the schedule.', list: 'zones' }),
  parse: (text) => text.trim() || DEFAULT_ZONE,
});

/** The fields of the only schedule of a job. */
export const SINGLE_SCHEDULE: readonly JobField[] = [
  lineField({ path: 'schedule', label: 'Schedule' }),
  zoneField('timezone'),
];

/** The fields of one of several schedules. */
export const scheduleRow = (row: number): readonly JobField[] => [
  lineField({
    path: rowPath(SCHEDULES, row, 'schedule'),
    label: 'Schedule',
    placeholder: 'minute hour day month weekday',
    isRequired: true,
  }),
  zoneField(rowPath(SCHEDULES, row, 'timezone')),
  jsonField({
    path: rowPath(SCHEDULES, row, 'payload'),
    label: 'Payload',
    hint: 'JSON, the payload of the runs of this schedule. Empty: none.',
    rows: 2,
    isWide: true,
  }),
];

const END_LABELS = { success: 'succeeds', failure: 'fails', end: 'ends in any way' } as const;

/** The fields of an upstream job. */
export const upstreamRow = (row: number): readonly JobField[] => [
  lineField({ path: rowPath(UPSTREAM, row, 'job'), label: 'Job', list: 'job-ids', isRequired: true }),
  choiceField({
    path: rowPath(UPSTREAM, row, 'on'),
    label: 'Its run',
    options: UPSTREAM_ENDS.map((end) => [end, END_LABELS[end]]),
  }),
];

const MODE_LABELS = { all: 'all of these jobs', any: 'any of these jobs' } as const;
const hasSeveralUpstream = (form: FormTexts) => countRows(form, UPSTREAM) > 1;

/** The fields that combine several upstream jobs. */
export const AFTER_FIELDS: readonly JobField[] = [
  choiceField({
    path: 'after.mode',
    label: 'Start after',
    options: AFTER_MODES.map((mode) => [mode, MODE_LABELS[mode]]),
    isShown: hasSeveralUpstream,
  }),
  numberField({
    path: 'after.within_s',
    label: 'Within (seconds)',
    hint: '1–2,592,000 between the first and the last end. Empty: no limit.',
    isOptional: true,
    isShown: (form) => hasSeveralUpstream(form) && form['after.mode'] === 'all',
  }),
];

const CATCH_UP_LABELS = {
  none: 'record them as missed',
  last: 'run the newest one',
  all: 'run all within the limits',
} as const;
const catchesUp = (form: FormTexts) => form.catch_up !== 'none';

const BOUND = { hint: 'ISO 8601 with a time zone. Empty: no limit.', placeholder: '2026-12-01T00:00:00Z' };

/** The fields that restrict the fires of schedules, and the rule for missed ones. */
export const TIMING_FIELDS: readonly JobField[] = [
  lineField({ path: 'start_at', label: 'Not before', ...BOUND }),
  lineField({ path: 'end_at', label: 'Not after', ...BOUND }),
  numberField({
    path: 'jitter_seconds',
    label: 'Jitter (seconds)',
    hint: '0–900. Upper bound of the delay of each fire, which is constant for a job.',
    initial: '0',
  }),
  namesField({
    path: 'exclude_calendars',
    label: 'Exclude calendars',
    hint: 'The schedule has no fires on their dates.',
    source: 'calendars',
  }),
  namesField({
    path: 'require_calendars',
    label: 'Require calendars',
    hint: 'The schedule has fires only on dates that all of them have.',
    source: 'calendars',
  }),
  choiceField({
    path: 'catch_up',
    label: 'Missed fires',
    hint: 'Fires that were missed by an outage, or while the job was paused or disabled.',
    options: CATCH_UP_MODES.map((mode) => [mode, CATCH_UP_LABELS[mode]]),
  }),
  numberField({
    path: 'catch_up_window_s',
    label: 'Maximum age of missed fires (seconds)',
    hint: '1–2,678,400. Older ones are recorded as missed.',
    initial: '86400',
    isShown: catchesUp,
  }),
  numberField({
    path: 'catch_up_limit',
    label: 'Maximum number of missed fires',
    hint: '1–1,000, the newest ones. They run one after the other.',
    initial: '100',
    isShown: (form) => form.catch_up === 'all',
  }),
];

/** Returns the fields of schedules and upstream jobs that a form has. */
export function timetableFields(form: FormTexts): readonly JobField[] {
  const rows = (list: string, fieldsOf: (row: number) => readonly JobField[]) =>
    Array.from({ length: countRows(form, list) }, (_, row) => fieldsOf(row)).flat();
  const schedules = rows(SCHEDULES, scheduleRow);
  const upstream = rows(UPSTREAM, upstreamRow);
  return [
    ...(schedules.length > 0 ? schedules : SINGLE_SCHEDULE),
    ...upstream,
    ...(upstream.length > 0 ? AFTER_FIELDS.filter(({ isShown }) => isShown?.(form) ?? true) : []),
  ];
}
