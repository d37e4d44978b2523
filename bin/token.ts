/** Prints a token for the local system: `npm run --silent token -- --tenant acme --roles ADMIN`. */
import { NoLocalSystem, openFolderIssuer } from '../lib/local/issuer/folder-issuer.ts';
import { localSettings } from '../lib/local/settings.ts';
import { parseTokenArguments, TOKEN_USAGE } from '../lib/local/token-arguments.ts';

try {
  const request = parseTokenArguments(process.argv.slice(2));
  const { dataDir, port, clockOffsetMs } = localSettings(process.env);
  const issuer = await openFolderIssuer(dataDir, process.env.JOBDECK_PORT ? port : undefined);
  console.log(await issuer.issueToken(request, Date.now() + clockOffsetMs));
} catch (error) {
  console.error(error instanceof Error ? error.message : String(error));
  if (!(error instanceof NoLocalSystem)) console.error(TOKEN_USAGE);
  process.exitCode = 1;
}
