import type { CommandUnknownOpts } from '@commander-js/extra-typings';
import { issueLocalToken, parseRolesOption } from '../connection.ts';
import type { CommandContext } from '../context.ts';
import { UsageError } from '../errors.ts';
import { wholeNumber } from '../parsers.ts';

/** One year. */
const MAX_TTL_SECONDS = 365 * 86_400;

export function addTokenCommand(program: CommandUnknownOpts, context: CommandContext): void {
  program
    .command('token')
    .summary('Print a token of the local system')
    .description(
      'Prints a token of the local system for --tenant. Tokens of a deployed system come from its issuer, API keys from ' +
        'POST /v1/api-keys.',
    )
    .option('--roles <roles>', 'roles, separated by commas (OWNER,ADMIN)', parseRolesOption)
    .option('--ttl <seconds>', 'lifetime', parseTtl, 3_600)
    .action(async ({ roles, ttl: ttlSeconds }) => {
      const { api, environment, tenant, json, print } = context;
      const token = await issueLocalToken(api.url, environment, { tenant, ttlSeconds, ...(roles && { roles }) });
      print(json ? JSON.stringify({ token }) : token);
    });
}

function parseTtl(text: string): number {
  const seconds = wholeNumber('ttl')(text);
  if (seconds >= 1 && seconds <= MAX_TTL_SECONDS) return seconds;
  throw new UsageError(`--ttl must be 1–${MAX_TTL_SECONDS} seconds, got ${text}`);
}
