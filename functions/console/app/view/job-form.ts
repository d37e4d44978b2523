import { isJobId, JOB_ID_RULE } from '../../../core/domain/job-id.ts';
import type { Job } from '../api/types.ts';
import type { FieldErrors } from './form-errors.ts';
import { FormError, type JobField, parseJson } from './job-field.ts';
import { COMMON_FIELDS } from './job-form-fields.ts';
import { findKind, JOB_KINDS } from './job-kinds/kinds.ts';
import { previewSchedule } from './schedule-preview.ts';

/**
 * The values of the job form as typed text, by the path of the field in the definition (`http.url`). It has the fields
 * of all types of jobs, so that a change of the type loses no text.
 */
export interface JobForm {
  readonly [path: string]: string;
  readonly id: string;
  readonly name: string;
  readonly type: string;
  readonly schedule: string;
  readonly timezone: string;
  /** JSON of several schedules instead of `schedule` and `timezone`; empty for at most one. */
  readonly schedules: string;
}

/** Fields of all types of jobs. */
const FIELDS: readonly JobField[] = [...COMMON_FIELDS, ...JOB_KINDS.flatMap(({ fields }) => fields)];

/** Fields that have no description as a `JobField`. */
const TIMETABLE_FIELDS = ['schedule', 'timezone', 'schedules'];

/** Returns the fields of the form, without those of other types of jobs. */
const fieldsOf = ({ type }: JobForm): readonly JobField[] => [...COMMON_FIELDS, ...(findKind(type)?.fields ?? [])];

export function emptyForm(timezone: string): JobForm {
  const texts = Object.fromEntries(FIELDS.map(({ path, initial = '' }) => [path, initial]));
  return { ...texts, id: '', name: '', type: JOB_KINDS[0].type, schedule: '', timezone, schedules: '' };
}

/** Formats the text of several schedules. */
export const formatSchedules = (schedules: NonNullable<Job['schedules']>): string => JSON.stringify(schedules, null, 2);

export function formFromJob(job: Job): JobForm {
  const texts = FIELDS.map(({ path, format, initial = '' }) => {
    const value = valueAt(job, path);
    return [path, value === null || value === undefined ? initial : format(value)] as const;
  });
  return {
    ...Object.fromEntries(texts),
    id: job.id,
    name: job.name,
    type: job.type,
    schedule: job.schedule ?? '',
    timezone: job.timezone,
    schedules: job.schedules === null ? '' : formatSchedules(job.schedules),
  };
}

/** Returns the value at a path of a definition, or `undefined`. */
const valueAt = (definition: unknown, path: string): unknown =>
  path.split('.').reduce((value, name) => (value as Record<string, unknown> | null | undefined)?.[name], definition);

/**
 * Returns the body for `POST /jobs`.
 *
 * @throws FormError
 */
export const toJobBody = (form: JobForm): Readonly<Record<string, unknown>> => ({
  type: form.type,
  ...toValues(fieldsOf(form), form),
  ...timingOf(form),
});

/** Parses the texts of fields. An object whose fields are all `null` is `null`. */
function toValues(fields: readonly JobField[], form: JobForm): Readonly<Record<string, unknown>> {
  const values: Record<string, unknown> = {};
  for (const { path, parse } of fields) {
    const [name = '', inner] = path.split('.');
    const value = parse(form[path] ?? '');
    if (inner === undefined) values[name] = value;
    else values[name] = { ...(values[name] as object | undefined), [inner]: value };
  }
  return Object.fromEntries(Object.entries(values).map(([name, value]) => [name, isEmpty(value) ? null : value]));
}

/** @returns whether a value is an object whose fields are all `null` */
const isEmpty = (value: unknown): boolean =>
  typeof value === 'object' &&
  value !== null &&
  Object.keys(value).length > 0 &&
  Object.values(value).every((inner) => inner === null);

/** Several schedules have time zones of their own. */
const timingOf = ({ schedule, schedules, timezone }: JobForm) =>
  schedules !== ''
    ? { schedules: parseJson(schedules, 'schedules') }
    : { schedule: schedule.trim() || null, timezone: timezone.trim() || 'UTC', schedules: null };

/** Returns the body for `PATCH /jobs/{id}`: the changed fields. */
export function toJobPatch(before: JobForm, after: JobForm): Readonly<Record<string, unknown>> {
  const [old, now] = [toJobBody(before), toJobBody(after)];
  return Object.fromEntries(
    Object.entries(now).filter(([name, value]) => JSON.stringify(old[name]) !== JSON.stringify(value)),
  );
}

/** @returns whether two forms hold the same text in every field */
export const isSameForm = (a: JobForm, b: JobForm): boolean =>
  [...new Set([...Object.keys(a), ...Object.keys(b)])].every((path) => a[path] === b[path]);

/** Derives an id from a name: `Nightly sync (EU)` becomes `nightly-sync-eu`. */
export function suggestId(name: string): string {
  const plain = name.normalize('NFKD').replaceAll(/\p{Mn}/gu, '');
  return plain
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '-')
    .replaceAll(/^-+|-+$/g, '')
    .slice(0, 64);
}

const REQUIRED = 'This field is required.';

/**
 * Returns the errors that prevent the form from being submitted. The API validates the rest.
 *
 * @param now epoch milliseconds
 */
export function validateForm(form: JobForm, now: number): FieldErrors<string> {
  const errors: Record<string, string> = {};
  const collectError = (parseValue: () => unknown) => {
    try {
      parseValue();
    } catch (error) {
      if (!(error instanceof FormError)) throw error;
      errors[error.field] = error.message;
    }
  };
  for (const { path, isRequired = false, parse } of fieldsOf(form)) {
    const text = form[path] ?? '';
    if (isRequired && text.trim() === '') errors[path] = REQUIRED;
    else collectError(() => parse(text));
  }
  if (form.id.trim() !== '' && !isJobId(form.id.trim())) errors.id = `Must be ${JOB_ID_RULE}.`;
  if (form.schedules !== '') {
    collectError(() => parseJson(form.schedules, 'schedules'));
  } else {
    const preview = previewSchedule(form.schedule, form, now);
    if (preview.kind === 'invalid') errors[preview.field] = preview.message;
  }
  return errors;
}

const PATHS = new Set([...FIELDS.map(({ path }) => path), ...TIMETABLE_FIELDS]);

/**
 * Returns the form field for a field of the API, or `undefined`: for `env.TOKEN` and `args[2]` the field that contains
 * the value, for `http` the first field of the object.
 */
export function formFieldFor(name: string): string | undefined {
  for (let path = name; path !== ''; path = path.replace(/(^|\.)[^.[\]]*$|\[[^[\]]*\]$/, '')) {
    if (PATHS.has(path)) return path;
  }
  return FIELDS.find(({ path }) => path.startsWith(`${name}.`))?.path;
}
