import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { rename, rm } from 'node:fs/promises';
import type { CommandUnknownOpts } from '@commander-js/extra-typings';
import { parseTenantId, type TenantId } from '../../../functions/core/domain/tenant.ts';
import type { AdminContext } from '../../admin/admin-context.ts';
import type { CommandContext } from '../context.ts';
import { CommandFailed, UsageError } from '../errors.ts';
import { formatTable } from '../table.ts';
import { readTokenIdentity } from '../token-identity.ts';
import { fromOption, groupOption, toOption } from './usage.ts';

interface StageOptions {
  readonly stage?: string | undefined;
  readonly restored?: string | undefined;
}

interface ExportOptions extends StageOptions {
  readonly out: string;
  readonly withKeys?: true | undefined;
}

interface DeleteOptions extends StageOptions {
  readonly yes?: true | undefined;
}

const STAGE_FLAGS = '--stage <stage>';
const STAGE_HELP = 'a deployed stage (the local system)';

export function addTenantCommands(program: CommandUnknownOpts, context: CommandContext): void {
  const group = program
    .command('tenants')
    .summary("Show the token's tenant; export, delete, release, import and reencrypt tenants")
    .description(
      "Without a subcommand, prints the token's tenant and roles. The subcommands are for operators: they use AWS " +
        'credentials instead of a token.',
    );
  group.command('whoami', { isDefault: true, hidden: true }).action(() => whoami(context));
  group
    .command('export')
    .description('write all data of a tenant to a file of JSON lines')
    .argument('<tenant>', 'tenant id', parseTenantArgument)
    .requiredOption('--out <file>', 'file to write')
    .option('--with-keys', 'include the hashes of API keys, so that they are valid after an import')
    .option('--restored <suffix>', 'read restored tables: jobdeck-<stage>-jobs-<suffix> and so on')
    .option(STAGE_FLAGS, STAGE_HELP)
    .action((tenant, options) => exportToFile(context, tenant, options));
  group
    .command('delete')
    .description('count the items of a tenant, or delete them permanently with --yes')
    .argument('<tenant>', 'tenant id', parseTenantArgument)
    .option('--yes', 'delete the tenant and reject its tokens from then on')
    .option(STAGE_FLAGS, STAGE_HELP)
    .action((tenant, options) => deleteOrCount(context, tenant, options));
  group
    .command('release')
    .description('permit a new tenant with the name of a deleted one')
    .argument('<tenant>', 'tenant id', parseTenantArgument)
    .option(STAGE_FLAGS, STAGE_HELP)
    .action((tenant, options) => release(context, tenant, options));
  group
    .command('reencrypt')
    .description('encrypt the secrets of a tenant under new data keys')
    .argument('<tenant>', 'tenant id', parseTenantArgument)
    .option(STAGE_FLAGS, STAGE_HELP)
    .action((tenant, options) => reencrypt(context, tenant, options));
  group
    .command('usage')
    .description('print the usage of all tenants as CSV')
    .addOption(fromOption().makeOptionMandatory())
    .addOption(toOption())
    .addOption(groupOption())
    .option(STAGE_FLAGS, STAGE_HELP)
    .action((options) => printUsage(context, options));
  group
    .command('import')
    .description('import a tenant that does not exist or was deleted')
    .argument('<file>', 'file written by tenants export')
    .option(STAGE_FLAGS, STAGE_HELP)
    .action((file, options) => importFromFile(context, file, options));
}

function parseTenantArgument(text: string): TenantId {
  const tenant = parseTenantId(text);
  if (tenant) return tenant;
  throw new UsageError(`a tenant is 1–64 of A–Z a–z 0–9 _ -, got '${text}'`);
}

/** Opens the stage, runs the operation and closes the stage. */
async function withStage<Result>(
  { environment, note }: CommandContext,
  { stage, restored }: StageOptions,
  operation: (admin: AdminContext) => Promise<Result>,
): Promise<Result> {
  // Imported lazily: the other commands do not need the AWS clients and start faster without them.
  const { openStage } = await import('../../admin/open-stage.ts');
  const { context: admin, close } = await openStage(stage, { ...environment }, note, restored);
  try {
    return await operation(admin);
  } catch (error) {
    const code = (error as { readonly code?: unknown }).code;
    if (code === 'ECONNREFUSED')
      throw new CommandFailed(`${admin.stageLabel} does not respond. Is it running (npm start)?`);
    throw error;
  } finally {
    close();
  }
}

async function exportToFile(context: CommandContext, tenant: TenantId, options: ExportOptions): Promise<void> {
  const { out, withKeys = false } = options;
  const [{ exportTenant }, { formatLine }, { tenantExists }] = await Promise.all([
    import('../../admin/export-tenant.ts'),
    import('../../admin/export-format.ts'),
    import('../../admin/delete-tenant.ts'),
  ]);
  await withStage(context, options, async (admin) => {
    if (!(await tenantExists(admin, tenant))) throw new CommandFailed(`${admin.stageLabel} has no tenant ${tenant}`);
    // The file gets its final name only if the export is complete.
    const draft = `${out}.part`;
    const file = createWriteStream(draft, { mode: 0o600 });
    let failure: Error | undefined;
    // Rethrown at the next line.
    file.on('error', (error) => (failure = error));
    await once(file, 'open');
    try {
      const { lines } = await exportTenant(admin, tenant, { withKeys }, async (line) => {
        if (failure) throw failure;
        if (!file.write(`${formatLine(line)}\n`)) await once(file, 'drain');
      });
      const written = once(file, 'finish');
      file.end();
      await written;
      await rename(draft, out);
      printCounts(context, lines, `Exported ${tenant} of ${admin.stageLabel} to ${out}`);
    } catch (error) {
      file.destroy();
      await rm(draft, { force: true });
      throw error;
    }
  });
}

async function deleteOrCount(context: CommandContext, tenant: TenantId, options: DeleteOptions): Promise<void> {
  const { countTenantItems, deleteTenant, tenantExists } = await import('../../admin/delete-tenant.ts');
  await withStage(context, options, async (admin) => {
    const { stageLabel } = admin;
    if (!(await tenantExists(admin, tenant))) throw new CommandFailed(`${stageLabel} has no tenant ${tenant}`);
    if (!options.yes) {
      printCounts(
        context,
        await countTenantItems(admin, tenant),
        `Nothing was removed from ${stageLabel}: add --yes to delete`,
      );
      return;
    }
    const { removed } = await deleteTenant(admin, tenant);
    printCounts(
      context,
      removed,
      `Deleted ${tenant} from ${stageLabel}. Resources outside of Jobdeck stay: users, and queues that its flows read`,
    );
  });
}

async function release(context: CommandContext, tenant: TenantId, options: StageOptions): Promise<void> {
  const { releaseTenant } = await import('../../admin/release-tenant.ts');
  await withStage(context, options, async (admin) => {
    await releaseTenant(admin, tenant);
    context.note(`Released ${tenant} in ${admin.stageLabel}: a new tenant may have the name`);
  });
}

async function reencrypt(context: CommandContext, tenant: TenantId, options: StageOptions): Promise<void> {
  const { reencryptSecrets } = await import('../../admin/reencrypt-secrets.ts');
  await withStage(context, options, async (admin) => {
    const { encrypted, damaged } = await reencryptSecrets(admin, tenant);
    context.note(`Encrypted ${encrypted} secrets of ${tenant} in ${admin.stageLabel} under new data keys`);
    if (damaged.length > 0) throw new CommandFailed(`These secrets cannot be decrypted: ${damaged.join(', ')}`);
  });
}

interface AllUsageOptions extends StageOptions {
  readonly from: string;
  readonly to?: string | undefined;
  readonly group: 'day' | 'month';
}

const DAY = /^\d{4}-\d\d-\d\d$/;

async function printUsage(context: CommandContext, { from, to, group, ...stage }: AllUsageOptions): Promise<void> {
  for (const [name, day] of Object.entries({ from, to })) {
    if (day !== undefined && (!DAY.test(day) || Number.isNaN(Date.parse(day)))) {
      throw new UsageError(`--${name} must be a day such as 2026-03-02, got '${day}'`);
    }
  }
  const last = to ?? new Date(context.now()).toISOString().slice(0, 10);
  if (from > last)
    throw new UsageError(`--from must not be after ${to === undefined ? 'today' : '--to'}, ${last}, got '${from}'`);
  const { readAllUsage } = await import('../../admin/tenant-usage.ts');
  await withStage(context, stage, async (admin) => {
    const all = await readAllUsage(admin, { from, to: last, group });
    if (context.json) return context.print(JSON.stringify({ tenants: all }, null, 2));
    context.print(`tenant,${group},runs,compute_seconds,records,stored_bytes`);
    for (const { tenant, periods } of all) {
      for (const { period, runs, computeSeconds, records, storedBytes } of periods) {
        context.print([tenant, period, runs, computeSeconds, records, storedBytes].join(','));
      }
    }
  });
}

async function importFromFile(context: CommandContext, file: string, options: StageOptions): Promise<void> {
  const { importTenant } = await import('../../admin/import-tenant.ts');
  await withStage(context, options, async (admin) => {
    const imported = await importTenant(admin, file);
    const { tenant, exportedAt, lines, secrets, hadSigningSecret, apiKeysToRecreate, hooksToRenew } = imported;
    printCounts(context, lines, `Imported ${tenant} into ${admin.stageLabel}, as of ${exportedAt}`);
    if (secrets.length > 0) context.note(`Secrets to set again: ${secrets.join(', ')}`);
    if (hadSigningSecret) context.note('The signing secret is generated anew: receivers need the new one');
    if (hooksToRenew.length > 0) {
      context.note(`Hooks that need a new URL or secret (jobdeck hooks): ${hooksToRenew.join(', ')}`);
    }
    if (apiKeysToRecreate > 0) {
      context.note(`${apiKeysToRecreate} API keys must be created again (export --with-keys keeps them)`);
    }
  });
}

function printCounts(
  { json, print, note }: CommandContext,
  counts: Readonly<Record<string, number>>,
  message: string,
): void {
  const rows = Object.entries(counts).sort(([a], [b]) => (a < b ? -1 : 1));
  if (json) print(JSON.stringify(counts, null, 2));
  else if (rows.length > 0) print(formatTable(['KIND', 'COUNT'], rows));
  note(message);
}

async function whoami({ api, json, print }: CommandContext): Promise<void> {
  const identity = readTokenIdentity(await api.token());
  // Verifies that the API accepts the token.
  await api.get('/stats');
  if (json) print(JSON.stringify({ tenants: [identity] }, null, 2));
  else print(formatTable(['TENANT', 'AS', 'ROLES'], [[identity.tenant, identity.name, identity.roles?.join(', ')]]));
}
