import { marshall } from '@aws-sdk/util-dynamodb';
import type { DynamoDBRecord } from 'aws-lambda';
import { describe, expect, test } from 'vitest';
import {
  destinationOf,
  endNotice,
  shortenReason,
} from '../../../../../../functions/core/domain/notification/delivery.ts';
import {
  parseDestination,
  validateDestination,
} from '../../../../../../functions/core/domain/notification/destination.ts';
import type { Run } from '../../../../../../functions/core/domain/run.ts';
import { toNotices } from '../../../../../../functions/core/engine/notifications/run-notices.ts';
import { fromRun } from '../../../../../../functions/core/store/run-item.ts';
import { endedRun } from '../../../../../helpers/builders/ended-run.ts';
import { aJob } from '../../../../../helpers/builders/jobs.ts';

describe('destination', () => {
  test.each([
    ['slack:#alerts', { type: 'slack', channel: '#alerts' }],
    ['#alerts', { type: 'slack', channel: '#alerts' }],
    ['#équipe-données_2', { type: 'slack', channel: '#équipe-données_2' }],
    ['#アラート', { type: 'slack', channel: '#アラート' }],
    ['slack:#हिंदी', { type: 'slack', channel: '#हिंदी' }],
    ['#การแจ้งเตือน', { type: 'slack', channel: '#การแจ้งเตือน' }],
    ['#تنبيهات', { type: 'slack', channel: '#تنبيهات' }],
    ['#e\u0301quipe', { type: 'slack', channel: '#\u00e9quipe' }],
    ['C0123456789', { type: 'slack', channel: 'C0123456789' }],
    ['slack:G0123456789', { type: 'slack', channel: 'G0123456789' }],
    ['pagerduty', { type: 'pagerduty', secret: 'pagerduty.routing_key' }],
    ['pagerduty:payments', { type: 'pagerduty', secret: 'pagerduty.payments' }],
    ['teams', { type: 'teams', secret: 'teams.webhook_url' }],
    ['teams:ops_1', { type: 'teams', secret: 'teams.ops_1' }],
    ['https://hooks.test/a?b=c', { type: 'webhook', url: 'https://hooks.test/a?b=c' }],
  ])('parses %s as %j', (text, destination) => {
    expect(parseDestination(text)).toEqual(destination);
    expect(() => validateDestination('on_failure', text, { plainHttp: false })).not.toThrow();
  });

  test('accepts null, none, and plain http if the deployment reaches private networks', () => {
    for (const text of [null, 'none', 'http://10.0.0.7/hook']) {
      expect(() => validateDestination('on_failure', text, { plainHttp: true })).not.toThrow();
    }
  });

  const channels = 'a Slack channel such as slack:#alerts or C0123456789 (names are in lower case)';
  test.each([
    ['#Alerts', `on_failure: must be ${channels}, pagerduty, teams, an https URL, or 'none', got '#Alerts'`],
    ['#a b', `on_failure: must be ${channels}, pagerduty, teams, an https URL, or 'none', got '#a b'`],
    ['#Ärger', `on_failure: must be ${channels}, pagerduty, teams, an https URL, or 'none', got '#Ärger'`],
    ['#a\u202eb', `on_failure: must be ${channels}, pagerduty, teams, an https URL, or 'none', got '#a\u202eb'`],
    ['teams:', `on_failure: must be ${channels}, pagerduty, teams, an https URL, or 'none', got 'teams:'`],
    ['#', `on_failure: must be ${channels}, pagerduty, teams, an https URL, or 'none', got '#'`],
    ['slack:alerts', `on_failure: must be ${channels}, pagerduty, teams, an https URL, or 'none', got 'slack:alerts'`],
    [
      'ana@acme.test',
      `on_failure: must be ${channels}, pagerduty, teams, an https URL, or 'none', got 'ana@acme.test'`,
    ],
    [
      'ftp://hooks.test/',
      `on_failure: must be ${channels}, pagerduty, teams, an https URL, or 'none', got 'ftp://hooks.test/'`,
    ],
    ['#a,#b', `on_failure: must be ${channels}, pagerduty, teams, an https URL, or 'none', got '#a,#b'`],
    ['http://hooks.test/', "on_failure: must be an https URL, got 'http://hooks.test/'"],
    ['https://ana:pw@hooks.test/', 'on_failure: must not hold credentials; receivers know the sender by its signature'],
    [
      'https://hooks.test/{{secret:token}}',
      'on_failure: must not refer to a secret; only values of http.headers and env may',
    ],
  ])('rejects %s', (text, message) => {
    expect(() => validateDestination('on_failure', text, { plainHttp: false })).toThrow(message);
  });
});

describe('destinationOf', () => {
  const defaults = { onFailure: '#all', onSuccess: null, onLate: null };
  test.each([
    [{ onFailure: '#own', onSuccess: null, onLate: null }, 'failure', '#own'],
    [{ onFailure: null, onSuccess: null, onLate: null }, 'failure', '#all'],
    [{ onFailure: 'none', onSuccess: null, onLate: null }, 'failure', null],
    [{ onFailure: '#own', onSuccess: null, onLate: null }, 'success', null],
    [{ onFailure: '#own', onSuccess: '#ok', onLate: null }, 'success', '#ok'],
    [{ onFailure: '#own', onSuccess: '#ok', onLate: '#late' }, 'late_start', '#late'],
    [{ onFailure: '#own', onSuccess: '#ok', onLate: '#late' }, 'late_finish', '#late'],
    [{ onFailure: '#own', onSuccess: '#ok', onLate: null }, 'late_finish', null],
  ] as const)('returns, for a job with %j and a %s, %s', (job, kind, expected) => {
    expect(destinationOf(job, defaults, kind)).toBe(expected);
  });
});

describe('notice', () => {
  const failure = { kind: 'timeout', message: 'x'.repeat(1_000) } as const;

  test('contains the shortened reason of a failure, and no output', () => {
    const notice = endNotice(endedRun(aJob(), 7, { state: 'failed', failure, stdout: 'hunter2', meta: { a: 1 } }));

    expect(notice).toMatchObject({ kind: 'failure', run: { number: 7, status: 'timeout' } });
    expect(notice?.run.reason).toHaveLength(300);
    expect(JSON.stringify(notice)).not.toMatch(/hunter2|meta/);
  });

  test('reports completed runs, but no canceled or active ones', () => {
    expect(endNotice(endedRun(aJob(), 1))).toMatchObject({ kind: 'success', run: { status: 'ok', reason: null } });
    expect(endNotice(endedRun(aJob(), 1, { state: 'canceled' }))).toBeUndefined();
    expect(endNotice(endedRun(aJob(), 1, { state: 'queued', finishedAt: null }))).toBeUndefined();
  });

  const record = (before: Partial<Run>, after: Partial<Run>) => {
    const image = (run: Partial<Run>) => marshall(fromRun(endedRun(aJob(), 1, run)), { removeUndefinedValues: true });
    return { dynamodb: { OldImage: image(before), NewImage: image(after) } } as unknown as DynamoDBRecord;
  };
  const goesOn = { state: 'running', finishedAt: null } as const;
  const at = '2031-05-06T10:07:00.000Z';

  test('reports a late run once', () => {
    expect(toNotices(record(goesOn, { ...goesOn, lateFinishAt: at }))).toMatchObject([
      {
        kind: 'late_finish',
        run: { status: 'late', reason: 'it did not end in time', finishedAt: at, durationMs: null },
      },
    ]);
    expect(toNotices(record({ ...goesOn, state: 'queued' }, { ...goesOn, lateStartAt: at }))).toMatchObject([
      { kind: 'late_start', run: { reason: 'it did not start in time', finishedAt: at } },
    ]);
    expect(toNotices(record({ ...goesOn, lateStartAt: at }, { ...goesOn, lateStartAt: at }))).toEqual([]);
  });

  test('reports a late run twice when it ends: as late and as ended', () => {
    const kinds = toNotices(record(goesOn, { lateFinishAt: at })).map(({ kind }) => kind);

    expect(kinds).toEqual(['late_finish', 'success']);
  });

  test('shortens only long reasons', () => {
    expect(shortenReason('x'.repeat(300))).toBe('x'.repeat(300));
    expect(shortenReason('x'.repeat(301))).toBe(`${'x'.repeat(299)}…`);
  });
});
