import { describe, expect, it } from 'vitest';
import {
  countFailuresBefore,
  type NotificationRule,
  needsHistory,
  reportedKind,
  rulesFor,
  validateRules,
} from '../../../../../../functions/core/domain/notification/rule.ts';
import type { RunState } from '../../../../../../functions/core/domain/run.ts';

const aRule = (overrides: Partial<NotificationRule> = {}): NotificationRule => ({
  name: 'on-call',
  tag: null,
  job: null,
  on: ['failure'],
  consecutiveFailures: 1,
  to: 'pagerduty',
  ...overrides,
});

describe('rulesFor', () => {
  it('matches jobs by id and by tag, and events', () => {
    const job = { id: 'a', tags: ['critical'] };
    const names = (rules: readonly NotificationRule[], kind: Parameters<typeof rulesFor>[2]) =>
      rulesFor(rules, job, kind).map(({ name }) => name);
    const rules = [
      aRule({ name: 'all' }),
      aRule({ name: 'tag', tag: 'critical' }),
      aRule({ name: 'other-tag', tag: 'low' }),
      aRule({ name: 'other-job', job: 'b', tag: 'critical' }),
      aRule({ name: 'late', on: ['late'] }),
      aRule({ name: 'recovered', on: ['recovered'] }),
    ];

    expect(names(rules, 'failure')).toEqual(['all', 'tag']);
    expect(names(rules, 'late_start')).toEqual(['late']);
    expect(names(rules, 'late_finish')).toEqual(['late']);
    expect(names(rules, 'success')).toEqual(['recovered']);
  });
});

describe('reportedKind', () => {
  it.each([
    [{ on: ['failure'], consecutiveFailures: 1 }, 'failure', 0, 'failure'],
    [{ on: ['failure'], consecutiveFailures: 3 }, 'failure', 1, null],
    [{ on: ['failure'], consecutiveFailures: 3 }, 'failure', 2, 'failure'],
    [{ on: ['failure'], consecutiveFailures: 3 }, 'failure', 7, 'failure'],
    [{ on: ['recovered'], consecutiveFailures: 1 }, 'success', 0, null],
    [{ on: ['recovered'], consecutiveFailures: 1 }, 'success', 1, 'recovered'],
    [{ on: ['recovered'], consecutiveFailures: 3 }, 'success', 2, null],
    [{ on: ['success', 'recovered'], consecutiveFailures: 1 }, 'success', 1, 'recovered'],
    [{ on: ['success', 'recovered'], consecutiveFailures: 1 }, 'success', 0, 'success'],
    [{ on: ['success'], consecutiveFailures: 1 }, 'success', 5, 'success'],
    [{ on: ['late'], consecutiveFailures: 3 }, 'late_start', 0, 'late_start'],
  ] as const)('is, for %j, a %s and %i failures before, %s', (rule, kind, failuresBefore, expected) => {
    expect(reportedKind(aRule(rule), kind, failuresBefore)).toBe(expected);
  });
});

describe('needsHistory', () => {
  it('reads earlier runs only if the decision depends on them', () => {
    expect(needsHistory(aRule(), 'failure')).toBe(false);
    expect(needsHistory(aRule({ consecutiveFailures: 2 }), 'failure')).toBe(true);
    expect(needsHistory(aRule({ consecutiveFailures: 2 }), 'late_start')).toBe(false);
    expect(needsHistory(aRule({ on: ['success'] }), 'success')).toBe(false);
    expect(needsHistory(aRule({ on: ['recovered'] }), 'success')).toBe(true);
  });
});

describe('countFailuresBefore', () => {
  const at = (minute: number) => `2031-05-06T10:0${minute}:00.000Z`;
  const run = (state: RunState, minute: number | null) => ({ state, finishedAt: minute === null ? null : at(minute) });

  it('counts failures in a row, across canceled and active runs, up to the last success', () => {
    const earlier = [run('running', null), run('failed', 4), run('canceled', 3), run('failed', 2), run('completed', 1)];

    expect(countFailuresBefore(earlier, at(5))).toBe(2);
    expect(countFailuresBefore([], at(5))).toBe(0);
    expect(countFailuresBefore([run('completed', 4), run('failed', 3)], at(5))).toBe(0);
  });

  it('ignores runs that ended after the run', () => {
    expect(countFailuresBefore([run('completed', 6), run('failed', 4)], at(5))).toBe(1);
  });
});

describe('validateRules', () => {
  it('rejects a repeated name, and what is not a destination', () => {
    const validate =
      (...rules: readonly NotificationRule[]) =>
      () =>
        validateRules(rules, { plainHttp: false });

    expect(validate(aRule(), aRule({ name: 'other', to: 'slack:#ops' }))).not.toThrow();
    expect(validate(aRule(), aRule())).toThrow("rules[1].name: must be unique, got 'on-call' twice");
    expect(validate(aRule({ to: 'none' }))).toThrow("rules[0].to: must be a destination, got 'none'");
    expect(validate(aRule({ to: 'nowhere' }))).toThrow(/^rules\[0\]\.to: must be a Slack channel such as/);
  });
});
