import { describe, expect, it } from 'vitest';
import {
  absent,
  all,
  any,
  atMost,
  beginsWith,
  between,
  conditionExpression,
  equals,
  equalsOrAbsent,
  keyExpression,
  updateExpression,
} from '../../../../../functions/core/store/expression.ts';

describe('updateExpression', () => {
  it('sets values, removes nulls, omits undefined, and adds increments', () => {
    const expression = updateExpression(
      { set: { state: 'running', waiting: null, dueAt: undefined }, add: { attempt: 1 } },
      equals('state', 'queued'),
    );

    expect(expression).toEqual({
      UpdateExpression: 'SET #state = :v0 REMOVE #waiting ADD #attempt :v1',
      ConditionExpression: '#state = :v2',
      ExpressionAttributeNames: { '#state': 'state', '#waiting': 'waiting', '#attempt': 'attempt' },
      ExpressionAttributeValues: { ':v0': { S: 'running' }, ':v1': { N: '1' }, ':v2': { S: 'queued' } },
    });
  });
});

describe('conditionExpression', () => {
  it('sets attributes to the sum of a former number and another', () => {
    const following = { of: 'runNumber', plus: 1 };

    expect(updateExpression({ set: { name: 'a' }, setSum: { runNumber: following, newestNumber: following } })).toEqual(
      {
        UpdateExpression: 'SET #name = :v0, #runNumber = #runNumber + :v1, #newestNumber = #runNumber + :v2',
        ExpressionAttributeNames: { '#name': 'name', '#runNumber': 'runNumber', '#newestNumber': 'newestNumber' },
        ExpressionAttributeValues: { ':v0': { S: 'a' }, ':v1': { N: '1' }, ':v2': { N: '1' } },
      },
    );
  });

  it('has no parentheses around a single clause, which DynamoDB rejects as redundant', () => {
    const one = any(equals('tag', 'a'));

    expect(conditionExpression(all(one)).ConditionExpression).toBe('#tag = :v0');
    expect(conditionExpression(all(one, all(absent('ttl')))).ConditionExpression).toBe(
      '(#tag = :v0) AND (attribute_not_exists(#ttl))',
    );
  });

  it('joins named clauses in parentheses', () => {
    const free = any(absent('lock'), atMost('until', 5));

    expect(
      conditionExpression(all(equals('pk', 'acme'), free, equalsOrAbsent('next', null), equalsOrAbsent('next', 'a'))),
    ).toEqual({
      ConditionExpression:
        '(#pk = :v0) AND ((attribute_not_exists(#lock)) OR (#until <= :v1)) AND ' +
        '(attribute_not_exists(#next)) AND (#next = :v2)',
      ExpressionAttributeNames: { '#pk': 'pk', '#lock': 'lock', '#until': 'until', '#next': 'next' },
      ExpressionAttributeValues: { ':v0': { S: 'acme' }, ':v1': { N: '5' }, ':v2': { S: 'a' } },
    });
  });
});

describe('keyExpression', () => {
  it('renders the key condition and projection of a query', () => {
    expect(keyExpression(all(equals('pk', 'acme'), beginsWith('sk', 'DEF#'))).KeyConditionExpression).toBe(
      '(#pk = :v0) AND (begins_with(#sk, :v1))',
    );
    expect(keyExpression(between('sk', 'a', 'b')).KeyConditionExpression).toBe('#sk BETWEEN :v0 AND :v1');
  });
});
