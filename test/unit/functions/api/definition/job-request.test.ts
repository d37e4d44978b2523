import { describe, expect, test } from 'vitest';
import { toDefinitionView } from '../../../../../functions/api/definition/definition-view.ts';
import { jobChangeRequest, jobRequest } from '../../../../../functions/api/definition/job-request.ts';
import { READ_ONLY_FIELDS, REPEATED_FIELDS } from '../../../../../functions/api/definition/read-only-fields.ts';
import { toDefinition } from '../../../../../functions/api/definition/to-definition.ts';
import { validate } from '../../../../../functions/api/http/validate.ts';
import { type Definition, validateDefinition } from '../../../../../functions/core/domain/definition.ts';
import type { Job } from '../../../../../functions/core/domain/job.ts';
import { findExpressionFault } from '../../../../../functions/core/executors/flow/transforms/expression-fault.ts';
import { aJob } from '../../../../helpers/builders/jobs.ts';

const NOW = Date.parse('2026-03-02T01:00:30.000Z');
const CREATED = '2026-03-01T00:00:00.000Z';
const minimal = { id: 'sync-email', name: 'Sync Email Metadata', script: '/opt/scripts/sync-email.js' };
const request = { id: 'hook', name: 'Hook', http: { url: 'https://api.test/hook' } };

/** Validates the body of `POST /jobs` as the API does. */
function define(body: unknown, before?: Definition, scriptsWithRole: readonly string[] = []): Definition {
  const definition = toDefinition(validate(jobRequest(), body, 'body'));
  const known = {
    knownScripts: ['echo', 'sync-email'],
    scriptsWithRole,
    mayName: ({ target }: { readonly target: string }) => target !== 'other',
    validateExpression: findExpressionFault,
    plainHttp: false,
  };
  validateDefinition(definition, { ...known, now: NOW, createdAt: CREATED, ...(before && { before }) });
  return definition;
}

describe('a job of a script with a role', () => {
  const job = (script: string, variable: string) => ({ id: 'a', name: 'A', script, env: { [variable]: 'x' } });

  test.each(['AWS_ACCESS_KEY_ID', 'AWS_ENDPOINT_URL', 'aws_profile'])('rejects the variable %s of AWS', (variable) => {
    expect(() => define(job('/opt/echo.js', variable), undefined, ['echo'])).toThrow(
      `env.${variable}: is reserved, because the script 'echo' has a role`,
    );
    expect(() => define(job('sync-email', variable), undefined, ['echo'])).not.toThrow();
  });
});

describe('a job request', () => {
  test('fills in defaults for every field except the name and the target', () => {
    expect(define(minimal)).toEqual({
      name: 'Sync Email Metadata',
      description: null,
      schedule: null,
      timezone: 'UTC',
      schedules: [],
      excludeCalendars: [],
      requireCalendars: [],
      startAt: null,
      endAt: null,
      jitterSeconds: 0,
      catchUp: { mode: 'none', windowSeconds: 86_400, limit: 100 },
      after: null,
      concurrency: null,
      throttle: null,
      target: { type: 'script', script: '/opt/scripts/sync-email.js', args: [], env: {} },
      timeoutMs: 300_000,
      overlapPolicy: 'skip',
      startGraceSeconds: 300,
      finishGraceSeconds: 3_600,
      retry: { attempts: 1, backoff: 'exponential', delaySeconds: 10, maxDelaySeconds: 3_600 },
      priority: 3,
      expiresInSeconds: null,
      integrationId: null,
      tags: [],
      labels: {},
      enabled: true,
      onFailure: null,
      onSuccess: null,
      onLate: null,
      searchable: [],
    });
  });

  test('accepts a timeout in milliseconds or in seconds', () => {
    const flow = { sources: [{ type: 'generate', count: 1 }], sinks: [{ type: 'preview' }] };
    const timeoutOf = (limits: object, what: object = minimal) => define({ ...what, ...limits }).timeoutMs;

    expect(timeoutOf({ timeout_seconds: 60 })).toBe(60_000);
    expect(timeoutOf({ timeout_seconds: 60, timeout_ms: 60_000 })).toBe(60_000);
    expect(timeoutOf({ timeout_seconds: 60, timeout_ms: null })).toBe(60_000);
    expect(timeoutOf({ timeout_seconds: null })).toBe(300_000);
    expect(timeoutOf({ timeout_seconds: 86_400 }, { id: 'f', name: 'F', flow })).toBe(86_400_000);
    expect(timeoutOf({}, { id: 'f', name: 'F', flow })).toBeNull();
    expect(() => timeoutOf({ timeout_seconds: 60, timeout_ms: 5_000 })).toThrow(
      'timeout_seconds: must be the same time as timeout_ms (5000), got 60',
    );
    expect(() => timeoutOf({ timeout_seconds: 841 })).toThrow('timeout_seconds: must be 1–840, got 841');
  });

  test('stores the time zone in IANA spelling, regardless of the case of the request', () => {
    expect(define({ ...minimal, timezone: 'utc' }).timezone).toBe('UTC');
    expect(define({ ...minimal, timezone: 'EUROPE/berlin', schedule: '@daily' }).timezone).toBe('Europe/Berlin');
    expect(() => define({ ...minimal, timezone: 'mars/Olympus' })).toThrow(
      "timezone: must be an IANA name such as Europe/Berlin, got 'mars/Olympus'",
    );
  });

  test('accepts every field', () => {
    const whole = {
      ...minimal,
      type: 'script',
      schedule: '3 * * * *',
      args: ['a', ''],
      env: { BASE_URL: 'https://mail.test', _x1: '' },
      enabled: 0,
      timeout_ms: 120_000,
      overlap_policy: 'replace',
      description: '',
      timezone: 'Europe/Berlin',
      start_at: '2026-04-01T02:00:00+02:00',
      end_at: '2026-05-01T00:00:00Z',
      jitter_seconds: 900,
      integration_id: '5f8a.x-1',
      tags: ['mail', 'nightly'],
      labels: { 'example.com/project': 'my jobs', team: '' },
      retry: { attempts: 20, backoff: 'fixed', delay_seconds: 7_200 },
      on_failure: 'C0123456789',
      on_success: 'C9876543210',
    };

    expect(define(whole)).toMatchObject({
      target: { args: ['a', ''], env: { BASE_URL: 'https://mail.test', _x1: '' } },
      enabled: false,
      startAt: '2026-04-01T00:00:00.000Z',
      endAt: '2026-05-01T00:00:00.000Z',
      retry: { attempts: 20, backoff: 'fixed', delaySeconds: 7_200, maxDelaySeconds: 7_200 },
      onFailure: 'C0123456789',
      labels: { 'example.com/project': 'my jobs', team: '' },
    });
  });

  test.each([
    [{ url: 'https://api.test/' }, { method: 'GET', headers: {}, body: null }],
    [
      { url: 'http://api.test:8080/x?y', body: '{}' },
      { method: 'POST', body: '{}' },
    ],
    [
      { url: 'https://api.test/', method: 'DELETE', headers: { Accept: 'a/b' } },
      { method: 'DELETE', headers: { Accept: 'a/b' } },
    ],
  ])('accepts the HTTP request %j', (http, target) => {
    expect(define({ ...request, http }).target).toMatchObject({ type: 'http', ...target });
    expect(define({ ...request, http, type: 'http', script: null, args: null }).target).toMatchObject(target);
  });

  test('accepts references to secrets that do not exist yet', () => {
    const headers = { Authorization: 'Bearer {{secret:erp.token}}' };

    expect(define({ ...request, http: { ...request.http, headers } }).target).toMatchObject({ headers });
    expect(define({ ...minimal, env: { TOKEN: '{{secret:erp.token}}' } }).target).toMatchObject({
      env: { TOKEN: '{{secret:erp.token}}' },
    });
  });

  test.each([1, 0, true, false])('accepts %s for enabled', (enabled) => {
    expect(define({ ...minimal, enabled }).enabled).toBe(Boolean(enabled));
  });

  test('accepts its own response: the view of a job defines an equal job', () => {
    const jobs: Partial<Job>[] = [
      { target: { type: 'script', script: 'echo', args: ['x'], env: { A: 'b' } }, tags: ['t'], labels: { a: 'b' } },
      { target: { type: 'http', url: 'https://api.test/', method: 'PUT', headers: { a: 'b' }, body: 'x' } },
    ];
    for (const overrides of jobs) {
      const { tenant, id, incarnation, version, createdAt, updatedAt, ...definition } = aJob(overrides);

      expect(define(toDefinitionView(aJob(overrides)))).toEqual(definition);
    }
  });
});

describe('read-only fields', () => {
  const maintained = READ_ONLY_FIELDS.filter((field) => !(field in REPEATED_FIELDS));
  const readOnly = Object.fromEntries(maintained.map((field) => [field, { any: ['value'] }]));

  test('have no effect in a request and in a change', () => {
    expect(define({ ...minimal, ...readOnly })).toEqual(define(minimal));
    expect(validate(jobChangeRequest(), { name: 'x', ...readOnly }, 'body')).toMatchObject({ name: 'x' });
  });

  test.each([
    [{ _integrationId: 'shop' }, '_integrationId: must be omitted or equal integration_id (null), got "shop"'],
    [
      { _integrationId: 'shop', integration_id: 'crm' },
      '_integrationId: must be omitted or equal integration_id ("crm"), got "shop"',
    ],
    [{ _integrationId: ['shop'] }, '_integrationId: must be omitted or equal integration_id (null), got ["shop"]'],
  ])('are refused if they differ from the field that they repeat: %j', (fields, message) => {
    expect(() => define({ ...minimal, ...fields })).toThrow(message);
  });

  test('may be sent back with the value of the field that they repeat', () => {
    const shop = { ...minimal, integration_id: 'shop' };

    expect(define({ ...shop, _integrationId: 'shop' })).toEqual(define(shop));
    expect(define({ ...minimal, _integrationId: null })).toEqual(define(minimal));
  });
});

describe('an invalid job request', () => {
  const env = (names: Record<string, unknown>) => ({ ...minimal, env: names });
  const http = (fields: object) => ({ ...request, http: { ...request.http, ...fields } });

  test.each<[object, string]>([
    [
      {},
      'id: is required (1–64 of A–Z a–z 0–9 _ - . and start with a letter or digit); name: is required (text of 1–200 characters)',
    ],
    [{ ...minimal, id: '-x' }, 'id: must be 1–64 of A–Z a–z 0–9 _ - . and start with a letter or digit, got "-x"'],
    [{ ...minimal, id: 'a/b' }, 'id: must be 1–64 of A–Z a–z 0–9 _ - . and start with a letter or digit, got "a/b"'],
    [
      { ...minimal, id: 'a'.repeat(65) },
      `id: must be 1–64 of A–Z a–z 0–9 _ - . and start with a letter or digit, got "${'a'.repeat(65)}"`,
    ],
    [{ ...minimal, name: ' ' }, 'name: must be text of 1–200 characters, got " "'],
    [{ ...minimal, name: 'a\0b' }, 'name: must not hold control or direction characters (U+0000), got "a\\u0000b"'],
    [{ ...minimal, name: 'a\u202eb' }, 'name: must not hold control or direction characters (U+202E), got "a\\u202eb"'],
    [{ ...minimal, name: '\u200b\u3164' }, 'name: must have a visible character, got "\\u200b\\u3164"'],
    [
      { ...minimal, tags: ['a', 'b\u2066'] },
      'tags[1]: must not hold control or direction characters (U+2066), got "b\\u2066"',
    ],
    [{ ...minimal, name: null }, 'name: must be text of 1–200 characters, got null'],
    [{ ...minimal, timeout_ms: 5 }, 'timeout_ms: must be 1000–840000, got 5'],
    [{ ...minimal, timeout_ms: 840_001 }, 'timeout_ms: must be 1000–840000, got 840001'],
    [{ ...minimal, timeout_ms: '5000' }, 'timeout_ms: must be 1000–840000, got "5000"'],
    [{ ...minimal, jitter_seconds: 901 }, 'jitter_seconds: must be 0–900, got 901'],
    [{ ...minimal, enabled: 2 }, 'enabled: must be 1, 0, true or false, got 2'],
    [{ ...minimal, overlap_policy: 'wait' }, 'overlap_policy: must be skip or queue or allow or replace, got "wait"'],
    [
      { ...minimal, type: 'topic' },
      'type: must be script or http or flow or lambda or event or queue or container or stateMachine, got "topic"',
    ],
    [
      { ...minimal, type: 5 },
      'type: must be script or http or flow or lambda or event or queue or container or stateMachine, got 5',
    ],
    [{ ...minimal, foo: 1 }, "body: unknown field 'foo'; known are id, name,"],
    [{ ...minimal, timeoutMs: 1 }, "body: unknown field 'timeoutMs'; did you mean 'timeout_ms'?"],
    [{ ...minimal, shortened: true }, "body: unknown field 'shortened'; known are "],
    [{ ...minimal, tags: Array.from({ length: 21 }, (_, i) => `t${i}`) }, 'tags: must have at most 20 entries, got 21'],
    [{ ...minimal, tags: ['a', 'x'.repeat(65)] }, 'tags[1]: must be text of 1–64 characters, got "xxx'],
    [{ ...minimal, tags: ['a', 'a'] }, 'tags: must not name a tag twice'],
    [{ ...minimal, labels: ['a'] }, 'labels: must be an object of names and values'],
    [{ ...minimal, labels: { 'a b': 'x' } }, 'labels.a b: a name must be 1–64 of A–Z a–z 0–9 _ . / -'],
    [
      { ...minimal, labels: { ['x'.repeat(65)]: 'x' } },
      `labels.${'x'.repeat(65)}: a name must be 1–64 of A–Z a–z 0–9 _ . / -`,
    ],
    [{ ...minimal, labels: { '': 'x' } }, 'labels.: a name must be 1–64 of A–Z a–z 0–9 _ . / -'],
    [{ ...minimal, labels: { a: 1 } }, 'labels.a: must be text of at most 256 characters, got 1'],
    [{ ...minimal, labels: { a: null } }, 'labels.a: must be text of at most 256 characters, got null'],
    [{ ...minimal, labels: { a: 'x'.repeat(257) } }, 'labels.a: must be text of at most 256 characters, got "xxx'],
    [
      { ...minimal, labels: Object.fromEntries(Array.from({ length: 21 }, (_, i) => [`l${i}`, ''])) },
      'labels: must have at most 20 names, got 21',
    ],
    [{ ...minimal, args: 'a b' }, 'args: must be a list, got "a b"'],
    [{ ...minimal, args: [1] }, 'args[0]: must be text of at most 4096 characters, got 1'],
    [{ ...minimal, retry: {} }, 'retry.attempts: is required (1–20)'],
    [{ ...minimal, retry: { attempts: 21 } }, 'retry.attempts: must be 1–20, got 21'],
    [
      { ...minimal, retry: { attempts: 2, backoff: 'linear' } },
      'retry.backoff: must be exponential or fixed, got "linear"',
    ],
    [
      { ...minimal, retry: { attempts: 2, delay_seconds: 9, max_delay_seconds: 3 } },
      'retry.max_delay_seconds: must be at least retry.delay_seconds (9), got 3',
    ],
    [{ ...minimal, schedule: '75 * * * *' }, 'schedule: minute must be'],
    [{ ...minimal, schedule: 'at(2020-01-01T00:00:00)' }, 'schedule: never fires after 2026-03-02T01:00:30.000Z'],
    [{ ...minimal, schedule: '* * * * *', end_at: '2026-03-02T01:00:45Z' }, 'schedule: never fires after'],
    [{ ...minimal, schedule: 5 }, 'schedule: must be text of at most 256 characters, got 5'],
    // Names that browsers report or accept and that IANA does not list.
    ...['Etc/Unknown', '+05:30', 'PST', 'localtime'].map((timezone): [object, string] => [
      { ...minimal, timezone },
      `timezone: must be an IANA name such as Europe/Berlin, got '${timezone}'`,
    ]),
    [
      { ...minimal, timezone: 'Mars/Olympus' },
      "timezone: must be an IANA name such as Europe/Berlin, got 'Mars/Olympus'",
    ],
    [
      { ...minimal, start_at: '2026-02-30T00:00:00Z' },
      'start_at: must be an ISO 8601 time such as 2026-03-02T01:03:00Z, got "2026-02-30T00:00:00Z"',
    ],
    [{ ...minimal, start_at: '2026-03-02' }, 'start_at: must be an ISO 8601 time'],
    [
      { ...minimal, start_at: '2026-05-02T00:00:00Z', end_at: '2026-05-02T00:00:00Z' },
      'end_at: must be after start_at (2026-05-02T00:00:00.000Z)',
    ],
    [{ ...minimal, script: 'rm -rf' }, "script: there is no script 'rm -rf'; known are echo, sync-email"],
    [{ ...minimal, script: '/x/nope.js' }, "script: there is no script 'nope'; known are echo, sync-email"],
    [{ id: 'a', name: 'a' }, "script: is required: the job's type is script"],
    [{ ...minimal, type: 'http' }, "script: must be absent: the job's type is http"],
    [{ ...minimal, http: { url: 'https://a.test' } }, "script: must be absent: the job's type is http"],
    [{ ...request, type: 'script' }, "http: must be absent: the job's type is script"],
    [{ ...request, env: {} }, "env: must be absent: the job's type is http"],
    [{ id: 'a', name: 'a', type: 'http' }, "http: is required: the job's type is http"],
    [env({ '1A': 'x' }), 'env.1A: a name must be letters, digits and _'],
    [env({ NODE_OPTIONS: 'x' }), 'env.NODE_OPTIONS: is reserved for the platform'],
    [env({ LD_PRELOAD: 'x' }), 'env.LD_PRELOAD: is reserved for the platform'],
    [env({ A: 1 }), 'env.A: must be text of at most 4096 characters, got 1'],
    [env({ A: 'x\0y' }), 'env.A: must not hold a NUL character'],
    [
      env({ A: 'x'.repeat(2_100), B: 'y'.repeat(2_000) }),
      'env: must have at most 4096 bytes of names and values, got 4102',
    ],
    [env([] as unknown as Record<string, unknown>), 'env: must be an object of names and values'],
    [http({ url: 'ftp://a.test/' }), "http.url: must be an http or https URL with a host, got 'ftp://a.test/'"],
    [http({ url: '/path' }), 'http.url: must be an http or https URL with a host'],
    [http({ url: 'https://ana:secret@a.test/' }), 'http.url: must not hold credentials; send them in http.headers'],
    [http({ method: 'TRACE' }), 'http.method: must be GET or POST or PUT or PATCH or DELETE, got "TRACE"'],
    [http({ headers: { 'a b': 'x' } }), 'http.headers.a b: must be a valid header name'],
    [http({ headers: { Host: 'x' } }), 'http.headers.Host: is reserved for the platform'],
    [http({ headers: { A: 'x\r\nB: y' } }), 'http.headers.A: must be one line of printable characters'],
    [http({ headers: { Accept: 'x', accept: 'y' } }), 'http.headers.accept: is given twice'],
    [
      http({ headers: { A: 'x', Authorization: 'hunter2 {{secret:a b}}' } }),
      'http.headers.Authorization: must refer to a secret as {{secret:name}}, without spaces and the name being 1–64 of',
    ],
    [env({ A: '{{ secret:a }}' }), 'env.A: must refer to a secret as {{secret:name}}, without spaces'],
    [
      env(Object.fromEntries(Array.from({ length: 21 }, (_, i) => [`A${i}`, '{{secret:a}}']))),
      "env.A20: must not raise the job's secret references above 20",
    ],
    [http({ body: 'a {{secret:a}}' }), 'http.body: must not refer to a secret; only values of http.headers may'],
    [
      http({ url: 'https://a.test/?key={{secret:a}}' }),
      'http.url: must not refer to a secret; only values of http.headers may',
    ],
    [{ ...minimal, args: ['a', '{{secret:a}}'] }, 'args[1]: must not refer to a secret; only values of env may'],
    [http({ body: { a: 1 } }), 'http.body: must be text of at most 16384 characters, got {"a":1}'],
    [http({ timeout: 1 }), "http: unknown field 'timeout'; known are url, method, headers, body"],
    [
      { ...minimal, args: Array.from({ length: 9 }, () => 'x'.repeat(4_000)) },
      'body: must define a job in at most 32768 bytes, got 36',
    ],
  ])('rejects case %#: %j', (body, message) => {
    let said = '';
    try {
      define(body);
    } catch (error) {
      said = (error as Error).message;
    }
    expect(said.slice(0, message.length)).toBe(message);
  });
});

describe('a change of a job', () => {
  test('accepts an unchanged schedule that has expired', () => {
    const over = { ...minimal, schedule: 'at(2020-01-01T00:00:00)' };
    const before = toDefinition(validate(jobRequest(), over, 'body'));

    expect(define({ ...over, name: 'Renamed' }, before).name).toBe('Renamed');
    expect(() => define({ ...over, timezone: 'Asia/Tokyo' }, before)).toThrow(/never fires/);
  });

  test('rejects unknown fields', () => {
    expect(validate(jobChangeRequest(), { name: null, retry: 3 }, 'body')).toEqual({ name: null, retry: 3 });
    expect(() => validate(jobChangeRequest(), { Name: 'x' }, 'body')).toThrow(
      "body: unknown field 'Name'; did you mean 'name'?",
    );
  });
});
