import { describe, expect, it } from 'vitest';
import { JSON_PATH, valueAt } from '../../../../../../functions/core/domain/flow/json-path.ts';

describe('valueAt', () => {
  const json = {
    data: { items: [1], 'next.link': 'nested', '': { x: 'unnamed' } },
    '@odata.nextLink': 'top',
    'a.b': { 'c.d': 1 },
    a: { b: 2, quoted: { '"': 3 } },
    list: [{ x: 1 }],
  };

  it.each([
    ['data.items', [1]],
    ['@odata.nextLink', 'top'],
    ['"@odata.nextLink"', 'top'],
    ['`@odata.nextLink`', 'top'],
    ['data."next.link"', 'nested'],
    ['data.next.link', 'nested'],
    ['"data".`items`', [1]],
    ['a.b', 2],
    ['"a.b"."c.d"', 1],
    ['a.b.c.d', 1],
    ['a.quoted.`"`', 3],
    ["['@odata.nextLink']", 'top'],
    ["data['next.link']", 'nested'],
    ["['data']['items']", [1]],
    ["['a.b'].c.d", 1],
    ["['a'].b", 2],
    ['data["next.link"]', 'nested'],
    ['["a.b"]["c.d"]', 1],
  ])('returns the value at %s', (path, value) => {
    expect(valueAt(json, path)).toEqual(value);
  });

  it.each([
    'missing',
    'data.missing',
    '"data.items"',
    'data.items.length',
    'list.0',
    'list.x',
    'toString',
    'a.constructor',
    '__proto__',
  ])('returns undefined at %s', (path) => {
    expect(valueAt(json, path)).toBeUndefined();
  });

  it.each([null, 1, 'text', [1]])('returns undefined in %j', (value) => {
    expect(valueAt(value, 'length')).toBeUndefined();
  });
});

describe('JSON_PATH', () => {
  it.each(['a', 'data.items', '@odata.nextLink', '"a.b".c', '`a"b`', 'höre.x y', 'a"b', "['a.b']", "a['b'].c", 'a[0]'])(
    'accepts %s',
    (path) => {
      expect(path).toMatch(JSON_PATH);
    },
  );

  it.each([
    '',
    '.',
    'a.',
    '.a',
    'a..b',
    '"a',
    '""',
    '`a',
    '"a"b',
    'a."b',
    "a.['b']",
    "['a",
    "['']",
    "['a']b",
    'a["b',
    'a.["b"]',
  ])('rejects %s', (path) => {
    expect(path).not.toMatch(JSON_PATH);
  });
});
