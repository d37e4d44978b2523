import type { CommandUnknownOpts } from '@commander-js/extra-typings';
import type { StateEntryView } from '../../../functions/api/runner/state.ts';
import { path } from '../api.ts';
import type { CommandContext } from '../context.ts';
import { UsageError } from '../errors.ts';
import { wholeNumber } from '../parsers.ts';
import { formatTable, formatTime } from '../table.ts';

interface Namespaces {
  readonly namespaces: readonly string[];
  readonly next: string | null;
}

interface Entries {
  readonly entries: readonly StateEntryView[];
  readonly next: string | null;
}

interface ListOptions {
  readonly prefix?: string | undefined;
  readonly after?: string | undefined;
  readonly limit?: number | undefined;
}

export function addStateCommands(program: CommandUnknownOpts, context: CommandContext): void {
  const group = program
    .command('state')
    .summary('List, show, set and delete values that scripts keep between runs')
    .addHelpText('after', `\nExample: jobdeck state set sync-orders after 4711 --ttl 86400`);
  group
    .command('list', { isDefault: true })
    .description('list namespaces, or the values of one, by key')
    .argument('[namespace]', 'namespace')
    .option('--prefix <text>', 'keys that start with a text')
    .option('--after <name>', 'namespaces or keys after this one')
    .option('--limit <n>', '1–1000, of namespaces 1–100 (100)', wholeNumber('limit'))
    .action((namespace, options) => list(context, namespace, options));
  group
    .command('get')
    .description('print a value as JSON')
    .argument('<namespace>', 'namespace')
    .argument('<key>', 'key')
    .action(async (namespace, key) => {
      const entry = await context.api.get<StateEntryView>(path`/state/${namespace}/${key}`);
      context.print(JSON.stringify(context.json ? entry : entry.value, null, 2));
    });
  group
    .command('set')
    .description('set a value')
    .argument('<namespace>', 'namespace')
    .argument('<key>', 'key')
    .argument('<json>', 'any JSON value: 4711, "text", {"after":4711}', parseValue)
    .option('--ttl <seconds>', 'seconds until the value expires (never)', wholeNumber('ttl'))
    .option('--new', 'fail if the key has a value')
    .action(async (namespace, key, value, { ttl, new: isNew }) => {
      const { body } = await context.api.request<StateEntryView>('PUT', path`/state/${namespace}/${key}`, {
        body: { value, ...(ttl !== undefined && { ttl_s: ttl }) },
        ...(isNew && { headers: { 'if-none-match': '*' } }),
      });
      context.print(context.json ? JSON.stringify(body, null, 2) : 'Done');
    });
  group
    .command('delete')
    .description('delete a value')
    .argument('<namespace>', 'namespace')
    .argument('<key>', 'key')
    .action(async (namespace, key) => {
      await context.api.request('DELETE', path`/state/${namespace}/${key}`);
      context.print(context.json ? JSON.stringify({ ok: true }) : 'Done');
    });
}

async function list(
  { api, json, print, note }: CommandContext,
  namespace: string | undefined,
  { prefix, after, limit }: ListOptions,
): Promise<void> {
  if (namespace === undefined && prefix !== undefined) throw new UsageError('--prefix is for one namespace');
  const body =
    namespace === undefined
      ? await api.get<Namespaces>('/state', { after, limit })
      : await api.get<Entries>(path`/state/${namespace}`, { prefix, after, limit });
  if (json) return print(JSON.stringify(body, null, 2));
  if ('namespaces' in body) for (const name of body.namespaces) print(name);
  else print(formatTable(['KEY', 'UPDATED', 'EXPIRES', 'VALUE'], body.entries.map(toRow)));
  if (body.next !== null) note(`More: --after ${JSON.stringify(body.next)}`);
}

const toRow = ({ key, updated_at, expires_at, value }: StateEntryView) => [
  key,
  formatTime(updated_at),
  formatTime(expires_at),
  JSON.stringify(value),
];

function parseValue(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    throw new UsageError(`the value must be JSON, such as 4711 or '"text"', got '${text}'`);
  }
}
