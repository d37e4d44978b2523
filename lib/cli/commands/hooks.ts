import { readFile } from 'node:fs/promises';
import type { CommandUnknownOpts } from '@commander-js/extra-typings';
import { Option } from '@commander-js/extra-typings';
import type { HookView } from '../../../functions/api/runner/hooks.ts';
import { HOOK_SCHEMES } from '../../../functions/core/domain/hook.ts';
import { path } from '../api.ts';
import type { CommandContext } from '../context.ts';
import { UsageError } from '../errors.ts';
import { wholeNumber } from '../parsers.ts';
import { formatTable, formatTime } from '../table.ts';

type NewHook = HookView & { readonly url: string };

export function addHookCommands(program: CommandUnknownOpts, context: CommandContext): void {
  const group = program
    .command('hooks')
    .summary('List, create, change, rotate and delete URLs whose requests start runs')
    .addHelpText('after', '\nExample: jobdeck hooks create deploy --scheme github --secret-file secret.txt');
  group
    .command('list', { isDefault: true })
    .description('list hooks, without their URLs')
    .action(() => list(context));
  group
    .command('create')
    .description('create a hook and print its URL, which is shown once')
    .argument('<job>', 'job id')
    .addOption(new Option('--scheme <scheme>', 'how senders sign').choices(HOOK_SCHEMES).default('none' as const))
    .option('--secret-file <file>', 'file with the secret of the signatures')
    .option('--name <name>', 'name by which code refers to the hook; it cannot be changed')
    .option('--description <text>', 'description')
    .action(async (job, { scheme, secretFile, name, description }) => {
      const secret = secretFile === undefined ? undefined : await readSecret(secretFile);
      printUrl(context, await context.api.post<NewHook>('/hooks', { job, scheme, secret, name, description }));
    });
  group
    .command('change')
    .description('change a hook')
    .argument('<hook>', 'hook id')
    .option('--job <job>', 'job whose runs it starts')
    .option('--secret-file <file>', 'file with the new secret of the signatures')
    .option('--name <name>', 'name of a hook that has none')
    .option('--description <text>', 'description')
    .option('--enable', 'accept requests')
    .option('--disable', 'refuse requests')
    .action(async (hook, { job, secretFile, name, description, enable, disable }) => {
      if (enable && disable) throw new UsageError('--enable and --disable exclude each other');
      const secret = secretFile === undefined ? undefined : await readSecret(secretFile);
      const enabled = enable ? true : disable ? false : undefined;
      const body = { job, secret, name, description, enabled };
      const { body: changed } = await context.api.request('PATCH', path`/hooks/${hook}`, { body });
      context.print(context.json ? JSON.stringify(changed, null, 2) : 'Done');
    });
  group
    .command('rotate')
    .description('give a hook a new URL and print it')
    .argument('<hook>', 'hook id')
    .option('--overlap <seconds>', 'how long the previous URL stays valid (86400; 0 ends it)', wholeNumber('overlap'))
    .action(async (hook, { overlap }) => {
      printUrl(context, await context.api.post<NewHook>(path`/hooks/${hook}/rotate`, { overlap_s: overlap }));
    });
  group
    .command('delete')
    .description('delete a hook')
    .argument('<hook>', 'hook id')
    .action(async (hook) => {
      await context.api.request('DELETE', path`/hooks/${hook}`);
      context.print(context.json ? JSON.stringify({ ok: true }) : 'Done');
    });
}

/** Reads a secret without the line break at its end. The command line has no option for it: others can read that. */
async function readSecret(file: string): Promise<string> {
  try {
    return (await readFile(file, 'utf8')).replace(/\r?\n$/, '');
  } catch (error) {
    throw new UsageError(`--secret-file: ${(error as Error).message}`);
  }
}

function printUrl({ json, print, note }: CommandContext, hook: NewHook): void {
  print(json ? JSON.stringify(hook, null, 2) : hook.url);
  if (!json) note(`Hook ${hook.id}. The URL is shown once and is a secret`);
}

async function list({ api, json, print }: CommandContext): Promise<void> {
  const body = await api.get<{ readonly hooks: readonly HookView[] }>('/hooks');
  if (json) return print(JSON.stringify(body, null, 2));
  const rows = body.hooks.map(({ id, name, job, scheme, enabled, created_at, managed_by, description }) => [
    id,
    name,
    job,
    scheme,
    enabled ? 'enabled' : 'disabled',
    formatTime(created_at),
    managed_by,
    description,
  ]);
  print(formatTable(['HOOK', 'NAME', 'JOB', 'SCHEME', 'STATE', 'CREATED', 'MANAGED BY', 'DESCRIPTION'], rows));
}
