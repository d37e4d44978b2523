import { parseExactJson } from '../../../core/domain/exact-json.ts';
import { isJobId, JOB_ID_RULE } from '../../../core/domain/job-id.ts';
import type { Job } from '../api/types.ts';
import type { FieldErrors } from './form-errors.ts';
import { previewSchedule } from './schedule-preview.ts';

/** The values of the job form as typed text. */
export interface JobForm {
  readonly id: string;
  readonly name: string;
  readonly description: string;
  readonly type: 'script' | 'http';
  readonly script: string;
  /** One per line. */
  readonly args: string;
  /** `NAME=value`, one per line. */
  readonly env: string;
  readonly url: string;
  readonly method: string;
  /** `Name: value`, one per line. */
  readonly headers: string;
  readonly body: string;
  readonly schedule: string;
  /** JSON of several schedules instead of `schedule` and `timezone`; empty for at most one. */
  readonly schedules: string;
  readonly timezone: string;
  /** ISO 8601 with a time zone; empty for none. */
  readonly startAt: string;
  readonly endAt: string;
  readonly jitterSeconds: string;
  /** Names of calendars, separated by commas. */
  readonly excludeCalendars: string;
  readonly requireCalendars: string;
  readonly overlapPolicy: string;
  readonly timeoutSeconds: string;
  /** Grace periods before a run is late; 0 disables the check. */
  readonly startGraceSeconds: string;
  readonly finishGraceSeconds: string;
  readonly attempts: string;
  readonly backoff: string;
  readonly retryDelaySeconds: string;
  /** Empty for the API's default. */
  readonly retryMaxDelaySeconds: string;
  readonly priority: string;
  /** Empty for no limit. */
  readonly expiresInSeconds: string;
  readonly integrationId: string;
  /** Separated by commas. */
  readonly tags: string;
  /** Paths separated by commas. */
  readonly searchable: string;
  readonly onFailure: string;
  readonly onSuccess: string;
  readonly onLate: string;
}

export const emptyForm = (timezone: string): JobForm => ({
  id: '',
  name: '',
  description: '',
  type: 'script',
  script: 'echo',
  args: '',
  env: '',
  url: '',
  method: 'GET',
  headers: '',
  body: '',
  schedule: '',
  schedules: '',
  timezone,
  startAt: '',
  endAt: '',
  jitterSeconds: '0',
  excludeCalendars: '',
  requireCalendars: '',
  overlapPolicy: 'skip',
  timeoutSeconds: '300',
  startGraceSeconds: '300',
  finishGraceSeconds: '3600',
  attempts: '1',
  backoff: 'exponential',
  retryDelaySeconds: '10',
  retryMaxDelaySeconds: '',
  priority: '3',
  expiresInSeconds: '',
  integrationId: '',
  tags: '',
  searchable: '',
  onFailure: '',
  onSuccess: '',
  onLate: '',
});

/** Formats the text of several schedules. */
export const formatSchedules = (schedules: NonNullable<Job['schedules']>): string => JSON.stringify(schedules, null, 2);

/** Formats a value for a line of its own; as JSON if the plain text could not be parsed back. */
const formatValue = (value: string) => (/^"|^\s|\s$|\n|^$/.test(value) ? JSON.stringify(value) : value);
const formatLines = (values: readonly string[]) => values.map(formatValue).join('\n');
const formatPairs = (values: Readonly<Record<string, string>>, between: string) =>
  Object.entries(values)
    .map(([name, value]) => name + between + (value === '' ? '' : formatValue(value)))
    .join('\n');

export function formFromJob(job: Job): JobForm {
  return {
    ...emptyForm(job.timezone),
    id: job.id,
    name: job.name,
    description: job.description ?? '',
    type: job.type === 'http' ? 'http' : 'script',
    script: job.script ?? '',
    args: formatLines(job.args ?? []),
    env: formatPairs(job.env ?? {}, '='),
    url: job.http?.url ?? '',
    method: job.http?.method ?? 'GET',
    headers: formatPairs(job.http?.headers ?? {}, ': '),
    body: job.http?.body ?? '',
    schedule: job.schedule ?? '',
    schedules: job.schedules === null ? '' : formatSchedules(job.schedules),
    startAt: job.start_at ?? '',
    endAt: job.end_at ?? '',
    jitterSeconds: String(job.jitter_seconds),
    excludeCalendars: job.exclude_calendars.join(', '),
    requireCalendars: job.require_calendars.join(', '),
    overlapPolicy: job.overlap_policy,
    timeoutSeconds: String((job.timeout_ms ?? 300_000) / 1_000),
    startGraceSeconds: String(job.start_grace_s),
    finishGraceSeconds: String(job.finish_grace_s),
    attempts: String(job.retry.attempts),
    backoff: job.retry.backoff,
    retryDelaySeconds: String(job.retry.delay_seconds),
    retryMaxDelaySeconds: String(job.retry.max_delay_seconds),
    priority: String(job.priority),
    expiresInSeconds: job.expires_in_s === null ? '' : String(job.expires_in_s),
    integrationId: job.integration_id ?? '',
    tags: job.tags.join(', '),
    searchable: job.searchable.join(', '),
    onFailure: job.on_failure ?? '',
    onSuccess: job.on_success ?? '',
    onLate: job.on_late ?? '',
  };
}

/** An error in the form that prevents a request. The API validates the rest. */
export class FormError extends Error {
  override readonly name = 'FormProblem';
  readonly field: keyof JobForm;

  constructor(field: keyof JobForm, message: string) {
    super(message);
    this.field = field;
  }
}

/**
 * Returns the body for `POST /jobs`.
 *
 * @throws FormError
 */
export function toJobBody(form: JobForm): Readonly<Record<string, unknown>> {
  const target =
    form.type === 'http'
      ? {
          http: {
            url: form.url.trim(),
            method: form.method,
            headers: parsePairs(form.headers, ':', 'headers'),
            body: form.body || null,
          },
        }
      : {
          script: form.script.trim(),
          args: parseLines(form.args).map(parseValue),
          env: parsePairs(form.env, '=', 'env'),
        };
  return {
    id: form.id.trim(),
    name: form.name.trim(),
    description: form.description.trim() || null,
    type: form.type,
    ...target,
    ...timingOf(form),
    start_at: form.startAt.trim() || null,
    end_at: form.endAt.trim() || null,
    jitter_seconds: parseNumber(form.jitterSeconds, 'jitterSeconds'),
    exclude_calendars: parseList(form.excludeCalendars),
    require_calendars: parseList(form.requireCalendars),
    overlap_policy: form.overlapPolicy,
    timeout_ms: Math.round(parseNumber(form.timeoutSeconds, 'timeoutSeconds') * 1_000),
    start_grace_s: parseNumber(form.startGraceSeconds, 'startGraceSeconds'),
    finish_grace_s: parseNumber(form.finishGraceSeconds, 'finishGraceSeconds'),
    retry: {
      attempts: parseNumber(form.attempts, 'attempts'),
      backoff: form.backoff,
      delay_seconds: parseNumber(form.retryDelaySeconds, 'retryDelaySeconds'),
      max_delay_seconds: form.retryMaxDelaySeconds
        ? parseNumber(form.retryMaxDelaySeconds, 'retryMaxDelaySeconds')
        : null,
    },
    priority: parseNumber(form.priority, 'priority'),
    expires_in_s: form.expiresInSeconds.trim() ? parseNumber(form.expiresInSeconds, 'expiresInSeconds') : null,
    integration_id: form.integrationId.trim() || null,
    tags: parseList(form.tags),
    searchable: parseList(form.searchable),
    on_failure: form.onFailure.trim() || null,
    on_success: form.onSuccess.trim() || null,
    on_late: form.onLate.trim() || null,
  };
}

/** Several schedules have time zones of their own. */
const timingOf = ({ schedule, schedules, timezone }: JobForm) =>
  schedules !== ''
    ? { schedules: parseSchedules(schedules) }
    : { schedule: schedule.trim() || null, timezone: timezone.trim() || 'UTC', schedules: null };

/** Returns the body for `PATCH /jobs/{id}`: the changed fields. */
export function toJobPatch(before: JobForm, after: JobForm): Readonly<Record<string, unknown>> {
  const [old, now] = [toJobBody(before), toJobBody(after)];
  return Object.fromEntries(
    Object.entries(now).filter(([name, value]) => JSON.stringify(old[name]) !== JSON.stringify(value)),
  );
}

/** @returns whether two forms hold the same text in every field */
export const isSameForm = (a: JobForm, b: JobForm): boolean => JSON.stringify(a) === JSON.stringify(b);

/** Derives an id from a name: `Nightly sync (EU)` becomes `nightly-sync-eu`. */
export function suggestId(name: string): string {
  const plain = name.normalize('NFKD').replaceAll(/\p{Mn}/gu, '');
  return plain
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '-')
    .replaceAll(/^-+|-+$/g, '')
    .slice(0, 64);
}

/** Fields of the form that hold numbers. */
const NUMBER_FIELDS = [
  'jitterSeconds',
  'timeoutSeconds',
  'startGraceSeconds',
  'finishGraceSeconds',
  'attempts',
  'retryDelaySeconds',
] as const;

/**
 * Returns the errors that prevent the form from being submitted. The API validates the rest.
 *
 * @param now epoch milliseconds
 */
export function validateForm(form: JobForm, now: number): FieldErrors<keyof JobForm> {
  const errors: Partial<Record<keyof JobForm, string>> = {};
  const requireText = (field: keyof JobForm) => {
    if (form[field].trim() === '') errors[field] = 'This field is required.';
  };
  const collectError = (parseValue: () => unknown) => {
    try {
      parseValue();
    } catch (error) {
      if (!(error instanceof FormError)) throw error;
      errors[error.field] = error.message;
    }
  };
  requireText('name');
  if (!isJobId(form.id.trim())) errors.id = form.id.trim() ? `Must be ${JOB_ID_RULE}.` : 'This field is required.';
  if (form.type === 'script') {
    requireText('script');
    collectError(() => parsePairs(form.env, '=', 'env'));
  } else {
    requireText('url');
    collectError(() => parsePairs(form.headers, ':', 'headers'));
  }
  if (form.schedules !== '') {
    collectError(() => parseSchedules(form.schedules));
  } else {
    const preview = previewSchedule(form.schedule, form, now);
    if (preview.kind === 'invalid') errors[preview.field] = preview.message;
  }
  for (const field of NUMBER_FIELDS) collectError(() => parseNumber(form[field], field));
  if (form.expiresInSeconds.trim()) collectError(() => parseNumber(form.expiresInSeconds, 'expiresInSeconds'));
  return errors;
}

/** The fields of the form by their names in the API. */
const WIRE_NAMES: Readonly<Record<string, keyof JobForm>> = {
  start_at: 'startAt',
  end_at: 'endAt',
  jitter_seconds: 'jitterSeconds',
  exclude_calendars: 'excludeCalendars',
  require_calendars: 'requireCalendars',
  overlap_policy: 'overlapPolicy',
  timeout_ms: 'timeoutSeconds',
  start_grace_s: 'startGraceSeconds',
  finish_grace_s: 'finishGraceSeconds',
  expires_in_s: 'expiresInSeconds',
  integration_id: 'integrationId',
  searchable: 'searchable',
  on_failure: 'onFailure',
  on_success: 'onSuccess',
  on_late: 'onLate',
  retry: 'attempts',
  'retry.attempts': 'attempts',
  'retry.backoff': 'backoff',
  'retry.delay_seconds': 'retryDelaySeconds',
  // Not part of the form: the error is shown at the first delay.
  'retry.max_delay_seconds': 'retryDelaySeconds',
  http: 'url',
  'http.url': 'url',
  'http.method': 'method',
  'http.body': 'body',
};

/** Names with another meaning in the API: `body` is the whole request, and `type` has no field that shows errors. */
const EXCLUDED_FIELDS = ['body', 'type'];
const FIELDS = new Set(Object.keys(emptyForm('')).filter((name) => !EXCLUDED_FIELDS.includes(name)));
const isField = (name: string): name is keyof JobForm => FIELDS.has(name);

/** Returns the form field for a field of the API (`args[2]`, `env.TOKEN`), or `undefined`. */
export function formFieldFor(name: string): keyof JobForm | undefined {
  const root = name.replace(/\[\d+\].*$/, '');
  if (root.startsWith('http.headers')) return 'headers';
  const field = root.replace(/^(env|tags)\..*$/, '$1');
  return WIRE_NAMES[root] ?? (isField(field) ? field : undefined);
}

/** Parses values separated by commas. */
const parseList = (text: string): readonly string[] =>
  text
    .split(',')
    .map((value) => value.trim())
    .filter(Boolean);

/** Parses a value that `formatValue` formatted. */
function parseValue(text: string): string {
  const value = text.trim();
  if (!/^".*"$/.test(value)) return value;
  try {
    return JSON.parse(value) as string;
  } catch {
    return value;
  }
}

function parseSchedules(text: string): unknown {
  try {
    return parseExactJson(text);
  } catch (error) {
    throw new FormError('schedules', `Must be JSON: ${(error as Error).message}`);
  }
}

/** Blank lines are ignored: an empty argument is `""`. */
const parseLines = (text: string) => text.split('\n').filter((line) => line.trim() !== '');

function parsePairs(text: string, between: string, field: 'env' | 'headers'): Readonly<Record<string, string>> {
  const entries = parseLines(text).map((line) => {
    const at = line.indexOf(between);
    if (at < 1) throw new FormError(field, `Each line must have the form NAME${between}value, got "${line}"`);
    return [line.slice(0, at).trim(), parseValue(line.slice(at + 1))] as const;
  });
  return Object.fromEntries(entries);
}

function parseNumber(text: string, field: keyof JobForm): number {
  const value = Number(text);
  if (text.trim() === '' || !Number.isFinite(value)) throw new FormError(field, `Must be a number, got "${text}"`);
  return value;
}
