import { expect, it } from 'vitest';
import { addRow, countRows, removeRow, removeRows } from '../../../../../../functions/console/app/view/form-rows.ts';

const form = { name: 'x', 'list[0].a': '0', 'list[1].a': '1', 'list[2].a': '2', 'lists[7].a': 'other' };

it('counts the rows of a list', () => {
  expect(countRows(form, 'list')).toBe(3);
  expect(countRows(form, 'lists')).toBe(8);
  expect(countRows(form, 'none')).toBe(0);
});

it('adds a row at the end', () => {
  expect(addRow({ name: 'x' }, 'list', { a: '1', b: '2' })).toEqual({ name: 'x', 'list[0].a': '1', 'list[0].b': '2' });
  expect(addRow(form, 'list', { a: '3' })).toEqual({ ...form, 'list[3].a': '3' });
});

it('moves the rows after a removed one up', () => {
  expect(removeRow(form, 'list', 1)).toEqual({ name: 'x', 'list[0].a': '0', 'list[1].a': '2', 'lists[7].a': 'other' });
});

it('removes all rows of a list', () => {
  expect(removeRows(form, 'list')).toEqual({ name: 'x', 'lists[7].a': 'other' });
});
