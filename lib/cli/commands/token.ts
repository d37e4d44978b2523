import { command, EXIT_OK, parseWholeNumber, requireNone, UsageError } from '../command.ts';
import { issueLocalToken, parseRolesOption, parseTenantOption } from '../connection.ts';

/** One year. */
const LONGEST_TTL_SECONDS = 365 * 86_400;

export const token = command({
  name: 'token',
  summary: 'Print a token of the local system',
  help: `token
  --tenant <tenant>   (demo)
  --roles <roles>     by comma (OWNER,ADMIN)
  --ttl <seconds>     (3600)
A deployed system's tokens come from its issuer; its API keys are made by POST /v1/api-keys.`,
  options: { roles: { type: 'string' }, ttl: { type: 'string' }, tenant: { type: 'string' } },
  async run({ api, environment, json, print }, positionals, { roles, ttl = '3600', tenant }) {
    requireNone(positionals);
    const ttlSeconds = parseWholeNumber(ttl, 'ttl');
    if (ttlSeconds < 1 || ttlSeconds > LONGEST_TTL_SECONDS) {
      throw new UsageError(`--ttl must be 1–${LONGEST_TTL_SECONDS} seconds, got ${ttl}`);
    }
    const wanted = { tenant: parseTenantOption(tenant), roles: parseRolesOption(roles), ttlSeconds };
    const made = await issueLocalToken(api.url, environment, wanted);
    print(json ? JSON.stringify({ token: made }) : made);
    return EXIT_OK;
  },
});
