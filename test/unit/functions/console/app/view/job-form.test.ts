import { describe, expect, it } from 'vitest';
import { definitionFields } from '../../../../../../functions/api/definition/definition-view.ts';
import type { Job } from '../../../../../../functions/console/app/api/types.ts';
import { addRow, removeRow, removeRows } from '../../../../../../functions/console/app/view/form-rows.ts';
import { FormError } from '../../../../../../functions/console/app/view/job-field.ts';
import {
  emptyForm,
  formFieldFor,
  formFromJob,
  suggestId,
  toJobBody,
  toJobPatch,
  validateForm,
} from '../../../../../../functions/console/app/view/job-form.ts';
import { COMMON_FIELDS } from '../../../../../../functions/console/app/view/job-form-fields.ts';
import { JOB_KINDS } from '../../../../../../functions/console/app/view/job-kinds/kinds.ts';
import { MAX_SCHEDULES, SCHEDULES, UPSTREAM } from '../../../../../../functions/console/app/view/job-timing-fields.ts';
import { MAX_SCHEDULES as API_MAX_SCHEDULES } from '../../../../../../functions/core/domain/job-timetable.ts';

const form = { ...emptyForm('Europe/Berlin'), id: 'sync', name: 'Sync' };

const job: Job = {
  id: 'sync',
  name: 'Sync',
  description: null,
  type: 'script',
  schedule: '0 3 * * *',
  schedules: null,
  exclude_calendars: [],
  require_calendars: [],
  timezone: 'UTC',
  start_at: null,
  end_at: null,
  after: null,
  concurrency: null,
  throttle: null,
  jitter_seconds: 0,
  catch_up: 'none',
  catch_up_window_s: 86_400,
  catch_up_limit: 100,
  script: 'echo',
  args: ['a', 'b c'],
  env: { URL: 'https://x.test/?a=1', TOKEN: '{{secret:t}}' },
  http: null,
  flow: null,
  lambda: null,
  event: null,
  queue: null,
  container: null,
  stateMachine: null,
  enabled: 1,
  timeout_ms: 1_500,
  start_grace_s: 60,
  finish_grace_s: 0,
  overlap_policy: 'queue',
  retry: { attempts: 3, backoff: 'exponential', delay_seconds: 10, max_delay_seconds: 3_600 },
  priority: 2,
  expires_in_s: 600,
  integration_id: 'shop',
  tags: ['x', 'y'],
  labels: {},
  on_failure: null,
  on_success: null,
  on_late: null,
  searchable: [],
  next_run: null,
  paused: false,
  paused_until: null,
  created_at: '',
  updated_at: '',
  registration: null,
};

describe('toJobBody', () => {
  it('trims values and drops blank lines', () => {
    const typed = { ...form, args: 'one\n two\n\n', env: 'A=1\n\nB = x=y \n', tags: ' a, ,b ', schedule: ' @daily ' };

    expect(toJobBody(typed)).toMatchObject({
      id: 'sync',
      script: 'echo',
      args: ['one', 'two'],
      env: { A: '1', B: 'x=y' },
      tags: ['a', 'b'],
      schedule: '@daily',
      timezone: 'Europe/Berlin',
      timeout_ms: 300_000,
      integration_id: null,
    });
    expect(toJobBody(typed)).not.toHaveProperty('http');
  });

  it('contains the request of an HTTP job', () => {
    const body = toJobBody({
      ...form,
      type: 'http',
      'http.url': ' https://x.test ',
      'http.method': 'POST',
      'http.headers': 'X-A: b:c',
      'http.body': '{}',
    });
    expect(body).toMatchObject({
      type: 'http',
      http: { url: 'https://x.test', method: 'POST', headers: { 'X-A': 'b:c' }, body: '{}' },
    });
    expect(body).not.toHaveProperty('script');
  });

  it('contains the bounds, jitter, grace periods and notification targets', () => {
    const when = { start_at: ' 2026-12-01T00:00:00Z ', jitter_seconds: '30', finish_grace_s: '0' };
    const typed = { ...form, ...when, on_failure: 'slack:#alerts ', on_late: ' none' };
    expect(toJobBody(typed)).toMatchObject({
      start_grace_s: 300,
      finish_grace_s: 0,
      on_late: 'none',
      start_at: '2026-12-01T00:00:00Z',
      end_at: null,
      jitter_seconds: 30,
      on_failure: 'slack:#alerts',
      on_success: null,
    });
  });

  it.each([
    [{ jitter_seconds: 'some' }, 'jitter_seconds', /a number, got "some"/],
    [{ env: 'NAME' }, 'env', /the form NAME=value, got "NAME"/],
    [{ timeout_ms: 'soon' }, 'timeout_ms', /a number, got "soon"/],
    [{ 'retry.attempts': '' }, 'retry.attempts', /a number, got ""/],
    [{ start_grace_s: 'never' }, 'start_grace_s', /a number, got "never"/],
  ])('rejects %j at its field', (wrong, field, message) => {
    expect(() => toJobBody({ ...form, ...wrong })).toThrow(FormError);
    expect(() => toJobBody({ ...form, ...wrong })).toThrow(
      expect.objectContaining({ field, message: expect.stringMatching(message) }),
    );
  });
});

it.each([
  { args: ['', ' padded ', 'two\nlines', '"quoted"', 'a "b" c', '{"a":1}'], env: {} },
  { args: [], env: { EMPTY: '', KEY: 'a\nb', PAD: ' x', QUOTED: '"q"', URL: 'a=b=c' } },
])('round-trips %j through the form', (target) => {
  expect(toJobBody(formFromJob({ ...job, ...target }))).toMatchObject(target);
});

it('keeps the retry fields that were not changed', () => {
  const retry = { attempts: 3, backoff: 'fixed', delay_seconds: 60, max_delay_seconds: 90 } as const;
  const before = formFromJob({ ...job, retry });
  expect(toJobPatch(before, { ...before, 'retry.attempts': '4' })).toEqual({ retry: { ...retry, attempts: 4 } });
});

it('leaves the target of a type that the form does not have unchanged', () => {
  const before = formFromJob({ ...job, type: 'flow' });

  expect(toJobPatch(before, { ...before, name: 'Other' })).toEqual({ name: 'Other' });
  expect(Object.keys(toJobBody(before))).not.toEqual(expect.arrayContaining(['script', 'http']));
});

it('names each field of all types once, because errors are shown by name', () => {
  const paths = [...COMMON_FIELDS, ...JOB_KINDS.flatMap(({ fields }) => fields)].map(({ path }) => path);
  expect(paths.filter((path, i) => paths.indexOf(path) !== i)).toEqual([]);
});

/** Fields that the form does not have: a change leaves them as they are. */
const OTHER_FIELDS = ['enabled', 'flow'];

it('has a field for every field of a definition, or leaves it unchanged', () => {
  const sent = [...JOB_KINDS.map(({ type }) => ({ ...form, type })), { ...form, catch_up: 'all' }];
  const names = new Set([...sent.flatMap((one) => Object.keys(toJobBody(one))), ...OTHER_FIELDS]);
  expect(Object.keys(definitionFields()).filter((name) => !names.has(name))).toEqual([]);
});

it('has paths of searchable fields, whose quoted names may contain commas', () => {
  const searchable = ['customer.id', '"a,b".größe', '`c,"`'];
  const before = formFromJob({ ...job, searchable });

  expect(toJobBody(before)).toMatchObject({ searchable });
  expect(toJobBody({ ...before, searchable: ' a , ,"b, c" ' })).toMatchObject({ searchable: ['a', '"b, c"'] });
});

it('has calendars as names separated by commas', () => {
  const before = formFromJob({ ...job, exclude_calendars: ['holidays', 'freeze'] });
  expect(before.exclude_calendars).toBe('holidays, freeze');
  expect(toJobPatch(before, { ...before, exclude_calendars: 'freeze', require_calendars: 'trading' })).toEqual({
    exclude_calendars: ['freeze'],
    require_calendars: ['trading'],
  });
  expect(formFieldFor('exclude_calendars[0]')).toBe('exclude_calendars');
});

describe('several schedules', () => {
  const schedules = [
    { schedule: '0 3 * * *', timezone: 'Europe/Berlin', payload: { full: true } },
    { schedule: '0 12 * * *', timezone: 'UTC', payload: null },
  ];
  const several = formFromJob({ ...job, timezone: 'Europe/Berlin', schedules });

  it('stay unchanged when another field changes', () => {
    expect(toJobPatch(several, { ...several, name: 'Other' })).toEqual({ name: 'Other' });
  });

  it('replace the fields of a single schedule by rows', () => {
    expect(toJobPatch(several, removeRow(several, SCHEDULES, 0))).toEqual({ schedules: schedules.slice(1) });
    expect(toJobPatch(several, { ...several, 'schedules[1].payload': '[1]' })).toEqual({
      schedules: [schedules[0], { ...schedules[1], payload: [1] }],
    });
    expect(toJobBody(several)).not.toHaveProperty('schedule');
  });

  it('give way to one, and one to them', () => {
    const one = { schedule: '0 3 * * *', timezone: 'Europe/Berlin', schedules: null };
    expect(toJobPatch(several, removeRows(several, SCHEDULES))).toEqual(one);
    const single = formFromJob(job);
    const rows = { 'schedules[0].schedule': '@daily', 'schedules[0].timezone': '', 'schedules[0].payload': '' };
    expect(toJobPatch(single, { ...single, ...rows })).toEqual({
      schedules: [{ schedule: '@daily', timezone: 'UTC', payload: null }],
    });
  });

  it('have errors at their rows', () => {
    const wrong = {
      'schedules[0].schedule': '',
      'schedules[0].payload': '{',
      'schedules[1].schedule': '75 * * * *',
      'schedules[1].timezone': 'Mars',
    };
    expect(validateForm({ ...several, ...wrong }, 0)).toEqual({
      'schedules[0].schedule': 'This field is required.',
      'schedules[0].payload': expect.stringMatching(/^Must be JSON: /),
      'schedules[1].timezone': expect.stringMatching(/^Must be an IANA name/),
    });
    expect(validateForm({ ...several, 'schedules[1].schedule': '75 * * * *' }, 0)).toEqual({
      'schedules[1].schedule': 'Minute must be 0–59, got 75.',
    });
  });
});

it('offers as many schedules as the API accepts', () => {
  expect(MAX_SCHEDULES).toBe(API_MAX_SCHEDULES);
});

describe('upstream jobs', () => {
  const after = {
    jobs: [
      { job: 'load', on: 'success' },
      { job: 'check', on: 'end' },
    ],
    mode: 'all',
    within_s: 600,
  } as const;
  const following = formFromJob({ ...job, after });

  it('stay unchanged when another field changes', () => {
    expect(toJobBody(following)).toMatchObject({ after });
    expect(toJobPatch(following, { ...following, name: 'Other' })).toEqual({ name: 'Other' });
  });

  it('disappear from the job when their rows are removed', () => {
    const one = removeRow(following, UPSTREAM, 0);
    expect(toJobPatch(following, one)).toEqual({ after: { jobs: [{ job: 'check', on: 'end' }] } });
    expect(toJobPatch(following, removeRows(following, UPSTREAM))).toEqual({ after: null });
    const added = addRow(formFromJob(job), UPSTREAM, { job: ' load ', on: 'failure' });
    expect(toJobPatch(formFromJob(job), added)).toEqual({ after: { jobs: [{ job: 'load', on: 'failure' }] } });
  });

  it('have a maximum interval only if all of them are required', () => {
    const any = toJobPatch(following, { ...following, 'after.mode': 'any' });
    expect(any).toEqual({ after: { jobs: after.jobs, mode: 'any' } });
  });

  it('must be named', () => {
    expect(validateForm({ ...following, 'after.jobs[1].job': ' ' }, 0)).toEqual({
      'after.jobs[1].job': 'This field is required.',
    });
  });
});

describe('limits of concurrency and throttle', () => {
  const concurrency = { key: 'customer.id', group: 'shop', limit: 2 };
  const throttle = { key: null, group: null, limit: 10, per_s: 30 };
  const limited = formFromJob({ ...job, concurrency, throttle });

  it('stay unchanged when another field changes', () => {
    expect(toJobBody(limited)).toMatchObject({ concurrency, throttle });
    expect(toJobPatch(limited, { ...limited, name: 'Other' })).toEqual({ name: 'Other' });
  });

  it('change as a whole, and disappear without a limit', () => {
    expect(toJobPatch(limited, { ...limited, 'concurrency.limit': '3', 'throttle.key': ' region ' })).toEqual({
      concurrency: { ...concurrency, limit: 3 },
      throttle: { ...throttle, key: 'region' },
    });
    expect(toJobPatch(limited, { ...limited, 'concurrency.limit': '', 'throttle.limit': ' ' })).toEqual({
      concurrency: null,
      throttle: null,
    });
  });

  it('complete a job without them', () => {
    const before = formFromJob(job);
    expect(toJobBody(before)).toMatchObject({ concurrency: null, throttle: null });
    expect(toJobPatch(before, { ...before, 'throttle.limit': '5' })).toEqual({
      throttle: { key: null, group: null, limit: 5, per_s: 60 },
    });
  });

  it('have errors at their fields', () => {
    const wrong = { 'concurrency.limit': 'two', 'throttle.per_s': '' };
    expect(validateForm({ ...limited, ...wrong }, 0)).toEqual({
      'concurrency.limit': 'Must be a number, got "two"',
      'throttle.per_s': 'Must be a number, got ""',
    });
  });
});

it('sends the limits of missed fires only with a rule that has them', () => {
  expect(toJobBody({ ...form, catch_up: 'all', catch_up_limit: '5' })).toMatchObject({
    catch_up: 'all',
    catch_up_window_s: 86_400,
    catch_up_limit: 5,
  });
  expect(toJobBody({ ...form, catch_up: 'last' })).not.toHaveProperty('catch_up_limit');
  expect(toJobBody({ ...form, catch_up_window_s: 'hidden' })).not.toHaveProperty('catch_up_window_s');
});

describe('toJobPatch', () => {
  it('returns an empty object without changes', () => {
    expect(toJobPatch(formFromJob(job), formFromJob(job))).toEqual({});
  });

  it('contains changed fields only', () => {
    const before = formFromJob(job);
    expect(toJobPatch(before, { ...before, name: 'Other', timeout_ms: '2' })).toEqual({
      name: 'Other',
      timeout_ms: 2_000,
    });
  });

  it('keeps values that the form holds as text', () => {
    expect(toJobBody(formFromJob(job))).toMatchObject({
      args: job.args,
      env: job.env,
      tags: job.tags,
      timeout_ms: 1_500,
      start_grace_s: 60,
      finish_grace_s: 0,
      retry: { attempts: 3, delay_seconds: 10 },
    });
  });
});

it.each([
  ['Nightly sync (EU)', 'nightly-sync-eu'],
  ['  Übersicht: Größe ', 'ubersicht-gro-e'],
  ['', ''],
  ['x'.repeat(80), 'x'.repeat(64)],
])('derives the id of "%s" as "%s"', (name, id) => {
  expect(suggestId(name)).toBe(id);
});

it.each([
  ['schedule', 'schedule'],
  ['timeout_ms', 'timeout_ms'],
  ['http.headers.x', 'http.headers'],
  ['http', 'http.url'],
  ['args[2]', 'args'],
  ['env.TOKEN', 'env'],
  ['tags[0]', 'tags'],
  ['schedules', 'schedules[0].schedule'],
  ['schedules[1]', 'schedules[1].schedule'],
  ['schedules[12].timezone', 'schedules[12].timezone'],
  ['schedules[0].payload.a[1]', 'schedules[0].payload'],
  ['after', 'after.jobs[0].job'],
  ['after.jobs', 'after.jobs[0].job'],
  ['after.jobs[2].on', 'after.jobs[2].on'],
  ['after.within_s', 'after.within_s'],
  ['concurrency', 'concurrency.limit'],
  ['concurrency.key', 'concurrency.key'],
  ['throttle', 'throttle.limit'],
  ['throttle.per_s', 'throttle.per_s'],
  ['retry', 'retry.attempts'],
  ['retry.attempts', 'retry.attempts'],
  ['retry.max_delay_seconds', 'retry.max_delay_seconds'],
])('maps the API field %s to the form field %s', (name, field) => {
  expect(formFieldFor(name)).toBe(field);
});

it.each(['', 'enabled', 'body'])('maps "%s" to no form field', (name) => {
  expect(formFieldFor(name)).toBeUndefined();
});

describe('validateForm', () => {
  const now = Date.parse('2026-03-02T01:00:00Z');

  it('finds one error for each required field of an empty form', () => {
    expect(validateForm(emptyForm('UTC'), now)).toEqual({
      id: 'This field is required.',
      name: 'This field is required.',
    });
  });

  it('finds every error at its field', () => {
    const wrong = {
      id: 'a b',
      script: ' ',
      env: 'NAME',
      schedule: '75 3 * * *',
      'retry.attempts': '',
      jitter_seconds: 'some',
    };

    expect(validateForm({ ...form, ...wrong }, now)).toEqual({
      id: expect.stringMatching(/^Must be 1–64 of A–Z/),
      script: 'This field is required.',
      env: 'Each line must have the form NAME=value, got "NAME"',
      schedule: 'Minute must be 0–59, got 75.',
      'retry.attempts': 'Must be a number, got ""',
      jitter_seconds: 'Must be a number, got "some"',
    });
  });

  it('validates only the fields of the selected target', () => {
    const both = { ...form, script: '', env: 'NAME', 'http.url': '', 'http.headers': 'x' };

    expect(Object.keys(validateForm({ ...both, type: 'script' }, now))).toEqual(['script', 'env']);
    expect(Object.keys(validateForm({ ...both, type: 'http' }, now))).toEqual(['http.url', 'http.headers']);
  });

  it('accepts a complete form', () => {
    expect(validateForm(form, now)).toEqual({});
  });
});

describe('a job that names a declared target', () => {
  const named = formFromJob({
    ...job,
    type: 'queue',
    script: null,
    args: null,
    env: null,
    queue: { target: 'work', group: 'eu', payload: [1] },
  });

  it('keeps its target when another field changes', () => {
    expect(toJobPatch(named, { ...named, name: 'Other' })).toEqual({ name: 'Other' });
  });

  it('changes its target as a whole, and its payload as JSON', () => {
    expect(toJobPatch(named, { ...named, 'queue.group': '', 'queue.payload': '{"a":1}' })).toEqual({
      queue: { target: 'work', group: null, payload: { a: 1 } },
    });
  });

  it('needs the name of its target', () => {
    expect(validateForm({ ...named, 'queue.target': ' ' }, 0)).toMatchObject({ 'queue.target': expect.any(String) });
  });
});
