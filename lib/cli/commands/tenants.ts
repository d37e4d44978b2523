import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { rename, rm } from 'node:fs/promises';
import { parseTenantId, type TenantId } from '../../../functions/core/domain/tenant.ts';
import type { Operator } from '../../admin/operator.ts';
import { CommandFailed, type Context, command, none, OK, only, UsageError, type Values } from '../command.ts';
import { table } from '../table.ts';

const options = {
  stage: { type: 'string' },
  out: { type: 'string' },
  yes: { type: 'boolean' },
  'with-keys': { type: 'boolean' },
  restored: { type: 'string' },
} as const;

/** Options that only one of the verbs has. */
const OPTIONS_OF: Readonly<Record<string, readonly string[]>> = {
  whoami: [],
  export: ['stage', 'out', 'with-keys', 'restored'],
  delete: ['stage', 'yes'],
  release: ['stage'],
  import: ['stage'],
};

export const tenants = command({
  name: 'tenants',
  summary: 'Tell whose jobs the other commands see; export, delete and put back whole tenants',
  help: `tenants
A token is of one tenant, and no tenant learns of another: this tells the token's. --tenant chooses another one on the
local system, --token on a deployed one.

For operators, with AWS credentials of their own in place of a token; without --stage, on the system of this machine:
tenants export <tenant> --out <file>   everything that the tenant has, a line of JSON each
  --with-keys     and what its API keys are checked by: they are good again where it is put back
  --restored <end>  from tables that were restored beside those in use, as jobdeck-<stage>-jobs-<end> and so on
tenants delete <tenant>   counts what there is; with --yes removes it, for good, and keeps the tenant out
tenants release <tenant>  lets a new tenant have the name of one that was deleted
tenants import <file>     puts a tenant back that is not there, or was deleted
  --stage <stage> a deployed stage`,
  options,
  async run(context, [verb = 'whoami', ...rest], values) {
    const allowed = OPTIONS_OF[verb];
    if (!allowed) throw new UsageError(`there is no tenants ${verb}; there are export, delete, release, import`);
    for (const name of Object.keys(options)) {
      const isGiven = values[name as keyof typeof options] !== undefined;
      if (isGiven && !allowed.includes(name)) throw new UsageError(`--${name} is not for tenants ${verb}`);
    }
    switch (verb) {
      case 'export':
        return exportTo(context, tenantOf(rest), values);
      case 'delete':
        return remove(context, tenantOf(rest), values);
      case 'release':
        return release(context, tenantOf(rest), values);
      case 'import':
        return putBack(context, only(rest, 'file'), values);
      default:
        none(rest);
        return whoami(context);
    }
  },
});

type Given = Values<typeof options>;

function tenantOf(positionals: readonly string[]): TenantId {
  const given = only(positionals, 'tenant');
  const tenant = parseTenantId(given);
  if (tenant) return tenant;
  throw new UsageError(`a tenant is 1–64 of A–Z a–z 0–9 _ -, got '${given}'`);
}

/** Works as the stage's operator. What tells whoever asked what to do is told in a line. */
async function asOperator<Result>(
  { environment, note }: Context,
  { stage, restored }: Given,
  work: (operator: Operator) => Promise<Result>,
): Promise<Result> {
  // Only here: the other commands need none of AWS's clients, and start sooner.
  const { openStage } = await import('../../admin/stage.ts');
  const { operator, close } = await openStage(stage, { ...environment }, note, restored);
  try {
    return await work(operator);
  } catch (error) {
    const code = (error as { readonly code?: unknown }).code;
    if (code === 'ECONNREFUSED')
      throw new CommandFailed(`${operator.stage} does not answer. Is it running (npm start)?`);
    throw error;
  } finally {
    close();
  }
}

async function exportTo(context: Context, tenant: TenantId, given: Given): Promise<number> {
  const { out } = given;
  if (out === undefined) throw new UsageError('--out <file> is missing');
  const [{ exportTenant }, { formatLine }, { isThere }] = await Promise.all([
    import('../../admin/export.ts'),
    import('../../admin/export-format.ts'),
    import('../../admin/erase.ts'),
  ]);
  return asOperator(context, given, async (operator) => {
    if (!(await isThere(operator, tenant))) throw new CommandFailed(`${operator.stage} has no tenant ${tenant}`);
    // Whole, or not there: a file that was cut short does not have the name.
    const draft = `${out}.part`;
    const file = createWriteStream(draft, { mode: 0o600 });
    let failure: Error | undefined;
    // One between two lines is told by the next.
    file.on('error', (error) => (failure = error));
    await once(file, 'open');
    try {
      const { lines } = await exportTenant(
        operator,
        tenant,
        { withKeys: given['with-keys'] ?? false },
        async (line) => {
          if (failure) throw failure;
          if (!file.write(`${formatLine(line)}\n`)) await once(file, 'drain');
        },
      );
      const written = once(file, 'finish');
      file.end();
      await written;
      await rename(draft, out);
      tell(context, lines, `Exported ${tenant} of ${operator.stage} to ${out}`);
      return OK;
    } catch (error) {
      file.destroy();
      await rm(draft, { force: true });
      throw error;
    }
  });
}

async function remove(context: Context, tenant: TenantId, given: Given): Promise<number> {
  const { eraseTenant, isThere, whatIsThere } = await import('../../admin/erase.ts');
  return asOperator(context, given, async (operator) => {
    if (!(await isThere(operator, tenant))) throw new CommandFailed(`${operator.stage} has no tenant ${tenant}`);
    if (!given.yes) {
      tell(
        context,
        await whatIsThere(operator, tenant),
        `Nothing was removed from ${operator.stage}: that takes --yes`,
      );
      return OK;
    }
    const { removed } = await eraseTenant(operator, tenant);
    tell(
      context,
      removed,
      `${tenant} is gone from ${operator.stage}. What is not Jobdeck's stays: its users, and queues that its flows read`,
    );
    return OK;
  });
}

async function release(context: Context, tenant: TenantId, given: Given): Promise<number> {
  const { releaseTenant } = await import('../../admin/release.ts');
  return asOperator(context, given, async (operator) => {
    await releaseTenant(operator, tenant);
    context.note(`${operator.stage} lets ${tenant} in again: a new tenant, of which nothing is known`);
    return OK;
  });
}

async function putBack(context: Context, file: string, given: Given): Promise<number> {
  const { importTenant } = await import('../../admin/import.ts');
  return asOperator(context, given, async (operator) => {
    const { tenant, exportedAt, lines, parameters, lostKeys } = await importTenant(operator, file);
    tell(context, lines, `${tenant} is back in ${operator.stage}, as it was at ${exportedAt}`);
    const secrets = parameters.filter((name) => name !== 'signing-secret');
    if (secrets.length > 0) context.note(`To be set again: ${secrets.join(', ')}`);
    if (parameters.length > secrets.length) context.note('Its signing secret is made anew: receivers need the new one');
    if (lostKeys > 0) context.note(`${lostKeys} API keys are to be made again (export --with-keys keeps them)`);
    return OK;
  });
}

function tell({ json, print, note }: Context, tally: Readonly<Record<string, number>>, what: string): void {
  if (json) print(JSON.stringify(tally, null, 2));
  else if (Object.keys(tally).length > 0) print(table(['WHAT', 'HOW MANY'], rowsOf(tally)));
  note(what);
}

const rowsOf = (tally: Readonly<Record<string, number>>) => Object.entries(tally).sort(([a], [b]) => (a < b ? -1 : 1));

async function whoami({ api, json, print }: Context): Promise<number> {
  const told = toldBy(await api.token());
  // The token has to be one that the system takes, too.
  await api.get('/stats');
  if (json) print(JSON.stringify({ tenants: [told] }, null, 2));
  else print(table(['TENANT', 'AS', 'ROLES'], [[told.tenant, told.name, told.roles?.join(', ')]]));
  return OK;
}

interface Told {
  readonly tenant: string | null;
  readonly name: string | null;
  /** Null of an API key: only the system knows them. */
  readonly roles: readonly string[] | null;
}

/** What a token says of itself: whether that is true, the system finds out. */
function toldBy(token: string): Told {
  const [, tenant, id] = /^jk_([^.]+)\.([^.]+)\./.exec(token) ?? [];
  if (tenant && id) return { tenant, name: `API key ${id}`, roles: null };
  const claims = claimsOf(token);
  return {
    tenant: claims['custom:tenant'] ?? claims.tenant ?? null,
    name: claims.email ?? claims.sub ?? null,
    roles: claims['cognito:groups'] ?? claims.roles ?? null,
  };
}

/** Claims that may be there; a deployment with an issuer of its own may call them otherwise. */
interface Claims {
  readonly 'custom:tenant'?: string;
  readonly tenant?: string;
  readonly email?: string;
  readonly sub?: string;
  readonly 'cognito:groups'?: readonly string[];
  readonly roles?: readonly string[];
}

function claimsOf(token: string): Claims {
  try {
    return JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString()) as Claims;
  } catch {
    throw new CommandFailed('The token is neither a JWT nor an API key');
  }
}
