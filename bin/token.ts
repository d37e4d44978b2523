/** Prints a token for the local system: `npm run --silent token -- --tenant acme --roles ADMIN`. */
import { CommanderError } from '@commander-js/extra-typings';
import { NoLocalSystem, openFolderIssuer } from '../lib/local/issuer/folder-issuer.ts';
import { localSettings } from '../lib/local/settings.ts';
import { parseTokenArguments } from '../lib/local/token-arguments.ts';

const USAGE =
  'Usage: npm run --silent token -- --tenant acme --roles ADMIN,OWNER [--subject ana@acme.test] [--ttl 3600]';

try {
  const request = parseTokenArguments(process.argv.slice(2));
  const { dataDir, port, clockOffsetMs } = localSettings(process.env);
  const issuer = await openFolderIssuer(dataDir, process.env.JOBDECK_PORT ? port : undefined);
  console.log(await issuer.issueToken(request, Date.now() + clockOffsetMs));
} catch (error) {
  // Commander has printed the help.
  const isHelp = error instanceof CommanderError && error.exitCode === 0;
  if (!isHelp) {
    console.error(error instanceof Error ? error.message : String(error));
    if (!(error instanceof NoLocalSystem)) console.error(USAGE);
    process.exitCode = 1;
  }
}
