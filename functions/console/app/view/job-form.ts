import type { Job } from '../api/wire.ts';

/** A job as it stands in the form: everything is text, as it is typed. */
export interface JobForm {
  readonly id: string;
  readonly name: string;
  readonly description: string;
  readonly type: 'script' | 'http';
  readonly script: string;
  /** One a line. */
  readonly args: string;
  /** `NAME=value`, one a line. */
  readonly env: string;
  readonly url: string;
  readonly method: string;
  /** `Name: value`, one a line. */
  readonly headers: string;
  readonly body: string;
  readonly schedule: string;
  readonly timezone: string;
  readonly overlapPolicy: string;
  readonly timeoutSeconds: string;
  readonly attempts: string;
  readonly retryDelaySeconds: string;
  readonly integrationId: string;
  /** Separated by commas. */
  readonly tags: string;
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
  timezone,
  overlapPolicy: 'skip',
  timeoutSeconds: '300',
  attempts: '1',
  retryDelaySeconds: '10',
  integrationId: '',
  tags: '',
});

const lines = (values: readonly string[]) => values.join('\n');
const pairs = (values: Readonly<Record<string, string>>, between: string) =>
  lines(Object.entries(values).map(([name, value]) => name + between + value));

export function formOf(job: Job): JobForm {
  return {
    ...emptyForm(job.timezone),
    id: job.id,
    name: job.name,
    description: job.description ?? '',
    type: job.type === 'http' ? 'http' : 'script',
    script: job.script ?? '',
    args: lines(job.args ?? []),
    env: pairs(job.env ?? {}, '='),
    url: job.http?.url ?? '',
    method: job.http?.method ?? 'GET',
    headers: pairs(job.http?.headers ?? {}, ': '),
    body: job.http?.body ?? '',
    schedule: job.schedule ?? '',
    overlapPolicy: job.overlap_policy,
    timeoutSeconds: String((job.timeout_ms ?? 300_000) / 1_000),
    attempts: String(job.retry.attempts),
    retryDelaySeconds: String(job.retry.delay_seconds),
    integrationId: job.integration_id ?? '',
    tags: job.tags.join(', '),
  };
}

/** Something in the form that cannot be sent; the rest the API checks. */
export class FormProblem extends Error {
  override readonly name = 'FormProblem';
  readonly field: keyof JobForm;

  constructor(field: keyof JobForm, message: string) {
    super(message);
    this.field = field;
  }
}

/**
 * What `POST /jobs` takes.
 *
 * @throws FormProblem
 */
export function bodyOf(form: JobForm): Readonly<Record<string, unknown>> {
  const target =
    form.type === 'http'
      ? {
          http: {
            url: form.url.trim(),
            method: form.method,
            headers: readPairs(form.headers, ':', 'headers'),
            body: form.body || null,
          },
        }
      : { script: form.script.trim(), args: readLines(form.args), env: readPairs(form.env, '=', 'env') };
  return {
    id: form.id.trim(),
    name: form.name.trim(),
    description: form.description.trim() || null,
    type: form.type,
    ...target,
    schedule: form.schedule.trim() || null,
    timezone: form.timezone.trim() || 'UTC',
    overlap_policy: form.overlapPolicy,
    timeout_ms: Math.round(readNumber(form.timeoutSeconds, 'timeoutSeconds') * 1_000),
    retry: {
      attempts: readNumber(form.attempts, 'attempts'),
      delay_seconds: readNumber(form.retryDelaySeconds, 'retryDelaySeconds'),
    },
    integration_id: form.integrationId.trim() || null,
    tags: form.tags
      .split(',')
      .map((tag) => tag.trim())
      .filter(Boolean),
  };
}

/** What `PATCH /jobs/{id}` takes: the fields that are not as they were. */
export function changesOf(before: JobForm, after: JobForm): Readonly<Record<string, unknown>> {
  const [old, now] = [bodyOf(before), bodyOf(after)];
  return Object.fromEntries(
    Object.entries(now).filter(([name, value]) => JSON.stringify(old[name]) !== JSON.stringify(value)),
  );
}

/** An id that goes with a name: `Nightly sync (EU)` is `nightly-sync-eu`. */
export function idFor(name: string): string {
  const plain = name.normalize('NFKD').replaceAll(/\p{Mn}/gu, '');
  return plain
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '-')
    .replaceAll(/^-+|-+$/g, '')
    .slice(0, 64);
}

/** The fields of the form by the names that the API has for them. */
const WIRE_NAMES: Readonly<Record<string, keyof JobForm>> = {
  overlap_policy: 'overlapPolicy',
  timeout_ms: 'timeoutSeconds',
  integration_id: 'integrationId',
  'retry.attempts': 'attempts',
  'retry.delay_seconds': 'retryDelaySeconds',
  'http.url': 'url',
  'http.method': 'method',
  'http.body': 'body',
};

/** Which field a message of the API is about (`schedule: minute must be 0–59, got 75`), and what it says of it. */
export function fieldProblem(message: string, form: JobForm): { field: keyof JobForm; message: string } | undefined {
  const [, name = '', said = ''] = /^([\w.[\]-]+): (.*)$/s.exec(message) ?? [];
  const root = name.replace(/\[\d+\].*$/, '');
  const field = WIRE_NAMES[root] ?? (root.startsWith('http.headers') ? 'headers' : root.replace(/^env\..*$/, 'env'));
  return field in form ? { field: field as keyof JobForm, message: said } : undefined;
}

/** Blank lines at the end are nobody's arguments. */
const readLines = (text: string) => (text.trim() === '' ? [] : text.replace(/\n+$/, '').split('\n'));

function readPairs(text: string, between: string, field: 'env' | 'headers'): Readonly<Record<string, string>> {
  const entries = readLines(text)
    .filter((line) => line.trim() !== '')
    .map((line) => {
      const at = line.indexOf(between);
      if (at < 1) throw new FormProblem(field, `Each line must be like NAME${between}value, got "${line}"`);
      return [line.slice(0, at).trim(), line.slice(at + 1).trim()] as const;
    });
  return Object.fromEntries(entries);
}

function readNumber(text: string, field: keyof JobForm): number {
  const value = Number(text);
  if (text.trim() === '' || !Number.isFinite(value)) throw new FormProblem(field, `Must be a number, got "${text}"`);
  return value;
}
