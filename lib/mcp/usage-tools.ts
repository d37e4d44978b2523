import * as z from 'zod';
import type { UsageView } from '../../functions/api/administration/usage.ts';
import { countFitting, leftOut } from './answer.ts';
import { items } from './inputs.ts';
import { defineTool } from './tool.ts';

const day = (which: string) =>
  z
    .string()
    .regex(/^\d{4}-\d\d-\d\d$/)
    .optional()
    .describe(which);

const getUsage = defineTool({
  name: 'get_usage',
  title: 'Get the usage',
  effect: 'read',
  description:
    'What the tenant used by day or month in UTC, newest first: ended runs, compute seconds, processed records, and stored ' +
    'bytes at the end of the period. Use it for "how much did we use?"; get_metrics has the limits.',
  input: {
    from: day('First day, such as 2026-03-02; the first of the month by default. At most 400 days before to.'),
    to: day('Last day; today by default.'),
    group: z.enum(['day', 'month']).optional().describe('day by default.'),
  },
  output: { usage: items('day or month, runs, compute_seconds, records, stored_bytes.') },
  async call({ from, to, group }, { api, maxBytes }) {
    const { usage } = await api.get<UsageView>('/usage', { from, to, group });
    const newestFirst = usage.map((period) => ({ ...period })).toReversed();
    const shown = newestFirst.slice(0, countFitting(newestFirst, maxBytes));
    const left = newestFirst.length - shown.length;
    return { usage: shown, ...leftOut(left > 0 && `${left} earlier periods: call again with an earlier to`) };
  },
});

export const usageTools = [getUsage];
