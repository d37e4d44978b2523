import type { CommandUnknownOpts } from '@commander-js/extra-typings';
import { Option } from '@commander-js/extra-typings';
import type { UsageView } from '../../../functions/api/administration/usage.ts';
import type { CommandContext } from '../context.ts';
import { day } from '../parsers.ts';
import { formatTable } from '../table.ts';

interface UsageOptions {
  readonly from?: string | undefined;
  readonly to?: string | undefined;
  readonly group: 'day' | 'month';
  readonly csv?: true | undefined;
}

export const fromOption = () =>
  new Option('--from <day>', 'first day, such as 2026-03-02, or an age such as 7d (first of the month)').argParser(
    day('from'),
  );
export const toOption = () =>
  new Option('--to <day>', 'last day, in UTC, or an age such as 1d (today)').argParser(day('to'));
export const groupOption = () =>
  new Option('--group <by>', 'day or month').choices(['day', 'month'] as const).default('day' as const);

export function addUsageCommand(program: CommandUnknownOpts, context: CommandContext): void {
  program
    .command('usage')
    .summary('Show runs, compute time, records and stored bytes by day or month')
    .argument('[tenant]', "any tenant, as a super_admin (the token's tenant)")
    .addOption(fromOption())
    .addOption(toOption())
    .addOption(groupOption())
    .option('--csv', 'print CSV')
    .addHelpText('after', '\nExample: jobdeck usage --from 2026-01-01 --group month --csv')
    .action(async (tenant, options) => {
      const usage = await requestUsage(context, tenant, options);
      const rows = usage.map(({ day, month, runs, compute_seconds, records, stored_bytes }) => [
        day ?? month,
        runs,
        compute_seconds,
        records,
        stored_bytes,
      ]);
      if (context.json) return context.print(JSON.stringify({ usage }, null, 2));
      const heading = options.group === 'day' ? 'DAY' : 'MONTH';
      const names = [heading, 'RUNS', 'COMPUTE_SECONDS', 'RECORDS', 'STORED_BYTES'];
      if (options.csv)
        for (const row of [names.map((name) => name.toLowerCase()), ...rows]) context.print(row.join(','));
      else context.print(formatTable(names, rows));
    });
}

async function requestUsage(
  { api }: CommandContext,
  tenant: string | undefined,
  { from, to, group }: UsageOptions,
): Promise<UsageView['usage']> {
  const query = { from, to, group };
  if (tenant === undefined) return (await api.get<UsageView>('/usage', query)).usage;
  const { body } = await api.request<{ readonly data: UsageView }>('GET', '/api/v1/admin/usage', {
    query,
    headers: { 'x-tenantid': tenant },
  });
  return body.data.usage;
}
