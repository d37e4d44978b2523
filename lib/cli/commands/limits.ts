import { type CommandContext, command, EXIT_OK, requireNone, UsageError } from '../command.ts';
import { formatTable } from '../table.ts';

const options = { set: { type: 'string' } } as const;

/** Limits of a tenant as the API returns them. */
interface Limits {
  readonly limits: Readonly<Record<string, number>>;
  readonly own: readonly string[];
  readonly used: Readonly<Record<string, number>>;
  readonly queue: Readonly<Record<string, number | null>>;
}

export const limits = command({
  name: 'limits',
  summary: 'Show what a tenant may use and uses; set it, as a super_admin',
  help: `limits                 of the token's own tenant
limits <tenant>        of any tenant; for a super_admin
  --set <name>=<value>,…   sets limits of the tenant, first; default is the deployment's again:
                           --set jobs=200,storedBytes=default`,
  options,
  async run(context, positionals, { set }) {
    const [tenant, ...others] = positionals;
    requireNone(others);
    if (tenant === undefined && set !== undefined)
      throw new UsageError('--set is for one tenant: limits <tenant> --set …');
    const wanted = set === undefined ? undefined : settings(set);
    const shown =
      tenant === undefined ? await context.api.get<Limits>('/limits') : await ofTenant(context, tenant, wanted);
    if (context.json) context.print(JSON.stringify(shown, null, 2));
    else show(context, shown);
    return EXIT_OK;
  },
});

async function ofTenant({ api }: CommandContext, tenant: string, wanted: object | undefined): Promise<Limits> {
  const request = { headers: { 'x-tenantid': tenant }, ...(wanted && { body: wanted }) };
  const { body } = await api.request<{ readonly data: Limits }>(
    wanted ? 'PUT' : 'GET',
    '/api/v1/admin/limits',
    request,
  );
  return body.data;
}

/** Parses `jobs=200,storedBytes=default`. The API validates the names. */
function settings(text: string): Readonly<Record<string, number | null>> {
  const pairs = text.split(',').map((pair) => {
    const [, name, value] = /^\s*(\w+)=(\d{1,15}|default)\s*$/.exec(pair) ?? [];
    if (name === undefined) throw new UsageError(`--set must be <name>=<whole number or default>, got '${pair}'`);
    return [name, value === 'default' ? null : Number(value)] as const;
  });
  return Object.fromEntries(pairs);
}

function show({ print }: CommandContext, { limits, own, used, queue }: Limits): void {
  const rows = Object.entries(limits).map(([name, limit]) => [
    name,
    limit,
    used[name],
    own.includes(name) ? 'own' : null,
  ]);
  print(formatTable(['LIMIT', 'VALUE', 'USED', 'WHOSE'], rows));
  const { pendingRuns, oldestPendingSeconds, lateStarts, lateFinishes } = queue;
  const oldest = oldestPendingSeconds === null ? '' : `, the oldest for ${oldestPendingSeconds} s`;
  print(`\n${pendingRuns} runs wait${oldest}; ${lateStarts} started late so far, ${lateFinishes} ended late`);
}
