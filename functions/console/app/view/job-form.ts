import { isJobId, JOB_ID_RULE } from '../../../core/domain/job-id.ts';
import type { Job } from '../api/types.ts';
import type { FieldErrors } from './form-errors.ts';
import { countRows, rowPath } from './form-rows.ts';
import { FormError, type JobField } from './job-field.ts';
import { COMMON_FIELDS } from './job-form-fields.ts';
import { findKind, JOB_KINDS } from './job-kinds/kinds.ts';
import {
  AFTER_FIELDS,
  ROWS,
  SCHEDULES,
  SINGLE_SCHEDULE,
  scheduleRow,
  timetableFields,
  upstreamRow,
} from './job-timing-fields.ts';
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
  /** The only schedule; several are the rows `schedules[0].schedule` and so on. */
  readonly schedule: string;
  readonly timezone: string;
}

/** Fields of all types of jobs, without those of rows. */
const FIELDS: readonly JobField[] = [
  ...COMMON_FIELDS,
  ...AFTER_FIELDS,
  ...SINGLE_SCHEDULE,
  ...JOB_KINDS.flatMap(({ fields }) => fields),
];

/** Returns the fields that the form shows: those of other types of jobs are hidden. */
const fieldsOf = (form: JobForm): readonly JobField[] => [
  ...[...COMMON_FIELDS, ...(findKind(form.type)?.fields ?? [])].filter(({ isShown }) => isShown?.(form) ?? true),
  ...timetableFields(form),
];

export function emptyForm(timezone: string): JobForm {
  const texts = Object.fromEntries(FIELDS.map(({ path, initial = '' }) => [path, initial]));
  return { ...texts, id: '', name: '', type: JOB_KINDS[0].type, schedule: '', timezone };
}

export function formFromJob(job: Job): JobForm {
  const rows = [
    ...(job.schedules ?? []).flatMap((_, row) => scheduleRow(row)),
    ...(job.after?.jobs ?? []).flatMap((_, row) => upstreamRow(row)),
  ];
  const texts = [...FIELDS, ...rows].map(({ path, format, initial = '' }) => {
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
  };
}

/** Splits `after.jobs[0].on` into `after`, `jobs`, `0` and `on`. */
const namesIn = (path: string): readonly string[] => path.split(/[.[\]]+/);

/** Returns the value at a path of a definition, or `undefined`. */
const valueAt = (definition: unknown, path: string): unknown =>
  namesIn(path).reduce((value, name) => (value as Record<string, unknown> | null | undefined)?.[name], definition);

/**
 * Returns the body for `POST /jobs`.
 *
 * @throws FormError
 */
export const toJobBody = (form: JobForm): Readonly<Record<string, unknown>> => ({
  type: form.type,
  schedules: null,
  after: null,
  ...toValues(fieldsOf(form), form),
});

/** Parses the texts of fields. An object whose fields are all `null` is `null`. */
function toValues(fields: readonly JobField[], form: JobForm): Readonly<Record<string, unknown>> {
  const values: Record<string, unknown> = {};
  for (const { path, parse } of fields) setAt(values, namesIn(path), parse(form[path] ?? ''));
  return Object.fromEntries(Object.entries(values).map(([name, value]) => [name, isEmpty(value) ? null : value]));
}

/** Sets a value in nested objects and lists, which are created. */
function setAt(target: Record<string, unknown>, [name = '', ...inner]: readonly string[], value: unknown): void {
  const [next] = inner;
  if (next === undefined) {
    target[name] = value;
    return;
  }
  target[name] ??= /^\d+$/.test(next) ? [] : {};
  setAt(target[name] as Record<string, unknown>, inner, value);
}

/** @returns whether a value is an object whose fields are all `null` */
const isEmpty = (value: unknown): boolean =>
  typeof value === 'object' &&
  value !== null &&
  Object.keys(value).length > 0 &&
  Object.values(value).every((inner) => inner === null);

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

/** Returns the paths of each schedule and its time zone. */
const schedulePaths = (form: JobForm): readonly (readonly [schedule: string, timezone: string])[] => {
  const count = countRows(form, SCHEDULES);
  if (count === 0) return [['schedule', 'timezone']];
  return Array.from({ length: count }, (_, row) => [
    rowPath(SCHEDULES, row, 'schedule'),
    rowPath(SCHEDULES, row, 'timezone'),
  ]);
};

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
  for (const [schedule, timezone] of schedulePaths(form)) {
    const preview = previewSchedule(form[schedule] ?? '', { ...form, timezone: form[timezone] ?? '' }, now);
    if (preview.kind === 'invalid') errors[preview.field === 'schedule' ? schedule : timezone] ??= preview.message;
  }
  return errors;
}

const PATHS = new Set(FIELDS.map(({ path }) => path));

/**
 * Returns the form field for a field of the API, or `undefined`: for `env.TOKEN` and `args[2]` the field that contains
 * the value, for `http` the first field of the object, for a list of rows the first field of the first row.
 */
export function formFieldFor(name: string): string | undefined {
  for (let path = name; path !== ''; path = path.replace(/(^|\.)[^.[\]]*$|\[[^[\]]*\]$/, '')) {
    if (PATHS.has(path)) return path;
    const row = rowFieldFor(path);
    if (row !== undefined) return row;
  }
  return FIELDS.find(({ path }) => path.startsWith(`${name}.`))?.path;
}

function rowFieldFor(path: string): string | undefined {
  for (const [list, [first = '', ...others]] of Object.entries(ROWS)) {
    if (path === list || path === list.split('.')[0]) return rowPath(list, 0, first);
    const [, row, name] = /^\[(\d+)\](?:\.(\w+))?$/.exec(path.startsWith(list) ? path.slice(list.length) : '') ?? [];
    if (row !== undefined && (name === undefined || name === first)) return rowPath(list, Number(row), first);
    if (row !== undefined && name !== undefined && others.includes(name)) return path;
  }
  return undefined;
}
