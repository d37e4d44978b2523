import type { TenantId } from '../../functions/core/domain/tenant.ts';
import { LOCAL_STAGE } from '../config.ts';
import { findProject } from '../project/find-project.ts';
import type { Project } from '../project/load-project.ts';
import { ApiClient } from './api.ts';
import { isLoopback, parseTenantOption, resolveApiUrl } from './connection.ts';
import type { CommandContext } from './context.ts';
import { CommandFailed, UsageError } from './errors.ts';
import { readTenantsFile } from './tenant-selection.ts';
import { findTenantToken } from './tenant-token.ts';
import { readTokenIdentity } from './token-identity.ts';

/** Options of the commands that work on the jobs of a project. */
export interface ProjectOptions {
  readonly project?: string | undefined;
  readonly stage?: string | undefined;
  readonly tokenCommand?: string | undefined;
  readonly tenantsFile?: string | undefined;
  /** Jobs are deleted, so that the tenant of each token must be certain. */
  readonly prune?: true | undefined;
}

/** A project and the tenants whose jobs it holds. */
export interface ProjectConnection {
  readonly project: Project;
  readonly tenants: readonly TenantId[];
  /** Returns the API with the token of a tenant. @throws CommandFailed if there is none */
  readonly connect: (tenant: TenantId) => Promise<ApiClient>;
}

export const PROJECT_HELP = 'folder in the project (the current folder)';
export const STAGE_HELP = 'stage of the project whose `url` is used (the local system)';
export const TOKEN_COMMAND_HELP = 'shell command that prints the token of the tenant in JOBDECK_TENANT';

/**
 * Loads the project and determines the API and the tenants. Without `--tenant` and `--tenants-file` the tenant is that of
 * the token, or `demo` in the local system.
 *
 * @throws ProjectError, UsageError or CommandFailed
 */
export async function openProject(context: CommandContext, options: ProjectOptions): Promise<ProjectConnection> {
  const { loadProject } = await import('../project/load-project.ts');
  const project = await loadProject(findProject(options.project ?? process.cwd()));
  const url = findUrl(context, project, options.stage);
  const { environment, token, tenantNames } = context;
  const fromFile = options.tenantsFile === undefined ? [] : await readTenantsFile(options.tenantsFile);
  const named = [...new Set([...tenantNames, ...fromFile])];
  if (options.tenantsFile !== undefined && named.length === 0) {
    throw new UsageError(`${options.tenantsFile} names no tenant`);
  }
  const tenantClaim = findTenantClaim(project, options.stage);
  const tenants = named.length > 0 ? named : [findOnlyTenant(url, token, options.tokenCommand, tenantClaim)];
  const sources = {
    url,
    token,
    tokenCommand: options.tokenCommand,
    environment,
    hasSeveralTenants: tenants.length > 1,
    needsTenant: tenants.length > 1 || options.prune === true,
    tenantClaim,
  };
  return {
    project,
    tenants,
    async connect(tenant) {
      const own = await findTenantToken(tenant, sources);
      return new ApiClient(url, async () => own);
    },
  };
}

function findUrl(context: CommandContext, project: Project, stage: string | undefined): string {
  if (stage === undefined || context.urlOption !== undefined)
    return resolveApiUrl(context.urlOption, context.environment);
  if (stage === LOCAL_STAGE) return resolveApiUrl(undefined, { ...context.environment, JOBDECK_URL: undefined });
  const settings = project.stages[stage];
  if (!settings) {
    const known = Object.keys(project.stages).join(', ') || 'none';
    throw new UsageError(`the project has no stage '${stage}'; its stages are: ${known}`);
  }
  if (settings.url) return resolveApiUrl(settings.url, {});
  throw new CommandFailed(
    `the stage '${stage}' has no url: set it in jobdeck.config.ts, or give --url (the output of the stack of the API)`,
  );
}

/** Returns the claim with the tenant in tokens of a deployed stage, or `undefined` if the stage names none. */
function findTenantClaim({ stages }: Project, stage: string | undefined): string | undefined {
  const identity = stage === undefined || stage === LOCAL_STAGE ? undefined : stages[stage]?.identity;
  return identity !== undefined && 'tenantClaim' in identity ? identity.tenantClaim : undefined;
}

function findOnlyTenant(
  url: string,
  token: string | undefined,
  tokenCommand: string | undefined,
  tenantClaim: string | undefined,
): TenantId {
  if (tokenCommand !== undefined) throw new UsageError('--token-command needs --tenant or --tenants-file');
  if (!token) {
    if (isLoopback(url)) return parseTenantOption(undefined);
    throw new CommandFailed('A token is needed: --token or JOBDECK_TOKEN, a JWT or an API key');
  }
  const { tenant } = readTokenIdentity(token, tenantClaim);
  if (tenant === null) throw new UsageError('the token names no tenant: name it with --tenant');
  return parseTenantOption(tenant);
}
