import { describe, expect, it } from 'vitest';
import { matchesLabels, parseLabelSelector } from '../../../../../functions/core/domain/labels.ts';

describe('parseLabelSelector', () => {
  it.each([
    ['project=jobs', { name: 'project', value: 'jobs' }],
    ['a.b/c-d_E=x=y, z', { name: 'a.b/c-d_E', value: 'x=y, z' }],
    ['empty=', { name: 'empty', value: '' }],
  ])('reads %s up to the first equals sign', (text, selector) => {
    expect(parseLabelSelector(text)).toEqual(selector);
  });

  it.each(['', 'project', '=jobs', 'a b=c', 'é=c', `${'x'.repeat(65)}=c`])('rejects %j', (text) => {
    expect(parseLabelSelector(text)).toBeUndefined();
  });
});

describe('matchesLabels', () => {
  const labels = { project: 'jobs', team: '' };

  it('requires every selected label with its value', () => {
    expect(matchesLabels(labels, [])).toBe(true);
    expect(matchesLabels(labels, [{ name: 'project', value: 'jobs' }])).toBe(true);
    expect(
      matchesLabels(labels, [
        { name: 'project', value: 'jobs' },
        { name: 'team', value: 'x' },
      ]),
    ).toBe(false);
    expect(matchesLabels(labels, [{ name: 'other', value: '' }])).toBe(false);
  });

  it('ignores names that every object has', () => {
    expect(matchesLabels({}, [{ name: 'constructor', value: String(Object) }])).toBe(false);
  });
});
