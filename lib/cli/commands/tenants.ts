import { CommandFailed, command, none, OK } from '../command.ts';
import { table } from '../table.ts';

export const tenants = command({
  name: 'tenants',
  summary: 'Tell whose jobs the other commands see, and with which roles',
  help: `tenants
A token is of one tenant, and no tenant learns of another: this tells the token's. --tenant chooses another one on the
local system, --token on a deployed one.`,
  options: {},
  async run({ api, json, print }, positionals) {
    none(positionals);
    const told = toldBy(await api.token());
    // The token has to be one that the system takes, too.
    await api.get('/stats');
    if (json) print(JSON.stringify({ tenants: [told] }, null, 2));
    else print(table(['TENANT', 'AS', 'ROLES'], [[told.tenant, told.name, told.roles?.join(', ')]]));
    return OK;
  },
});

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
