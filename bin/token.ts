/** Prints a token that the local system takes: `npm run --silent token -- --tenant acme --roles ADMIN`. */
import { mkdirSync } from 'node:fs';
import { openIssuer } from '../lib/local/issuer.ts';
import { localSettings } from '../lib/local/settings.ts';
import { TOKEN_USAGE, tokenRequestOf } from '../lib/local/token-arguments.ts';

try {
  const request = tokenRequestOf(process.argv.slice(2));
  const { dataDir, port, clockOffsetMs } = localSettings(process.env);
  mkdirSync(dataDir, { recursive: true, mode: 0o700 });
  const issuer = await openIssuer(dataDir, port);
  console.log(await issuer.issueToken(request, Date.now() + clockOffsetMs));
} catch (error) {
  console.error(error instanceof Error ? error.message : String(error));
  console.error(TOKEN_USAGE);
  process.exitCode = 1;
}
