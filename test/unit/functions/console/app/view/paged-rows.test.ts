import { describe, expect, it } from 'vitest';
import {
  appendPage,
  mergeNewestPage,
  type PagedRows,
} from '../../../../../../functions/console/app/view/paged-rows.ts';

describe('PagedRows', () => {
  const page = (ids: string, next: string | null) => ({ rows: ids.split(''), next });
  const toPair = ({ rows, next }: PagedRows<string>) => [rows.join(''), next];
  const merged = (known: PagedRows<string> | undefined, newest: PagedRows<string>) =>
    mergeNewestPage(known, newest, (id) => id);

  it('gains new rows at the top and keeps loaded rows', () => {
    const known = appendPage(page('fed', 'd'), page('cba', 'a'));
    expect(toPair(known)).toEqual(['fedcba', 'a']);
    expect(toPair(merged(known, page('hgf', 'f')))).toEqual(['hgfedcba', 'a']);
    expect(toPair(merged(known, page('fed', 'd')))).toEqual(['fedcba', 'a']);
  });

  it('loses rows that have left the first page', () => {
    const known = appendPage(page('fed', 'd'), page('cba', null));
    expect(toPair(merged(known, page('gfd', 'd')))).toEqual(['gfdcba', null]);
    expect(toPair(merged(known, page('gfc', 'c')))).toEqual(['gfcba', null]);
  });

  it('starts over if the pages do not overlap or there is only one page', () => {
    expect(toPair(merged(undefined, page('fed', 'd')))).toEqual(['fed', 'd']);
    expect(toPair(merged(page('cba', 'a'), page('zyx', 'x')))).toEqual(['zyx', 'x']);
    expect(toPair(merged(page('fed', 'd'), page('f', null)))).toEqual(['f', null]);
  });
});
