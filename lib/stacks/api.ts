import { CfnOutput, Duration, Stack } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import type { SurfaceName } from '../../functions/api/http/surface.ts';
import { surfaces } from '../../functions/api/surfaces.ts';
import { Env } from '../../functions/core/platform/env-names.ts';
import { MAC_KEYS_PARTITION, PLATFORM_PARTITION } from '../../functions/core/store/keys.ts';
import type { Bundles } from '../bundle.ts';
import type { StageConfig } from '../config.ts';
import { Console } from '../constructs/console.ts';
import { Edge } from '../constructs/edge.ts';
import { passEmailSender } from '../constructs/email.ts';
import { PlatformFunction } from '../constructs/function.ts';
import { SurfacesApi } from '../constructs/http-api.ts';
import { Identity } from '../constructs/identity.ts';
import { platformStackProps } from '../constructs/platform-stack-props.ts';
import { passTargetNames } from '../constructs/targets.ts';
import { TenantRole } from '../constructs/tenant-role.ts';
import type { DataStack } from './data.ts';
import type { EdgeStack } from './edge.ts';
import type { NotifyStack } from './notify.ts';
import type { WorkStack } from './work.ts';

export interface ApiStackProps {
  readonly config: StageConfig;
  readonly bundles: Bundles;
  readonly data: DataStack;
  readonly work: WorkStack;
  readonly notify: NotifyStack;
  /** The firewall in front of the API. */
  readonly firewall: EdgeStack | undefined;
}

/** The HTTP API with one function per surface, the identity provider and the console. */
export class ApiStack extends Stack {
  readonly api: SurfacesApi;
  readonly identity: Identity;
  /** The function of the runner surface, which validates jobs with scripts. */
  readonly runner: PlatformFunction;
  /** URL of the API and the console without a trailing slash: the distribution's if the stage has one. */
  readonly url: string;

  constructor(scope: Construct, id: string, { config, bundles, data, work, notify, firewall }: ApiStackProps) {
    super(scope, id, platformStackProps(scope, id, 'Jobdeck: HTTP API and identity', config));
    this.api = new SurfacesApi(this, 'Http', config);
    const edge = firewall && new Edge(this, 'Edge', { config, api: this.api, webAclArn: firewall.webAclArn });
    if (firewall) this.addDependency(firewall);
    const url = edge?.url ?? this.api.url;
    const identity = new Identity(this, 'Identity', config, url);
    this.url = url;
    this.identity = identity;
    const grants = surfaceGrants(data, work, notify, url);

    const functions = new Map<SurfaceName, PlatformFunction>();
    for (const { name, routes } of surfaces) {
      const fn = new PlatformFunction(this, `Surface-${name}`, {
        config,
        bundles,
        name: `api-${name}`,
        description: `The ${name} surface`,
        timeout: Duration.seconds(29),
        // Requests mostly wait, but cold starts are CPU-bound.
        memorySize: 1024,
        samplesTraces: true,
      });
      identity.grantVerify(fn);
      edge?.protect(fn);
      // Sessions of tenants cannot read MAC keys.
      data.secretsKey.grantMacKeys(fn);
      data.access.grantPartition(fn, MAC_KEYS_PARTITION, 'GetItem', 'PutItem');
      fn.addEnvironment(Env.apiKeyGeneration, String(config.apiKeyGeneration));
      const tenant = new TenantRole(this, `Surface-${name}Tenant`, fn);
      // Each surface reads API keys, records their use and writes the audit trail.
      data.access.grant(tenant, 'GetItem', 'PutItem', 'UpdateItem');
      fn.addEnvironment(Env.auditDays, String(config.auditDays));
      fn.addEnvironment(Env.corsOrigins, config.corsOrigins.join(','));
      passEmailSender(config, fn);
      grants[name](tenant, fn);
      this.api.addSurface(name, routes, fn);
      functions.set(name, fn);
    }
    this.runner = functions.get('runner') as PlatformFunction;
    passTargetNames(config, this.runner);

    new Console(this, 'Console', { config, bundles, api: this.api, identity, edge });

    this.#output('ApiUrl', url, 'URL of the API');
    this.#output('ConsoleUrl', `${url}/console`, 'URL of the console');
    this.#output('Issuer', identity.issuer, 'Issuer of the tokens that the API accepts');
    if (identity.pool) {
      this.#output('UserPoolId', identity.pool.userPoolId, 'User pool of the tenants');
      this.#output('UserPoolClientId', identity.pool.clientId, 'Client of the user pool: audience of its ID tokens');
    }
  }

  #output(name: string, value: string, description: string): void {
    new CfnOutput(this, name, { value, description });
  }
}

type Grant = (tenant: TenantRole, fn: PlatformFunction) => void;

/**
 * Permissions of each surface: exactly what its operations need. Data of a tenant is accessed through the tenant role;
 * queues and platform counters through the function's role.
 */
function surfaceGrants(
  data: DataStack,
  work: WorkStack,
  notify: NotifyStack,
  url: string,
): Readonly<Record<SurfaceName, Grant>> {
  const { jobs, runs, records, access, counters, files, secretsKey } = data;
  return {
    runner(tenant, fn) {
      jobs.grant(tenant, 'GetItem', 'BatchGetItem', 'Query', 'PutItem', 'UpdateItem', 'DeleteItem');
      runs.grant(tenant, 'GetItem', 'BatchGetItem', 'Query', 'PutItem', 'UpdateItem');
      runs.grantIndex(tenant, 'active', 'byTenant');
      records.grant(tenant, 'GetItem', 'BatchGetItem', 'Query', 'PutItem', 'UpdateItem', 'DeleteItem');
      // For dead letters and notification deliveries.
      access.grant(tenant, 'BatchGetItem', 'Query', 'DeleteItem');
      notify.notifications.grantSend(fn);
      counters.grant(tenant, 'GetItem', 'BatchGetItem', 'Query', 'UpdateItem');
      counters.grantPartition(fn, PLATFORM_PARTITION, 'GetItem');
      work.runs.grantSend(fn);
      work.ticks.grantSend(fn);
      secretsKey.grantSeal(tenant, 'signing-secret', 'hook-secret');
      secretsKey.grantOpen(tenant, 'signing-secret', 'hook-secret');
      // For the URLs of hooks.
      fn.addEnvironment(Env.apiUrl, url);
    },
    integrations(tenant) {
      counters.grant(tenant, 'GetItem', 'Query');
      runs.grant(tenant, 'BatchGetItem');
      runs.grantIndex(tenant, 'active');
    },
    admin(tenant) {
      counters.grant(tenant, 'GetItem', 'Query');
      // For the pauses of a job, on which its next run depends.
      jobs.grant(tenant, 'GetItem', 'BatchGetItem');
      runs.grant(tenant, 'BatchGetItem', 'Query');
      // For the oldest pending run of a tenant.
      runs.grantIndex(tenant, 'active');
    },
    flows(tenant, fn) {
      jobs.grant(tenant, 'GetItem', 'BatchGetItem', 'Query', 'PutItem', 'UpdateItem', 'DeleteItem');
      runs.grant(tenant, 'GetItem', 'BatchGetItem', 'Query', 'PutItem', 'UpdateItem');
      runs.grantIndex(tenant, 'active', 'byTenant');
      records.grant(tenant, 'GetItem', 'BatchGetItem', 'Query', 'PutItem', 'UpdateItem', 'DeleteItem');
      access.grant(tenant, 'BatchGetItem', 'Query', 'DeleteItem');
      counters.grant(tenant, 'GetItem', 'BatchGetItem', 'UpdateItem');
      work.runs.grantSend(fn);
      // A canceled run of a backfill requests the next step.
      work.ticks.grantSend(fn);
      notify.notifications.grantSend(fn);
      secretsKey.grantSeal(tenant, 'secret');
    },
    pipelines(tenant, fn) {
      jobs.grant(tenant, 'GetItem', 'BatchGetItem', 'Query', 'PutItem', 'UpdateItem', 'DeleteItem');
      runs.grant(tenant, 'GetItem', 'BatchGetItem', 'Query', 'PutItem', 'UpdateItem');
      runs.grantIndex(tenant, 'active', 'byTenant');
      records.grant(tenant, 'GetItem', 'Query', 'PutItem', 'UpdateItem', 'DeleteItem');
      access.grant(tenant, 'BatchGetItem');
      counters.grant(tenant, 'GetItem', 'BatchGetItem');
      work.runs.grantSend(fn);
      // A stopped run of a backfill requests the next step.
      work.ticks.grantSend(fn);
      files.grant(tenant, 'runs', 'GetObject', 'PutObject', 'DeleteObject', 'ListBucket');
    },
  };
}
