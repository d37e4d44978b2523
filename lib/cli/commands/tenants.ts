import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { rename, rm } from 'node:fs/promises';
import { parseTenantId, type TenantId } from '../../../functions/core/domain/tenant.ts';
import type { AdminContext } from '../../admin/admin-context.ts';
import {
  type CommandContext,
  CommandFailed,
  command,
  EXIT_OK,
  requireNone,
  requireOne,
  UsageError,
  type Values,
} from '../command.ts';
import { formatTable } from '../table.ts';

const options = {
  stage: { type: 'string' },
  out: { type: 'string' },
  yes: { type: 'boolean' },
  'with-keys': { type: 'boolean' },
  restored: { type: 'string' },
} as const;

/** Options of each subcommand. */
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
        return exportToFile(context, tenantOf(rest), values);
      case 'delete':
        return remove(context, tenantOf(rest), values);
      case 'release':
        return release(context, tenantOf(rest), values);
      case 'import':
        return importFromFile(context, requireOne(rest, 'file'), values);
      default:
        requireNone(rest);
        return whoami(context);
    }
  },
});

type Given = Values<typeof options>;

function tenantOf(positionals: readonly string[]): TenantId {
  const given = requireOne(positionals, 'tenant');
  const tenant = parseTenantId(given);
  if (tenant) return tenant;
  throw new UsageError(`a tenant is 1–64 of A–Z a–z 0–9 _ -, got '${given}'`);
}

/** Opens the stage, runs the operation and closes the stage. */
async function withStage<Result>(
  { environment, note }: CommandContext,
  { stage, restored }: Given,
  work: (operator: AdminContext) => Promise<Result>,
): Promise<Result> {
  // Imported lazily: the other commands do not need the AWS clients and start faster without them.
  const { openStage } = await import('../../admin/open-stage.ts');
  const { context: operator, close } = await openStage(stage, { ...environment }, note, restored);
  try {
    return await work(operator);
  } catch (error) {
    const code = (error as { readonly code?: unknown }).code;
    if (code === 'ECONNREFUSED')
      throw new CommandFailed(`${operator.stageLabel} does not answer. Is it running (npm start)?`);
    throw error;
  } finally {
    close();
  }
}

async function exportToFile(context: CommandContext, tenant: TenantId, given: Given): Promise<number> {
  const { out } = given;
  if (out === undefined) throw new UsageError('--out <file> is missing');
  const [{ exportTenant }, { formatLine }, { tenantExists: isThere }] = await Promise.all([
    import('../../admin/export-tenant.ts'),
    import('../../admin/export-format.ts'),
    import('../../admin/delete-tenant.ts'),
  ]);
  return withStage(context, given, async (operator) => {
    if (!(await isThere(operator, tenant))) throw new CommandFailed(`${operator.stageLabel} has no tenant ${tenant}`);
    // The file gets its final name only if the export is complete.
    const draft = `${out}.part`;
    const file = createWriteStream(draft, { mode: 0o600 });
    let failure: Error | undefined;
    // Rethrown at the next line.
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
      printCounts(context, lines, `Exported ${tenant} of ${operator.stageLabel} to ${out}`);
      return EXIT_OK;
    } catch (error) {
      file.destroy();
      await rm(draft, { force: true });
      throw error;
    }
  });
}

async function remove(context: CommandContext, tenant: TenantId, given: Given): Promise<number> {
  const {
    deleteTenant: eraseTenant,
    tenantExists: isThere,
    countTenantItems: whatIsThere,
  } = await import('../../admin/delete-tenant.ts');
  return withStage(context, given, async (operator) => {
    if (!(await isThere(operator, tenant))) throw new CommandFailed(`${operator.stageLabel} has no tenant ${tenant}`);
    if (!given.yes) {
      printCounts(
        context,
        await whatIsThere(operator, tenant),
        `Nothing was removed from ${operator.stageLabel}: that takes --yes`,
      );
      return EXIT_OK;
    }
    const { removed } = await eraseTenant(operator, tenant);
    printCounts(
      context,
      removed,
      `${tenant} is gone from ${operator.stageLabel}. What is not Jobdeck's stays: its users, and queues that its flows read`,
    );
    return EXIT_OK;
  });
}

async function release(context: CommandContext, tenant: TenantId, given: Given): Promise<number> {
  const { releaseTenant } = await import('../../admin/release-tenant.ts');
  return withStage(context, given, async (operator) => {
    await releaseTenant(operator, tenant);
    context.note(`${operator.stageLabel} lets ${tenant} in again: a new tenant, of which nothing is known`);
    return EXIT_OK;
  });
}

async function importFromFile(context: CommandContext, file: string, given: Given): Promise<number> {
  const { importTenant } = await import('../../admin/import-tenant.ts');
  return withStage(context, given, async (operator) => {
    const { tenant, exportedAt, lines, parameters, apiKeysToRecreate: lostKeys } = await importTenant(operator, file);
    printCounts(context, lines, `${tenant} is back in ${operator.stageLabel}, as it was at ${exportedAt}`);
    const secrets = parameters.filter((name) => name !== 'signing-secret');
    if (secrets.length > 0) context.note(`To be set again: ${secrets.join(', ')}`);
    if (parameters.length > secrets.length) context.note('Its signing secret is made anew: receivers need the new one');
    if (lostKeys > 0) context.note(`${lostKeys} API keys are to be made again (export --with-keys keeps them)`);
    return EXIT_OK;
  });
}

function printCounts(
  { json, print, note }: CommandContext,
  tally: Readonly<Record<string, number>>,
  what: string,
): void {
  if (json) print(JSON.stringify(tally, null, 2));
  else if (Object.keys(tally).length > 0) print(formatTable(['WHAT', 'HOW MANY'], rowsOf(tally)));
  note(what);
}

const rowsOf = (tally: Readonly<Record<string, number>>) => Object.entries(tally).sort(([a], [b]) => (a < b ? -1 : 1));

async function whoami({ api, json, print }: CommandContext): Promise<number> {
  const identity = parseToken(await api.token());
  // Verifies that the API accepts the token.
  await api.get('/stats');
  if (json) print(JSON.stringify({ tenants: [identity] }, null, 2));
  else print(formatTable(['TENANT', 'AS', 'ROLES'], [[identity.tenant, identity.name, identity.roles?.join(', ')]]));
  return EXIT_OK;
}

interface TokenIdentity {
  readonly tenant: string | null;
  readonly name: string | null;
  /** `null` for an API key, whose roles only the API knows. */
  readonly roles: readonly string[] | null;
}

/** Reads the identity from a token without verifying it; the API verifies it. */
function parseToken(token: string): TokenIdentity {
  const [, tenant, id] = /^jk_([^.]+)\.([^.]+)\./.exec(token) ?? [];
  if (tenant && id) return { tenant, name: `API key ${id}`, roles: null };
  const claims = claimsOf(token);
  return {
    tenant: claims['custom:tenant'] ?? claims.tenant ?? null,
    name: claims.email ?? claims.sub ?? null,
    roles: claims['cognito:groups'] ?? claims.roles ?? null,
  };
}

/** Claims that tokens may contain. Deployments with another issuer may use other names. */
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
