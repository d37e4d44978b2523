import { describe, expect, it } from 'vitest';
import { parseAwsOutput, parseJsonValues } from '../../../../../lib/apply/eventbridge/aws-output.ts';
import { aRule, aSchedule, aScheduleSummary, aTarget } from '../../../../helpers/builders/eventbridge.ts';

describe('parseAwsOutput', () => {
  it('recognizes the responses by their fields', () => {
    const kinds = [{ Rules: [aRule()] }, aRule(), { Targets: [aTarget()] }, { Schedules: [] }, aSchedule()].map(
      (value) => parseAwsOutput(value).kind,
    );

    expect(kinds).toEqual(['rules', 'rules', 'targets', 'summaries', 'schedule']);
  });

  it.each([
    ['ISO 8601', '2026-03-02T01:03:00+01:00'],
    ['seconds since the epoch', 1_772_409_780],
    ['a date', new Date('2026-03-02T00:03:00Z')],
  ])('reads a time as %s', (_, StartDate) => {
    expect(parseAwsOutput(aSchedule({ StartDate }))).toMatchObject({
      schedule: { StartDate: new Date('2026-03-02T00:03:00Z') },
    });
  });

  it.each([
    ['a name that is a path', { Rules: [aRule(), aRule({ Name: '../../x' })] }, /^Rules\.1\.Name: must be 1–64 of/],
    ['a name with a line break', aSchedule({ Name: 'a\nb' }), /^Name: must be 1–64 of/],
    ['an invalid time', aSchedule({ EndDate: 'soon' }), /^EndDate: /],
    ['an incomplete list', { Rules: [], NextToken: 'x' }, /^NextToken: the list is incomplete/],
    ['another response', { Functions: [] }, /got an object with Functions$/],
    ['a text', 'x', /got "x"$/],
  ])('rejects %s', (_, value, message) => {
    expect(() => parseAwsOutput(value)).toThrow(message);
  });

  it('accepts an empty token at the end of a list', () => {
    expect(parseAwsOutput({ Schedules: [aScheduleSummary('a')], NextToken: null })).toMatchObject({
      summaries: [{ Name: 'a', GroupName: 'default' }],
    });
  });
});

describe('parseJsonValues', () => {
  it('reads objects and lists in a row', () => {
    expect(parseJsonValues('{"a":"}{"}\n{ "b": "\\"]" }\n[{"c":[]}, {"d":{}}]\n')).toEqual([
      { a: '}{' },
      { b: '"]' },
      { c: [] },
      { d: {} },
    ]);
  });

  it.each(['{', '{} x', '{"a":}', ']'])('rejects %s', (text) => {
    expect(() => parseJsonValues(text)).toThrow(SyntaxError);
  });
});
