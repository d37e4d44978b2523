import { expect, it } from 'vitest';
import { isPeriod, isTrigger } from '../../../../../../functions/console/app/view/activity.ts';
import { isFilter } from '../../../../../../functions/console/app/view/job-list.ts';
import { isFigure } from '../../../../../../functions/console/app/view/usage.ts';

it.each([
  ['isFilter', isFilter, 'failed'],
  ['isFigure', isFigure, 'records'],
  ['isPeriod', isPeriod, '24h'],
  ['isTrigger', isTrigger, 'schedule'],
] as const)('%s accepts its own values in a URL and no names of inherited properties', (_, is, value) => {
  expect(is(value)).toBe(true);
  for (const text of ['toString', 'constructor', '__proto__', '', null]) expect(is(text)).toBe(false);
});
