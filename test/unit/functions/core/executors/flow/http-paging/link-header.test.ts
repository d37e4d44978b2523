import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { findNextLink } from '../../../../../../../functions/core/executors/flow/http-paging/link-header.ts';

describe('findNextLink', () => {
  it.each([
    ['<https://api.test/orders?page=2>; rel="next"', 'https://api.test/orders?page=2'],
    ['</1>; rel="prev", <https://api.test/3>; rel="next", </9>; rel="last"', 'https://api.test/3'],
    ['</orders?after=a,b;c>;rel=next', '/orders?after=a,b;c'],
    ['<?page=2>; rel = "next"', '?page=2'],
    ['<>; rel=next', ''],
    ['</2>; REL="NEXT"', '/2'],
    ['</2>; rel="last next"', '/2'],
    ['</2>; title="a, \\"b\\"; rel=prev"; rel="next"; type=text/html', '/2'],
    ['</2>; flag; rel=next', '/2'],
    ['</1>; title="<no>; rel=next", </2>; rel=next', '/2'],
    [', ,</2>; rel=next', '/2'],
    ['nonsense; rel=next, </2>; rel=next', '/2'],
    ['</2>; rel=next, </3>; rel=next', '/2'],
  ])('finds the target in %s', (header, target) => {
    expect(findNextLink(header)).toBe(target);
  });

  it.each([
    [''],
    ['</1>; rel="prev"'],
    ['</2>; rel="nextish"'],
    ['</2>; rel="prev"; rel="next"'],
    ['</2>; rel="next"; anchor="/elsewhere"'],
    ['</2>; title="rel=next"'],
    ['</2>; rel="next'],
    ['</2'],
    ['</2>, rel=next'],
    ['https://api.test/2; rel=next'],
  ])('finds nothing in %s', (header) => {
    expect(findNextLink(header)).toBeUndefined();
  });

  it('finds a link after any other links', () => {
    const text = fc.string({ unit: fc.constantFrom('a', ',', ';', '=', ' ', '<', '>', '\\"', '\\\\'), maxLength: 12 });
    const other = fc.tuple(fc.nat(), text).map(([target, title]) => `</${target}>; title="${title}"; rel="item"`);
    fc.assert(
      fc.property(fc.array(other, { maxLength: 4 }), (others) => {
        expect(findNextLink([...others, '</the-next>; rel="next"'].join(', '))).toBe('/the-next');
      }),
    );
  });

  it('ends in time for any text', () => {
    const text = fc.string({ unit: fc.constantFrom('<', '>', '"', '\\', ',', ';', '=', ' ', 'rel', 'next') });
    fc.assert(
      fc.property(text, (header) => {
        const target = findNextLink(header);
        expect(target === undefined || header.includes(`<${target}>`)).toBe(true);
      }),
    );
  });
});
