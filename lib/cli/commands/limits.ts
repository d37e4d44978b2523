import type { CommandUnknownOpts } from '@commander-js/extra-typings';
import type { LimitsView } from '../../../functions/api/administration/limits.ts';
import type { CommandContext } from '../context.ts';
import { UsageError } from '../errors.ts';
import { formatTable } from '../table.ts';

export function addLimitsCommand(program: CommandUnknownOpts, context: CommandContext): void {
  program
    .command('limits')
    .summary('Show the limits of a tenant and their use, or set them as a super_admin')
    .argument('[tenant]', "any tenant, as a super_admin (the token's tenant)")
    .option('--set <name>=<value>,…', 'set limits of the tenant; default resets a limit', parseSettings)
    .addHelpText('after', '\nExample: jobdeck limits acme --set jobs=200,storedBytes=default')
    .action(async (tenant, { set }) => {
      if (tenant === undefined && set !== undefined) {
        throw new UsageError('--set is for one tenant: limits <tenant> --set …');
      }
      const limits =
        tenant === undefined ? await context.api.get<LimitsView>('/limits') : await requestTenant(context, tenant, set);
      if (context.json) context.print(JSON.stringify(limits, null, 2));
      else printLimits(context, limits);
    });
}

async function requestTenant(
  { api }: CommandContext,
  tenant: string,
  settings: object | undefined,
): Promise<LimitsView> {
  const request = { headers: { 'x-tenantid': tenant }, ...(settings && { body: settings }) };
  const method = settings ? 'PUT' : 'GET';
  const { body } = await api.request<{ readonly data: LimitsView }>(method, '/api/v1/admin/limits', request);
  return body.data;
}

/** Parses `jobs=200,storedBytes=default`. The API validates the names. */
function parseSettings(text: string): Readonly<Record<string, number | null>> {
  const pairs = text.split(',').map((pair) => {
    const [, name, value] = /^\s*(\w+)=(\d{1,15}|default)\s*$/.exec(pair) ?? [];
    if (name === undefined) throw new UsageError(`--set must be <name>=<whole number or default>, got '${pair}'`);
    return [name, value === 'default' ? null : Number(value)] as const;
  });
  return Object.fromEntries(pairs);
}

function printLimits({ print }: CommandContext, { limits, own, used, queue }: LimitsView): void {
  const uses: Readonly<Record<string, number>> = used;
  const isOwn = (name: string) => (own as readonly string[]).includes(name);
  const rows = Object.entries(limits).map(([name, limit]) => [
    name,
    limit ?? 'unlimited',
    uses[name],
    isOwn(name) ? 'own' : null,
  ]);
  print(formatTable(['LIMIT', 'VALUE', 'USED', 'SOURCE'], rows));
  const { pendingRuns, oldestPendingSeconds, lateStarts, lateFinishes } = queue;
  const oldest = oldestPendingSeconds === null ? '' : ` (oldest: ${oldestPendingSeconds} s)`;
  print(`\nPending runs: ${pendingRuns}${oldest}; late starts: ${lateStarts}, late finishes: ${lateFinishes}`);
}
