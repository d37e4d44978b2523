import { expect, it } from 'vitest';
import { differencesBetween } from '../../../../../../functions/console/app/view/differences.ts';

it('lists the fields that differ, including nested fields', () => {
  const before = { name: 'Sync', schedule: null, http: { url: 'https://a.test/', method: 'GET' }, tags: ['x'] };
  const theirs = { ...before, name: 'Theirs', schedule: '@daily', http: { ...before.http, method: 'PUT' } };
  const mine = { ...before, name: 'Mine', tags: ['x', 'y'], http: before.http };

  expect(differencesBetween(before, theirs, mine)).toEqual([
    { field: 'name', before: 'Sync', theirs: 'Theirs', mine: 'Mine' },
    { field: 'schedule', before: '', theirs: '@daily', mine: '' },
    { field: 'http.method', before: 'GET', theirs: 'PUT', mine: 'GET' },
    { field: 'tags', before: '[\n "x"\n]', theirs: '[\n "x"\n]', mine: '[\n "x",\n "y"\n]' },
  ]);
});

it('omits equal changes and lists fields that only one edit has', () => {
  expect(differencesBetween({ name: 'A' }, { name: 'B' }, { name: 'B' })).toEqual([]);
  expect(differencesBetween({}, { a: null, b: 1 }, {})).toEqual([{ field: 'b', before: '', theirs: '1', mine: '' }]);
});
